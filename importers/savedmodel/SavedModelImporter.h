//===- SavedModelImporter.h - SavedModel to the graph dialect -------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A SavedModel is a GraphDef with a way to call it and values for its
// variables. The module says all three: the nodes, the feeds and fetches of the
// `graph.graph`, and an attribute on each variable's node.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_IMPORTERS_SAVEDMODEL_SAVEDMODELIMPORTER_H
#define GRAFT_IMPORTERS_SAVEDMODEL_SAVEDMODELIMPORTER_H

#include "formats/savedmodel/SavedModel.h"
#include "support/Status.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <set>
#include <string>
#include <vector>

namespace graft {

struct SavedModelImportOptions {
  /// Which graph; see SavedModel::load.
  std::vector<std::string> tags;
  /// Which signature; empty is the default one.
  std::string signature;
  /// To write a SavedModel again. What initialises the model is kept, and where
  /// neither a signature nor tensors are chosen, every signature is: feeds and
  /// fetches are those of all. Their names are unique: a later signature's "x"
  /// is "signature/x".
  bool allSignatures = false;
  /// Of all signatures: twins (TwinSignatures.h) that get feeds and fetches of
  /// their own all the same.
  std::set<std::string> separated;
  /// In the place of the signature's: its names, or "node" or "node:port".
  std::vector<std::string> feeds;
  std::vector<std::string> fetches;
};

/// Imports the SavedModel in a directory. Feeds and fetches bear the names that
/// the signature gives them. Values of variables stay in the mapped checkpoint,
/// as constants of the graph stay in the mapped saved_model.pb. Errors:
/// BadInput for what is missing or damaged, Usage for a choice that the model
/// does not have.
Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importSavedModel(const std::string &path,
                 const SavedModelImportOptions &options,
                 mlir::MLIRContext *context);

/// The same of a model that is already read; the module outlives it.
Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importSavedModel(const SavedModel &model,
                 const SavedModelImportOptions &options,
                 mlir::MLIRContext *context);

} // namespace graft

#endif // GRAFT_IMPORTERS_SAVEDMODEL_SAVEDMODELIMPORTER_H
