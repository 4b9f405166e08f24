//===- PlanCheck.h - that a plan makes sense ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything that the executor relies on is checked here, before it allocates:
// indices, offsets, types, views, the order of writes and reads, and memory
// that two tensors share. What depends on dynamic shapes is checked when they
// are known.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_PLANCHECK_H
#define GRAFT_RUNTIME_CORE_PLANCHECK_H

#include "runtime/core/Placement.h"

namespace graft::runtime {

inline constexpr uint32_t kNever = UINT32_MAX;

/// What follows from a plan and does not change from run to run.
struct PlanFacts {
  bool isStatic = true;
  std::vector<uint32_t> roots;              ///< of each tensor
  std::vector<std::vector<uint32_t>> views; ///< of each tensor
  /// First and last launch that touches a root or a view of it; kNever.
  std::vector<uint32_t> firstUse;
  std::vector<uint32_t> lastUse;
};

/// Checks `plan` against its section of weights. Errors (BadInput) name the
/// tensor or launch.
Status checkPlan(const Plan &plan, std::string_view weights, PlanFacts &facts);

/// Contents of a constant that is not packed, for shape functions; else null.
const void *constantContents(const Plan &plan, std::string_view weights,
                             uint32_t index);

/// That no launch writes what it reads, but for element over element, and no
/// two outputs share memory. All shapes are known and placed.
Status checkSharing(const Plan &plan, const PlanLaunch &launch,
                    const std::vector<ops::Shape> &shapes,
                    const std::vector<Placement> &placements);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_PLANCHECK_H
