//===- NodeSemantics.h - what graph passes ask about meaning ----*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The `graph` dialect does not know what an operator means. Three passes have
// to know a little: which nodes can become `nn` operations, the types of their
// results, and the value of a node whose inputs are constant. They ask this
// dialect interface, which the conversion to `nn` attaches to the dialect.
// Without it nothing is convertible and nothing folds, and the passes remain
// correct.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_NODESEMANTICS_H
#define GRAFT_PASSES_GRAPH_NODESEMANTICS_H

#include "dialects/graph/Graph.h"

#include "mlir/IR/DialectInterface.h"

#include <optional>
#include <string>

namespace graft::graph {

/// Why a node is not converted: a stable code, and one line for the user that
/// names what was required and what was found.
struct Refusal {
  NativeReason code;
  std::string reason;
};

class NodeSemantics : public mlir::DialectInterface::Base<NodeSemantics> {
public:
  explicit NodeSemantics(mlir::Dialect *dialect) : Base(dialect) {}

  /// Why `node` cannot be converted, or nothing when it can. Looks at the node,
  /// the types of its operands and the constants among them; changes nothing.
  virtual std::optional<Refusal> check(NodeOp node) const = 0;

  /// The data inputs, in ascending order, whose contents say the shape of a
  /// result, as Reshape's second does. Nothing for a node that check() refuses.
  virtual llvm::SmallVector<unsigned> findShapeInputs(NodeOp node) const = 0;

  /// Appends the types of the data results. `constants` has one entry for each
  /// data input: its value where it is known, else null. Fails, without a
  /// diagnostic, where nothing is known about the operator.
  virtual mlir::LogicalResult
  inferTypes(NodeOp node, llvm::ArrayRef<mlir::ElementsAttr> constants,
             llvm::SmallVectorImpl<mlir::Type> &results) const = 0;

  /// Appends the values of the data results, bit for bit what TensorFlow
  /// computes. `operands` has the value of every data input. Fails, without a
  /// diagnostic, where the operator is unknown, has state, depends on rounding
  /// that TensorFlow does differently, or a result would exceed `maxBytes`.
  virtual mlir::LogicalResult
  evaluate(NodeOp node, llvm::ArrayRef<mlir::ElementsAttr> operands,
           int64_t maxBytes,
           llvm::SmallVectorImpl<mlir::ElementsAttr> &results) const = 0;

  /// The interface of the context's graph dialect, or null.
  static const NodeSemantics *get(mlir::MLIRContext *context) {
    if (auto *dialect = context->getLoadedDialect<GraphDialect>())
      return dialect->getRegisteredInterface<NodeSemantics>();
    return nullptr;
  }
};

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_NODESEMANTICS_H
