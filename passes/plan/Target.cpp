//===- Target.cpp - what a place to run wants -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/Target.h"

#include "llvm/ADT/STLExtras.h"

using namespace graft::plan;

/// The CPU's kernels reach the limit of its arithmetic units on plain NHWC, and
/// plain buffers can be joined and cut without copies: nothing is ever
/// reordered.
static llvm::StringRef chooseRowMajor(BufferType) {
  return BufferType::kRowMajor;
}

static constexpr Target kTargets[] = {{"cpu", chooseRowMajor}};

const Target *graft::plan::findTarget(llvm::StringRef name) {
  const auto *target = llvm::find_if(
      kTargets, [&](const Target &target) { return target.name == name; });
  return target == std::end(kTargets) ? nullptr : target;
}

std::string graft::plan::listTargets() {
  std::string names;
  for (const Target &target : kTargets)
    names += (names.empty() ? "" : ", ") + target.name.str();
  return names;
}
