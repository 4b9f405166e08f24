//===- Utils.h - what passes over `plan` share ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PLAN_UTILS_H
#define GRAFT_PASSES_PLAN_UTILS_H

#include "dialects/nn/reference/TensorBuffer.h"
#include "dialects/plan/Plan.h"
#include "runtime/core/Provider.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"

namespace graft::plan {

/// A launch that copies `from` to `to`, which may be views.
LaunchOp createCopy(mlir::OpBuilder &builder, mlir::Location loc,
                    mlir::Value from, mlir::Value to);

/// A static type for every buffer of an engine: its own, or the one that
/// follows from representative sizes of the engine's inputs. Providers are
/// asked about these.
class StaticTypes {
public:
  /// Gives every dynamic dimension of an input `size`, and propagates shapes
  /// through the launches with the shape functions of runtime/ops. A dimension
  /// that depends on data gets `size` as well. Fails, with a diagnostic, where
  /// a launch breaks its operation's rules.
  mlir::LogicalResult infer(EngineOp engine, int64_t size);

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
    contents.erase(buffer);
  }

  /// Strides in elements; empty where the buffer is dense.
  std::vector<int64_t> getStrides(mlir::Value buffer) const;

  /// `launch` as its provider sees it.
  runtime::LaunchDesc describe(LaunchOp launch) const;

private:
  mlir::LogicalResult inferLaunch(LaunchOp launch, int64_t size);

  llvm::DenseMap<mlir::Value, ops::TensorType> types;
  /// Constants that say sizes or positions. They are few and short.
  llvm::DenseMap<mlir::Value, nn::TensorBuffer> contents;
};

/// The tactic `launch` has been given, as its provider describes it for the
/// slots in `desc`; nothing where the provider has no such tactic for them.
std::optional<runtime::Tactic>
findTactic(LaunchOp launch, const runtime::LaunchDesc &desc, int threads);

/// Gives `launch` the cheapest tactic that takes its buffers as they are,
/// slices included. False, and no change, where there is none.
bool selectTactic(LaunchOp launch, const StaticTypes &types, int threads);

/// What reports call the arithmetic of a launch: the type of its first input.
llvm::StringRef getPrecisionName(const runtime::LaunchDesc &desc);

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_UTILS_H
