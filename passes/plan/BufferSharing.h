//===- BufferSharing.h - the steps of plan-assign-buffers -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each step rewrites buffers to save a launch or memory, and keeps the engine's
// results. A launch only gets a slice, or its input's memory, if its tactic
// accepts it.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PLAN_BUFFERSHARING_H
#define GRAFT_PASSES_PLAN_BUFFERSHARING_H

#include "dialects/plan/Plan.h"
#include "passes/plan/Utils.h"

namespace graft::plan {

/// Shared by the steps.
struct Sharing {
  EngineOp engine;
  StaticTypes types;
  /// The types for other sizes, if the engine is dynamic: a kernel that takes
  /// one row need not take several.
  std::optional<StaticTypes> otherTypes;
  const Target *target = nullptr;
  int threads = 1;

  /// Whether the tactic of `launch` takes its buffers as they are now, slices
  /// included.
  bool accepts(LaunchOp launch) const;
  /// Whether every launch that touches `buffer`, through views or not, accepts
  /// its buffers as they are now.
  bool acceptsEverywhere(mlir::Value buffer) const;

  /// For buffers that a step adds and erases.
  void copyType(mlir::Value to, mlir::Value from);
  /// `to` is as `from`, with `more` positions in its last dimension.
  void copyWidened(mlir::Value to, mlir::Value from, int64_t more);
  void forget(mlir::Value buffer);
};

/// Turns reshapes into aliases.
void elideReshapes(Sharing &sharing);
/// Makes producers write into the results of concats.
void elideConcats(Sharing &sharing);
/// Makes consumers read slices of larger buffers.
void elideSlices(Sharing &sharing);
/// Lets launches write over inputs that have no later use.
void updateInPlace(Sharing &sharing);
/// Keeps the pixels of a buffer in different sets of the cache.
void spreadPixels(Sharing &sharing);
/// Gives every buffer an offset in the arena, a multiple of `alignment`. Fails,
/// with a diagnostic, if sizes overflow.
mlir::LogicalResult placeInArena(EngineOp engine, uint64_t alignment);

/// For each buffer that owns memory the first and last launch, by position,
/// that touches it through any view.
class Lifetimes {
public:
  explicit Lifetimes(EngineOp engine);
  struct Interval {
    unsigned first, last;
  };
  /// The interval of `root`, or nothing if no launch touches it.
  std::optional<Interval> find(mlir::Value root) const;
  /// The position of `launch` among the engine's launches.
  unsigned getPosition(LaunchOp launch) const {
    return positions.lookup(launch);
  }
  /// `root` is used until `position` from now on.
  void extend(mlir::Value root, unsigned position);

private:
  llvm::DenseMap<mlir::Operation *, unsigned> positions;
  llvm::DenseMap<mlir::Value, Interval> intervals;
};

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_BUFFERSHARING_H
