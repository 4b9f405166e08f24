//===- TensorTypes.h - what two types say together --------------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_TENSORTYPES_H
#define GRAFT_PASSES_GRAPH_TENSORTYPES_H

#include "passes/graph/PartialValues.h"

namespace graft::graph {

/// What holds if both types hold; `known` where they contradict each other,
/// because such a graph fails when it runs, and here is not the place to say
/// so.
mlir::Type meet(mlir::Type known, mlir::Type found);

/// What holds if one of the types holds.
mlir::Type join(mlir::Type a, mlir::Type b);

/// No tensor has the shapes of both types.
bool contradict(mlir::Type a, mlir::Type b);

/// The type that an attribute says; without one nothing but the element type.
mlir::Type typeOf(ShapeAttr shape, mlir::Type element);

/// The type of a tensor whose shape is the value `shape`, of which one unknown
/// or -1 element follows from the `count` of elements if that is known.
mlir::Type typeFromShape(const PartialValue &shape, mlir::Type element,
                         std::optional<int64_t> count);

/// The number of elements, if it is known and fits.
std::optional<int64_t> countElements(mlir::Type type);

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_TENSORTYPES_H
