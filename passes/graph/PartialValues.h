//===- PartialValues.h - what is known of small integer tensors -*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Graphs compute shapes: Shape, StridedSlice, Pack, Reshape. Of a shape with
// one unknown dimension such a chain still knows the others. This follows the
// elements of integer scalars and vectors, each known or not.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_PARTIALVALUES_H
#define GRAFT_PASSES_GRAPH_PARTIALVALUES_H

#include "dialects/graph/Graph.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace graft::graph {

/// A scalar, or a vector whose size is known, with or without its elements.
struct PartialValue {
  bool isScalar = false;
  llvm::SmallVector<std::optional<int64_t>, 4> elements;

  bool isComplete() const {
    return llvm::all_of(elements, [](auto &element) { return !!element; });
  }
  bool operator==(const PartialValue &other) const {
    return isScalar == other.isScalar && elements == other.elements;
  }
};

class PartialValues {
public:
  /// Learns the results of `node` from what is known of its operands and from
  /// their types: of operators that the table in PartialValues.cpp has, nothing
  /// of others. To be called in topological order. True if that is news.
  bool learn(NodeOp node);

  /// Learns that `value` is `constant`. True if that is news.
  bool learn(mlir::Value value, mlir::ElementsAttr constant);

  /// What is known of `value`, or null.
  const PartialValue *lookup(mlir::Value value) const {
    auto found = values.find(value);
    return found == values.end() ? nullptr : &found->second;
  }

private:
  bool set(mlir::Value value, PartialValue known);

  llvm::DenseMap<mlir::Value, PartialValue> values;
};

/// The constant of type `element` with the elements of `value`, all of them
/// known; null if one does not fit.
mlir::DenseElementsAttr toConstant(const PartialValue &value,
                                   mlir::Type element);

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_PARTIALVALUES_H
