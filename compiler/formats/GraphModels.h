//===- GraphModels.h - TensorFlow's models as rows ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the rows of GraphDef, SavedModel and checkpoint are made of.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_FORMATS_GRAPHMODELS_H
#define GRAFT_COMPILER_FORMATS_GRAPHMODELS_H

#include "compiler/formats/FrontEnd.h"
#include "dialects/graph/Graph.h"
#include "exporters/Output.h"

namespace graft {

/// Whether the model is to be read as a SavedModel: its path is a directory
/// that holds no training checkpoint, which is read and frozen like a GraphDef.
bool isSavedModel(const ModelSource &model);
bool isCheckpointModel(const ModelSource &model);

/// The `graph` dialect, and what its operators mean.
void registerGraphDialect(mlir::DialectRegistry &registry);

Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importGraphDef(const ModelSource &model, mlir::MLIRContext *context);
Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importSavedModel(const ModelSource &model, mlir::MLIRContext *context);
Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importCheckpoint(const ModelSource &model, mlir::MLIRContext *context);

/// Makes sure that the graph has fetches, and that feeds have the shapes that
/// are stated, or of arrays that it will be run on. Without a choice of the
/// user or a signature, every result of a node that nobody reads is fetched.
Status settleGraph(mlir::ModuleOp module, const ModelSource &model,
                   const ShapeMap &stated);
/// The same of a training graph, whose placeholders are inputs where an output
/// needs them.
Status settleCheckpoint(mlir::ModuleOp module, const ModelSource &model,
                        const ShapeMap &stated);

Expected<std::unique_ptr<OpenModel>> openSavedModel(const ModelSource &model);

Status checkGraphDef(const Output &output);
Status writeGraphDef(mlir::ModuleOp module, const OpenModel *model,
                     const Output &output);
Status checkSavedModel(const Output &output);
Status writeSavedModel(mlir::ModuleOp module, const OpenModel *model,
                       const Output &output);

/// Error: Failed, if a variable is left.
Status checkFrozen(mlir::ModuleOp module, const std::string &path);

} // namespace graft

#endif // GRAFT_COMPILER_FORMATS_GRAPHMODELS_H
