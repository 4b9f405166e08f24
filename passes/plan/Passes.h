//===- Passes.h - passes over the `plan` dialect --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PLAN_PASSES_H
#define GRAFT_PASSES_PLAN_PASSES_H

#include "dialects/plan/Plan.h"

#include "mlir/Pass/Pass.h"

namespace graft::plan {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/plan/Passes.h.inc"

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_PASSES_H
