//===- Passes.h - from graph to nn ----------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The conversion from the graph dialect, and its answers to passes over the
// graph.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_TO_NN_PASSES_H
#define GRAFT_PASSES_GRAPH_TO_NN_PASSES_H

#include "mlir/Pass/Pass.h"

#include <memory>

namespace graft {

#define GEN_PASS_DECL
#include "passes/graph_to_nn/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/graph_to_nn/Passes.h.inc"

/// Attaches graph::NodeSemantics to the graph dialect: which nodes convert, the
/// types of their results, and their values on constants.
void registerNodeSemantics(mlir::DialectRegistry &registry);

} // namespace graft

#endif // GRAFT_PASSES_GRAPH_TO_NN_PASSES_H
