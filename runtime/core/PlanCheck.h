//===- PlanCheck.h - that a plan makes sense ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checks everything that the executor relies on, before it allocates: indices,
// offsets, types, views, the order of writes and reads, and memory that two
// tensors share. Checks that depend on dynamic shapes follow when they are
// known.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_PLANCHECK_H
#define GRAFT_RUNTIME_CORE_PLANCHECK_H

#include "runtime/core/Placement.h"

#include <functional>

namespace graft::runtime {

inline constexpr uint32_t kNever = UINT32_MAX;

/// Facts that follow from a plan and do not change from run to run.
struct PlanFacts {
  bool isStatic = true;
  std::vector<uint32_t> roots;              ///< of each tensor
  std::vector<std::vector<uint32_t>> views; ///< of each tensor
  /// First and last launch that touches a root or a view of it; kNever.
  std::vector<uint32_t> firstUse;
  std::vector<uint32_t> lastUse;
};

/// A plan's section of weights, in one piece or not.
struct WeightSection {
  uint64_t bytes = 0;
  /// The bytes from an offset on, at which the plan has a constant.
  std::function<const char *(uint64_t offset)> at;
};

/// Checks `plan` against its section of weights. Errors (BadInput) name the
/// tensor or launch. Writers of plans use it, too: a plan that it refuses
/// cannot be loaded.
Status checkPlan(const Plan &plan, const WeightSection &weights,
                 PlanFacts &facts);
Status checkPlan(const Plan &plan, std::string_view weights, PlanFacts &facts);

/// Checks that no launch overwrites its inputs, except element by element, and
/// that no two outputs share memory. All shapes are known and placed.
Status checkSharing(const Plan &plan, const PlanLaunch &launch,
                    const std::vector<ops::Shape> &shapes,
                    const std::vector<Placement> &placements);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_PLANCHECK_H
