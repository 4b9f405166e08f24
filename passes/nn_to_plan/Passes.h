//===- Passes.h - from `nn` to `plan` -------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_TO_PLAN_PASSES_H
#define GRAFT_PASSES_NN_TO_PLAN_PASSES_H

#include "passes/plan/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace graft::plan {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/nn_to_plan/Passes.h.inc"

} // namespace graft::plan

#endif // GRAFT_PASSES_NN_TO_PLAN_PASSES_H
