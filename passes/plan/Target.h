//===- Target.h - what a place to run wants -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A target is a row of functions. A new one is a new row in Target.cpp: passes
// ask the row and know no target by name.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PLAN_TARGET_H
#define GRAFT_PASSES_PLAN_TARGET_H

#include "dialects/plan/Plan.h"

namespace graft::plan {

struct Target {
  llvm::StringLiteral name;
  /// The physical layout of a buffer that launches exchange.
  llvm::StringRef (*chooseLayout)(BufferType type);
};

/// The target of that name, or null.
const Target *findTarget(llvm::StringRef name);
/// "cpu, ...": for messages.
std::string listTargets();

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_TARGET_H
