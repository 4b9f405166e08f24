//===- CpuFeatures.cpp - what this processor can do -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler's built-ins query the processor and the operating system.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/CpuFeatures.h"

#include <cpuid.h>

using namespace graft::runtime;

/// Whether the operating system saves the tile registers.
static bool savesTiles() {
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low >> 17 & 3) == 3;
}

/// __builtin_cpu_supports does not know AMX in every compiler.
static void addAmx(std::vector<std::string> &features) {
  unsigned a, b, c, d;
  if (!__builtin_cpu_supports("avx512f") || !savesTiles() ||
      !__get_cpuid_count(7, 0, &a, &b, &c, &d))
    return;
  if (d >> 24 & 1)
    features.emplace_back("amx-tile");
  if (d >> 25 & 1)
    features.emplace_back("amx-int8");
  if (d >> 22 & 1)
    features.emplace_back("amx-bf16");
}

const std::vector<std::string> &graft::runtime::hostFeatures() {
  static const std::vector<std::string> features = [] {
    __builtin_cpu_init();
    std::vector<std::string> found;
#define GRAFT_FEATURE(name)                                                    \
  if (__builtin_cpu_supports(name))                                            \
    found.emplace_back(name);
    GRAFT_FEATURE("sse4.2")
    GRAFT_FEATURE("avx")
    GRAFT_FEATURE("avx2")
    GRAFT_FEATURE("fma")
    GRAFT_FEATURE("avx512f")
    GRAFT_FEATURE("avx512bw")
    GRAFT_FEATURE("avx512dq")
    GRAFT_FEATURE("avx512vl")
    GRAFT_FEATURE("avx512vnni")
    GRAFT_FEATURE("avx512bf16")
#undef GRAFT_FEATURE
    addAmx(found);
    return found;
  }();
  return features;
}
