//===- Memory.cpp - one aligned allocation -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Straight from the system: a page that is never touched costs nothing, and
// what is freed goes back at once.
//===----------------------------------------------------------------------===//
#include "runtime/core/Memory.h"

#include <sys/mman.h>

using namespace graft::runtime;

/// From this size on, huge pages spare more than they waste.
static constexpr uint64_t kHugePageBytes = uint64_t(1) << 21;

Memory::~Memory() {
  if (start)
    munmap(start, length);
}

bool Memory::reset(uint64_t bytes) {
  if (start)
    munmap(start, length);
  start = nullptr;
  length = 0;
  if (bytes == 0)
    return true;
  void *address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED)
    return false;
  if (bytes >= kHugePageBytes)
    (void)madvise(address, bytes, MADV_HUGEPAGE);
  start = static_cast<std::byte *>(address);
  length = bytes;
  return true;
}
