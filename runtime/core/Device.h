//===- Device.h - where the memory of a target is -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A target's kernels read and write one memory space: the host's, or that of a
// device, which the host must not touch. Memory.h owns allocations of a device.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_DEVICE_H
#define GRAFT_RUNTIME_CORE_DEVICE_H

#include "support/Status.h"

#include <cstddef>
#include <cstdint>

namespace graft::runtime {

/// Where a tensor lives. The values are written to plan files.
enum class MemorySpace : uint8_t {
  Host = 0,  ///< memory that the calling thread can read and write
  Device = 1 ///< of the plan's target
};
inline constexpr uint8_t kNumMemorySpaces = 2;

class Device {
public:
  virtual ~Device();
  virtual MemorySpace space() const = 0;

  /// `bytes` > 0 of zeros, aligned to an OS page; null if memory runs out.
  virtual std::byte *allocate(uint64_t bytes) const = 0;
  /// Frees memory of allocate(bytes).
  virtual void release(std::byte *memory, uint64_t bytes) const = 0;

  /// Copies host memory to memory of this device. Done on return.
  virtual Status copyIn(void *to, const void *from, uint64_t bytes) const = 0;
};

/// The host's own memory: zeroed OS pages, huge ones if they pay.
const Device &hostDevice();

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_DEVICE_H
