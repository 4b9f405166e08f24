//===- ModelLoader.h - a module out of whatever the user named ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_MODELLOADER_H
#define GRAFT_COMPILER_MODELLOADER_H

#include "compiler/Compiler.h"
#include "dialects/graph/Graph.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace graft {

/// Whether the model is to be read as a SavedModel: its path is a directory
/// that holds no training checkpoint, which is read and frozen like a GraphDef.
bool isSavedModel(const ModelSource &model);

/// Whether a file of that name is a GraphDef: it ends in .pb, .pbtxt or
/// .prototxt.
bool namesGraphDef(const std::string &path);

/// Imports the model and makes sure that the graph has feeds and fetches.
/// Without a choice of the user or a signature, every result of a node that
/// nobody reads is fetched.
Expected<mlir::OwningOpRef<mlir::ModuleOp>>
loadModel(const ModelSource &model, mlir::MLIRContext *context);

/// The main graph of an imported module.
graph::GraphOp getMainGraph(mlir::ModuleOp module);

} // namespace graft

#endif // GRAFT_COMPILER_MODELLOADER_H
