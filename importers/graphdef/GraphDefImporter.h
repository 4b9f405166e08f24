//===- GraphDefImporter.h - GraphDef to the graph dialect -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads a GraphDef, checks all of it, and only then builds the module: one
// `graph.graph` and a `graph.func` for each function of the library. Weights
// stay in the mapped file. Errors are Status, one line that names the file and
// the node, because the reader of a file has no better place to point at.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_IMPORTERS_GRAPHDEF_GRAPHDEFIMPORTER_H
#define GRAFT_IMPORTERS_GRAPHDEF_GRAPHDEFIMPORTER_H

#include "support/Status.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>
#include <string>
#include <vector>

namespace graft {
namespace tensorflow {
class OpList;
} // namespace tensorflow

struct GraphDefImportOptions {
  /// Tensors that the user gives and wants, as "node" or "node:port". No feeds:
  /// every Placeholder is one.
  std::vector<std::string> feeds;
  std::vector<std::string> fetches;
  /// What else a user may have meant, added to the message that a feed or fetch
  /// is not in the graph: "; the signature 'f' has 'x'".
  std::string knownFeeds, knownFetches;
  /// They come from the model's own signature: one that the graph lacks is
  /// damage, not a mistake of the user.
  bool feedsFromModel = false, fetchesFromModel = false;
  /// Nodes that must run, fetched with index -1.
  std::vector<std::string> targets;
  /// Signatures of custom ops, a SavedModel's stripped_op_list.
  const tensorflow::OpList *customOps = nullptr;
};

/// Imports the frozen graph in a file: .pbtxt and .prototxt are text, all else
/// is binary. Errors: BadInput for a file that is missing, damaged or no valid
/// graph, Usage for feeds and fetches of the user that the graph lacks.
Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importGraphDef(const std::string &path, const GraphDefImportOptions &options,
               mlir::MLIRContext *context);

/// The same for a serialized GraphDef in memory, which `owner` keeps alive:
/// large constants of the module point into it. `name` stands for the file in
/// messages.
Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importGraphDefBytes(llvm::StringRef bytes, std::shared_ptr<const void> owner,
                    const std::string &name,
                    const GraphDefImportOptions &options,
                    mlir::MLIRContext *context);

} // namespace graft

#endif // GRAFT_IMPORTERS_GRAPHDEF_GRAPHDEFIMPORTER_H
