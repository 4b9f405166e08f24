//===- Isa.cpp - the vector unit of this machine --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Isa.h"

#include <atomic>

using namespace graft::runtime;
using cpu::Isa;

namespace {

std::atomic<Isa> limit{Isa::Avx512};
thread_local const cpu::Architecture *chosen = nullptr;

} // namespace

cpu::ArchitectureScope::ArchitectureScope(const Architecture &architecture)
    : outer(chosen) {
  chosen = &architecture;
}

cpu::ArchitectureScope::~ArchitectureScope() { chosen = outer; }

const cpu::Architecture *cpu::chosenArchitecture() { return chosen; }

Isa cpu::machineIsa() {
  static const Isa found = [] {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("f16c"))
      return Isa::Portable;
    if (__builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
      return Isa::Avx512;
    return Isa::Avx2;
#else
    return Isa::Portable;
#endif
  }();
  return found;
}

bool cpu::hasBf16Products() {
  if (chosen)
    return chosen->isa == Isa::Avx512 && chosen->bf16Products;
#if defined(__x86_64__)
  return machineIsa() == Isa::Avx512 && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

bool cpu::hasBf16Matrices() {
  if (chosen)
    return false;
#if defined(__x86_64__)
  return __builtin_cpu_supports("amx-bf16");
#else
  return false;
#endif
}

bool cpu::hasByteProducts() {
  if (chosen)
    return chosen->isa == Isa::Avx512 && chosen->byteProducts;
#if defined(__x86_64__)
  return currentIsa() == Isa::Avx512 && __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

Isa cpu::currentIsa() {
  if (chosen)
    return chosen->isa;
  Isa most = limit.load(std::memory_order_relaxed);
  return most < machineIsa() ? most : machineIsa();
}

void cpu::limitIsa(Isa isa) { limit.store(isa, std::memory_order_relaxed); }
