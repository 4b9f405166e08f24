//===- Utils.h - what passes over `plan` share ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PLAN_UTILS_H
#define GRAFT_PASSES_PLAN_UTILS_H

#include "passes/plan/StaticTypes.h"
#include "passes/plan/Target.h"

#include "mlir/IR/Builders.h"

namespace graft::plan {

/// A launch that copies `from` to `to`, which may be views.
LaunchOp createCopy(mlir::OpBuilder &builder, mlir::Location loc,
                    mlir::Value from, mlir::Value to);

/// The tactic of `launch`, as its provider describes it for the slots in
/// `desc`; nothing if the provider has no such tactic for them.
std::optional<runtime::Tactic> findTactic(LaunchOp launch,
                                          const runtime::LaunchDesc &desc,
                                          const Target &target, int threads);

/// Sets the tactic of `launch` to the cheapest of the target's tactics that
/// takes its buffers as they are, slices included. False, and no change, if
/// there is none.
bool selectTactic(LaunchOp launch, const StaticTypes &types,
                  const Target &target, int threads);

/// The precision of a launch in reports: the type of its first input.
llvm::StringRef getPrecisionName(const runtime::LaunchDesc &desc);

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_UTILS_H
