//===- Register.cpp - makes a program know the target `sim` ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Linked into `graft-sim`, which is `graft` beside that. A target of the build
// has a line in runtime/targets/Backends.cpp and in passes/plan/targets/
// instead.
//===----------------------------------------------------------------------===//
#include "SimBackend.h"
#include "SimTarget.h"

static const bool registered = [] {
  graft::runtime::registerBackend(graft::sim::simBackend());
  graft::plan::registerTarget(graft::sim::makeSimTargets());
  return true;
}();
