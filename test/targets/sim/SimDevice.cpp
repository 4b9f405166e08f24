//===- SimDevice.cpp - memory that the host must not touch ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One file in memory, mapped twice.
//===----------------------------------------------------------------------===//
#include "SimDevice.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using namespace graft;
using namespace graft::sim;

static constexpr uint64_t kCapacity = uint64_t(4) << 30;
static constexpr uint64_t kPage = 4096;

static std::byte *mapAll(int file, int access) {
  void *address = mmap(nullptr, kCapacity, access, MAP_SHARED, file, 0);
  if (address == MAP_FAILED) {
    std::perror("sim: mmap");
    std::abort();
  }
  return static_cast<std::byte *>(address);
}

SimDevice::SimDevice() {
  int file = memfd_create("graft-sim", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, kCapacity) != 0) {
    std::perror("sim: memfd");
    std::abort();
  }
  poisoned = mapAll(file, PROT_NONE);
  visible = mapAll(file, PROT_READ | PROT_WRITE);
  close(file);
}

/// First fit.
std::byte *SimDevice::allocate(uint64_t bytes) const {
  if (bytes > kCapacity)
    return nullptr;
  bytes = (bytes + kPage - 1) / kPage * kPage;
  std::lock_guard<std::mutex> lock(mutex);
  uint64_t at = 0;
  for (const auto &[offset, size] : blocks) {
    if (offset - at >= bytes)
      break;
    at = offset + size;
  }
  if (bytes > kCapacity - at)
    return nullptr;
  blocks[at] = bytes;
  // Pages of zeros again, whatever was there.
  (void)madvise(visible + at, bytes, MADV_REMOVE);
  return poisoned + at;
}

void SimDevice::release(std::byte *memory, uint64_t) const {
  std::lock_guard<std::mutex> lock(mutex);
  blocks.erase(static_cast<uint64_t>(memory - poisoned));
}

Status SimDevice::copyIn(void *to, const void *from, uint64_t bytes) const {
  std::memcpy(inside(to), from, bytes);
  return Status();
}

void *SimDevice::inside(const void *address) const {
  return visible + (static_cast<const std::byte *>(address) - poisoned);
}

uint64_t SimDevice::bytesInUse() const {
  std::lock_guard<std::mutex> lock(mutex);
  uint64_t sum = 0;
  for (const auto &[offset, size] : blocks)
    sum += size;
  return sum;
}

SimDevice &graft::sim::simDevice() {
  static SimDevice device;
  return device;
}
