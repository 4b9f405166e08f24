//===- SimTarget.h - the compile side of the target `sim` -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_TEST_TARGETS_SIM_SIMTARGET_H
#define GRAFT_TEST_TARGETS_SIM_SIMTARGET_H

#include "passes/plan/Target.h"

namespace graft::sim {

plan::TargetFamily makeSimTargets();

} // namespace graft::sim

#endif // GRAFT_TEST_TARGETS_SIM_SIMTARGET_H
