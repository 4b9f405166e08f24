//===- SavedModelExporter.h - the graph dialect to a SavedModel -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A frozen or converted model as its user knows it: a directory with the
// signatures and assets of the SavedModel that it came from. It has no objects,
// as TensorFlow 1 wrote it, and loads in both versions. Variables that did not
// become constants have a checkpoint.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_EXPORTERS_SAVEDMODEL_SAVEDMODELEXPORTER_H
#define GRAFT_EXPORTERS_SAVEDMODEL_SAVEDMODELEXPORTER_H

#include "formats/savedmodel/SavedModel.h"
#include "support/Status.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace graft {

/// Writes the directory `path`, whole or not at all; it must not exist, or be
/// empty. `module` came from `source` (see
/// SavedModelImportOptions::allSignatures). Kept are the values of variables
/// that are still there, the tags, the signatures whose outputs the module
/// fetches, the node that initialises the model and the assets that it reads.
/// If no signature holds because the user chose tensors, these are
/// "serving_default". Weights go from where they are to the file, without a
/// copy. Errors: Failed for 2 GiB or more, and for what the file system says;
/// Exhausted for a full disk; BadInput for a missing asset.
Status exportSavedModel(const SavedModel &source, mlir::ModuleOp module,
                        const std::string &path);

} // namespace graft

#endif // GRAFT_EXPORTERS_SAVEDMODEL_SAVEDMODELEXPORTER_H
