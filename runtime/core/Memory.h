//===- Memory.h - one aligned allocation ----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arena and the scratch memory of a context, and weights: zeroed pages of
// the host or of a device.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_MEMORY_H
#define GRAFT_RUNTIME_CORE_MEMORY_H

#include "runtime/core/Device.h"

#include <utility>

namespace graft::runtime {

/// From this size on, huge pages save more than they waste.
inline constexpr uint64_t kHugePageBytes = uint64_t(1) << 21;

class Memory {
public:
  /// `device` must outlive the object.
  explicit Memory(const Device &device = hostDevice()) : device(&device) {}
  Memory(Memory &&other) noexcept
      : device(other.device), start(std::exchange(other.start, nullptr)),
        length(std::exchange(other.length, 0)) {}
  Memory &operator=(Memory &&other) noexcept {
    std::swap(device, other.device);
    std::swap(start, other.start);
    std::swap(length, other.length);
    return *this;
  }
  ~Memory();

  /// Frees its memory and allocates `bytes` of zeros. False if memory runs out;
  /// then it holds nothing.
  [[nodiscard]] bool reset(uint64_t bytes);

  /// In the device's memory space.
  std::byte *data() const { return start; }
  uint64_t size() const { return length; }

private:
  const Device *device;
  std::byte *start = nullptr;
  uint64_t length = 0;
};

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_MEMORY_H
