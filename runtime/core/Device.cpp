//===- Device.cpp - where the memory of a target is -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Host memory is mapped directly from the OS: an OS page that is never touched
// costs nothing, and freed memory returns to the OS at once.
//===----------------------------------------------------------------------===//
#include "runtime/core/Device.h"
#include "runtime/core/Memory.h"
#include "support/CheckedMath.h"

#include <cstring>
#include <sys/mman.h>

using namespace graft;
using namespace graft::runtime;

Device::~Device() = default;

static std::byte *map(uint64_t bytes) {
  void *address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return address == MAP_FAILED ? nullptr : static_cast<std::byte *>(address);
}

/// Bytes that are mapped for `bytes`; nothing if they overflow.
static std::optional<uint64_t> countMapped(uint64_t bytes) {
  return bytes < kHugePageBytes ? bytes : checkedAlignTo(bytes, kHugePageBytes);
}

namespace {

class HostDevice final : public Device {
public:
  MemorySpace space() const override { return MemorySpace::Host; }

  std::byte *allocate(uint64_t bytes) const override {
    if (bytes < kHugePageBytes)
      return map(bytes);
    // Huge pages begin at multiples of their size: maps one more, and unmaps
    // the memory before and after.
    std::optional<uint64_t> whole = countMapped(bytes);
    std::optional<uint64_t> room =
        whole ? checkedAdd(*whole, kHugePageBytes) : std::nullopt;
    std::byte *all = room ? map(*room) : nullptr;
    if (!all)
      return nullptr;
    uint64_t before = -reinterpret_cast<uintptr_t>(all) % kHugePageBytes;
    if (before)
      munmap(all, before);
    if (uint64_t after = *room - before - *whole)
      munmap(all + before + *whole, after);
    (void)madvise(all + before, *whole, MADV_HUGEPAGE);
    return all + before;
  }

  void release(std::byte *memory, uint64_t bytes) const override {
    munmap(memory, countMapped(bytes).value_or(bytes));
  }

  Status copyIn(void *to, const void *from, uint64_t bytes) const override {
    std::memcpy(to, from, bytes);
    return Status();
  }
};

} // namespace

const Device &graft::runtime::hostDevice() {
  static const HostDevice device;
  return device;
}
