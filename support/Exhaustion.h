//===- Exhaustion.h - whether memory has run out --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_EXHAUSTION_H
#define GRAFT_SUPPORT_EXHAUSTION_H

#include <cstddef>
#include <sys/mman.h>

namespace graft {

/// True if the process can take no more memory to speak of: what failed without
/// a reason failed for that one. Safe in a signal handler.
inline bool isMemoryExhausted() {
  constexpr size_t kWorthwhile = size_t(64) << 20;
  void *memory = ::mmap(nullptr, kWorthwhile, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return true;
  ::munmap(memory, kWorthwhile);
  return false;
}

} // namespace graft

#endif // GRAFT_SUPPORT_EXHAUSTION_H
