//===- NativeShapes.h - shapes of what stays native -------------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An engine that reads a native node has to know the rank of what it reads, so
// the graph has to know operators that Graft never computes.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_NATIVESHAPES_H
#define GRAFT_PASSES_GRAPH_NATIVESHAPES_H

#include "dialects/graph/Graph.h"

namespace graft::graph {

/// Appends the types of the data results of a node whose shapes follow from
/// those of its inputs alone; nothing for other operators.
void inferNativeTypes(NodeOp node, llvm::SmallVectorImpl<mlir::Type> &types);

/// The input whose value is the shape of the only result, or -1.
int getShapeOperand(NodeOp node);

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_NATIVESHAPES_H
