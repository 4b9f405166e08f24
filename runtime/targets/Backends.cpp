//===- Backends.cpp - the targets of this build ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A fixed list, a line for each target: nothing is loaded at run time.
//===----------------------------------------------------------------------===//
#include "runtime/core/Backend.h"
#include "runtime/cpu/CpuBackend.h"

using namespace graft;
using namespace graft::runtime;

const std::vector<const Backend *> &graft::runtime::builtinBackends() {
  static const std::vector<const Backend *> list = {&cpuBackend()};
  return list;
}
