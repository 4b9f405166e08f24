//===- Targets.h - the targets of this build ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_PASSES_PLAN_TARGETS_TARGETS_H
#define GRAFT_PASSES_PLAN_TARGETS_TARGETS_H

#include "passes/plan/Target.h"

namespace graft::plan {

/// The processors on which Graft itself can run.
TargetFamily makeCpuTargets();

/// All of them; the first one is the default.
inline std::vector<TargetFamily> makeTargets() { return {makeCpuTargets()}; }

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_TARGETS_TARGETS_H
