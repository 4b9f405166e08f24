//===- HandleFlow.h - where the handles of variables go ---------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A handle is made by a VarHandleOp and passed on by nodes, by the control flow
// of TensorFlow 1, and by calls, branches and loops into and out of functions.
// This follows it to everything that touches the variable.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_HANDLEFLOW_H
#define GRAFT_PASSES_GRAPH_HANDLEFLOW_H

#include "passes/graph/GraphUtils.h"

#include "llvm/ADT/MapVector.h"

#include <optional>

namespace graft::graph {

/// A node that runs a function, and as what.
struct FunctionUse {
  enum Role { Call, Branch, Condition, Body };
  NodeOp node;
  Role role;
};

/// Which nodes run which functions.
class FunctionUses {
public:
  explicit FunctionUses(mlir::ModuleOp module);

  /// The functions that `node` runs; empty if it runs none.
  llvm::SmallVector<std::pair<FuncOp, FunctionUse::Role>, 2>
  functionsOf(NodeOp node) const;
  /// The nodes that run `func`.
  llvm::ArrayRef<FunctionUse> usesOf(FuncOp func) const;
  /// Something else names `func`, or a node that runs it does not fit it: who
  /// calls it with what is not known.
  bool isForeign(FuncOp func) const { return foreign.contains(func); }

  /// The operand of `node` that becomes argument 0 of its functions.
  static unsigned firstArgument(NodeOp node);

private:
  bool
  collect(NodeOp node,
          llvm::SmallVectorImpl<std::pair<mlir::StringAttr, FunctionUse::Role>>
              &names) const;

  llvm::DenseMap<mlir::StringAttr, FuncOp> functions;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<FunctionUse, 2>> uses;
  llvm::DenseSet<mlir::Operation *> foreign;
};

/// The values that operand `use` arrives at when its owner does no more than
/// pass it on; nothing if the owner does something else with it.
std::optional<llvm::SmallVector<mlir::Value, 4>>
passedTo(mlir::OpOperand &use, const FunctionUses &uses);

/// Where `value` comes from when it is passed on only: the reverse of
/// passedTo(). A null value stands for a source that is not known.
llvm::SmallVector<mlir::Value, 4> passedFrom(mlir::Value value,
                                             const FunctionUses &uses);

/// Gives functions that get different variables from different callers a copy
/// for each choice, so that each argument stands for one variable. `owners`
/// says whose handle a value is, and null where that is not known; it is called
/// again after each round of copies. Copies at most as many nodes as the module
/// has, or 10,000; functions beyond that stay shared.
void separateCallers(mlir::ModuleOp module,
                     llvm::function_ref<llvm::DenseMap<mlir::Value, void *>(
                         const FunctionUses &)>
                         owners);

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_HANDLEFLOW_H
