//===- ByteBuffer.cpp - output that stays in memory -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/ByteBuffer.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

using namespace graft;

/// Memory comes in pages; 64 KiB is one everywhere.
static constexpr size_t kPage = size_t(1) << 16;

/// `size` and the zero byte behind it, in whole pages; 0 on overflow.
static size_t pagesFor(size_t size) {
  size_t bytes;
  if (__builtin_add_overflow(size, kPage, &bytes))
    return 0;
  return bytes / kPage * kPage;
}

ByteBuffer::ByteBuffer(ByteBuffer &&other) noexcept
    : memory(std::exchange(other.memory, {})) {}

ByteBuffer &ByteBuffer::operator=(ByteBuffer &&other) noexcept {
  std::swap(memory, other.memory);
  return *this;
}

Status ByteBuffer::write(std::string_view bytes) {
  size_t wanted;
  bool overflow = __builtin_add_overflow(memory.size, bytes.size(), &wanted);
  size_t capacity = overflow ? 0 : pagesFor(wanted);
  if (capacity > memory.capacity || capacity == 0) {
    // Pages that are never touched cost nothing.
    size_t roomy = std::max(capacity, memory.capacity * 2);
    void *data = MAP_FAILED;
    if (capacity != 0)
      data = memory.data
                 ? ::mremap(memory.data, memory.capacity, roomy, MREMAP_MAYMOVE)
                 : ::mmap(nullptr, roomy, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED)
      return Status::exhausted("out of memory for a result of " +
                               std::to_string(wanted) + " bytes");
    memory.data = data;
    memory.capacity = roomy;
  }
  if (!bytes.empty())
    std::memcpy(static_cast<char *>(memory.data) + memory.size, bytes.data(),
                bytes.size());
  memory.size = wanted;
  return Status();
}

ByteBuffer::Memory ByteBuffer::release() {
  size_t needed = pagesFor(memory.size);
  if (memory.data && needed < memory.capacity &&
      ::munmap(static_cast<char *>(memory.data) + needed,
               memory.capacity - needed) == 0)
    memory.capacity = needed;
  return std::exchange(memory, {});
}

void ByteBuffer::unmap(Memory memory) {
  if (memory.data)
    ::munmap(memory.data, memory.capacity);
}
