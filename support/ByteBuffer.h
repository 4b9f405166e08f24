//===- ByteBuffer.h - output that stays in memory -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What AtomicFile is to a file: bytes are appended piece by piece. The memory
// is the kernel's, so that it grows without a copy and begins on a page.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_BYTEBUFFER_H
#define GRAFT_SUPPORT_BYTEBUFFER_H

#include "support/Status.h"

#include <cstddef>
#include <string_view>

namespace graft {

class ByteBuffer {
public:
  /// Memory without an owner; `unmap` frees it.
  struct Memory {
    void *data = nullptr;
    size_t size = 0, capacity = 0;
  };

  ByteBuffer() = default;
  ByteBuffer(ByteBuffer &&other) noexcept;
  ByteBuffer &operator=(ByteBuffer &&other) noexcept;
  ByteBuffer(const ByteBuffer &) = delete;
  ByteBuffer &operator=(const ByteBuffer &) = delete;
  ~ByteBuffer() { unmap(memory); }

  /// Appends the bytes. Error: Exhausted. A zero byte follows the last.
  Status write(std::string_view bytes);

  std::string_view bytes() const {
    return {static_cast<const char *>(memory.data), memory.size};
  }

  /// Gives the memory away, what was kept for more bytes returned to the
  /// kernel.
  Memory release();
  static void unmap(Memory memory);

private:
  Memory memory;
};

} // namespace graft

#endif // GRAFT_SUPPORT_BYTEBUFFER_H
