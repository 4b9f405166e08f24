//===- NativeShapes.h - shapes of what stays native -------------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An engine that reads a native node has to know the rank of what it reads, so
// the graph has to know operators that Graft never computes, and nodes of other
// operators that no engine takes as they are.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_NATIVESHAPES_H
#define GRAFT_PASSES_GRAPH_NATIVESHAPES_H

#include "passes/graph/PartialValues.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace graft::graph {

/// What is known of the value of an operand, or null.
using KnownOperand = llvm::function_ref<const PartialValue *(unsigned)>;

/// Appends the types of the data results of a node, as far as they follow from
/// the types of its inputs, from attributes and from values of inputs that say
/// sizes; nothing where not even a rank follows.
void inferNativeTypes(NodeOp node, KnownOperand known,
                      llvm::SmallVectorImpl<mlir::Type> &types);

/// The input whose value is the shape of the only result, or -1.
int getShapeOperand(NodeOp node);

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_NATIVESHAPES_H
