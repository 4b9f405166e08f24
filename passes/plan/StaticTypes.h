//===- StaticTypes.h - sizes that stand for unknown ones ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PLAN_STATICTYPES_H
#define GRAFT_PASSES_PLAN_STATICTYPES_H

#include "dialects/nn/reference/TensorBuffer.h"
#include "dialects/plan/Plan.h"
#include "runtime/core/Provider.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace graft::plan {

/// A static type for every buffer of an engine: its own, or the one that
/// follows from representative sizes of the engine's inputs. Providers are
/// queried with these types.
class StaticTypes {
public:
  /// Sets every dynamic dimension of an input to `size`, or to another size if
  /// a launch does not take that, and propagates shapes through the launches
  /// with the shape functions of runtime/ops. A dimension that depends on data
  /// gets `size` as well. Fails, with a diagnostic, if a launch breaks its
  /// operation's rules for all sizes.
  mlir::LogicalResult infer(EngineOp engine, int64_t size);

  /// Whether no sizes have been found that `launch` takes. Its provider must be
  /// chosen when sizes are known.
  bool isUnsettled(LaunchOp launch) const { return unsettled.contains(launch); }

  const ops::TensorType &get(mlir::Value buffer) const {
    return types.find(buffer)->second;
  }
  /// For a buffer that a pass adds. By value: `type` may come from get().
  void set(mlir::Value buffer, ops::TensorType type) {
    types[buffer] = std::move(type);
  }

  /// For a buffer that a pass erases: a later one may be at its address.
  void forget(mlir::Value buffer) {
    types.erase(buffer);
    constants.erase(buffer);
  }

  /// Strides in elements; empty where the buffer is dense.
  std::vector<int64_t> getStrides(mlir::Value buffer) const;

  /// `launch` as its provider sees it.
  runtime::LaunchDesc describe(LaunchOp launch) const;

private:
  llvm::DenseMap<mlir::Value, ops::TensorType> types;
  /// Integer constants that may say sizes or positions. They are few and short.
  llvm::DenseMap<mlir::Value, nn::TensorBuffer> constants;
  llvm::DenseSet<mlir::Operation *> unsettled;
};

/// The types for a second size of what is dynamic, to tell what holds for all
/// sizes from what holds for the first by chance; nothing where the engine is
/// static.
std::optional<StaticTypes> inferOtherTypes(EngineOp engine);

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_STATICTYPES_H
