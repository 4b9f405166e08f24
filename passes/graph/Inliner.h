//===- Inliner.h - function bodies in the place of calls --------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which function a node stands for, and how its nodes take the node's place.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_INLINER_H
#define GRAFT_PASSES_GRAPH_INLINER_H

#include "passes/graph/GraphUtils.h"

#include <functional>
#include <optional>

namespace graft::graph {

/// What takes the place of a node: a function's body on some of the node's
/// inputs, or, without a function, those inputs themselves.
struct Callee {
  FuncOp func;
  mlir::OperandRange arguments;
  mlir::DictionaryAttr attrs; ///< values of the function's placeholders
};

/// The functions of a module, as its calls see them.
class Library {
public:
  explicit Library(mlir::ModuleOp module);

  /// What `node` calls, or nothing: it is no call, its predicate is not
  /// constant, its function is missing, calls itself or takes other arguments.
  std::optional<Callee> resolve(NodeOp node) const;

  /// The native segment of an engine by its name in the node, or null.
  FuncOp nativeSegment(NodeOp engine) const;

  /// Has an effect on the world, itself or through the functions that it names.
  bool acts(NodeOp node) const;

  /// Attributes in the body of `func` depend on the call.
  bool isTemplate(FuncOp func) const { return templates.contains(func); }

private:
  FuncOp find(FuncAttr attr) const {
    return attr ? functions.lookup(attr.getName()) : FuncOp();
  }
  std::optional<Callee> resolveConditional(NodeOp node) const;

  llvm::DenseMap<mlir::StringAttr, FuncOp> functions;
  /// Functions on a cycle of calls, and those that call one.
  llvm::DenseSet<mlir::Operation *> recursive;
  llvm::DenseSet<mlir::Operation *> acting;
  llvm::DenseSet<mlir::Operation *> templates;
};

/// What is inlined, and under which names.
struct InlinePolicy {
  /// Whether to inline this call; every call without it.
  std::function<bool(NodeOp)> wants;
  /// Whether the nodes of this call's body keep their names where these are
  /// free; they are "<call>/<node>" otherwise. They get the call's device only
  /// with the second.
  std::function<bool(NodeOp)> keepsNames;
  /// An error beyond so many nodes.
  int64_t maxNodes = INT64_MAX;
};

/// Inlines the calls of bodies, nested ones too.
class Inliner {
public:
  Inliner(const Library &library, const InlinePolicy &policy)
      : library(library), policy(policy), budget(policy.maxNodes) {}

  /// Inlines into the body of `container`.
  mlir::LogicalResult run(mlir::Operation *container);

  /// Erases functions that were inlined and that nothing reaches any more.
  void eraseUnreached(mlir::ModuleOp module);

private:
  const Library &library;
  const InlinePolicy &policy;
  int64_t budget;
  llvm::SetVector<FuncOp> inlined;
};

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_INLINER_H
