//===- MachineModel.h - the figures of a machine --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_PASSES_PLAN_MACHINEMODEL_H
#define GRAFT_PASSES_PLAN_MACHINEMODEL_H

#include <cstdint>

namespace graft::plan {

/// The model of a machine's speed and memory for passes. Each target states its
/// figures in its own file; providers estimate the cost of launches.
struct MachineModel {
  /// Bytes a second that a copy reads and writes.
  double copyBandwidth = 0.0;
  /// Positions that are a multiple of this apart, in bytes, share a set of the
  /// first-level cache; 0 if there is no such cache.
  int64_t cacheConflictBytes = 0;
  int64_t cacheLineBytes = 0;
};

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_MACHINEMODEL_H
