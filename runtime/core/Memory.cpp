//===- Memory.cpp - one aligned allocation --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Straight from the system: a page that is never touched costs nothing, and
// what is freed goes back at once.
//===----------------------------------------------------------------------===//
#include "runtime/core/Memory.h"

#include "support/CheckedMath.h"

#include <sys/mman.h>

using namespace graft;
using namespace graft::runtime;

static std::byte *map(uint64_t bytes) {
  void *address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return address == MAP_FAILED ? nullptr : static_cast<std::byte *>(address);
}

Memory::~Memory() {
  if (start)
    munmap(start, mapped);
}

bool Memory::reset(uint64_t bytes) {
  if (start)
    munmap(start, mapped);
  start = nullptr;
  length = mapped = 0;
  if (bytes == 0)
    return true;
  if (bytes < kHugePageBytes) {
    start = map(bytes);
    length = mapped = start ? bytes : 0;
    return start != nullptr;
  }
  // Huge pages begin at multiples of their size: take one more, give back what
  // is before and after.
  std::optional<uint64_t> whole = checkedAlignTo(bytes, kHugePageBytes);
  std::optional<uint64_t> room =
      whole ? checkedAdd(*whole, kHugePageBytes) : std::nullopt;
  std::byte *all = room ? map(*room) : nullptr;
  if (!all)
    return false;
  uint64_t before = -reinterpret_cast<uintptr_t>(all) % kHugePageBytes;
  if (before)
    munmap(all, before);
  if (uint64_t after = *room - before - *whole)
    munmap(all + before + *whole, after);
  start = all + before;
  length = bytes;
  mapped = *whole;
  (void)madvise(start, mapped, MADV_HUGEPAGE);
  return true;
}
