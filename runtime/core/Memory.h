//===- Memory.h - one aligned allocation ----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arena and the scratch memory of a context: zeroed, page-aligned, and on
// huge pages where the system has them.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_MEMORY_H
#define GRAFT_RUNTIME_CORE_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <utility>

namespace graft::runtime {

/// From this size on, huge pages spare more than they waste.
inline constexpr uint64_t kHugePageBytes = uint64_t(1) << 21;

class Memory {
public:
  Memory() = default;
  Memory(Memory &&other) noexcept
      : start(std::exchange(other.start, nullptr)),
        length(std::exchange(other.length, 0)),
        mapped(std::exchange(other.mapped, 0)) {}
  Memory &operator=(Memory &&other) noexcept {
    std::swap(start, other.start);
    std::swap(length, other.length);
    std::swap(mapped, other.mapped);
    return *this;
  }
  ~Memory();

  /// Gives back what it holds and takes `bytes` of zeros. False if there is not
  /// as much; then it holds nothing.
  [[nodiscard]] bool reset(uint64_t bytes);

  std::byte *data() const { return start; }
  uint64_t size() const { return length; }

private:
  std::byte *start = nullptr;
  uint64_t length = 0;
  uint64_t mapped = 0; ///< `length` in whole huge pages, if they are used
};

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_MEMORY_H
