//===- ByteBufferTest.cpp - output that stays in memory -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/ByteBuffer.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>

using graft::ByteBuffer;

/// Bytes that differ from place to place, so that a lost piece shows.
static std::string pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>(i * 2654435761u >> 13);
  return bytes;
}

TEST(ByteBuffer, KeepsEveryByteWhileItGrows) {
  std::string want = pattern(5 << 20);
  ByteBuffer buffer;
  std::string_view rest = want;
  for (size_t piece = 1; !rest.empty(); piece = piece * 3 + 1) {
    ASSERT_TRUE(buffer.write(rest.substr(0, piece)).ok());
    rest.remove_prefix(std::min(piece, rest.size()));
  }
  EXPECT_TRUE(buffer.bytes() == want);
}

TEST(ByteBuffer, HandsOutAlignedAndTerminatedMemory) {
  // Around the size of a page, the zero byte needs one more.
  for (size_t size : {size_t(0), size_t(1), (size_t(1) << 16) - 1,
                      size_t(1) << 16, (size_t(1) << 16) + 1}) {
    std::string want = pattern(size);
    ByteBuffer buffer;
    ASSERT_TRUE(buffer.write(want).ok());
    ByteBuffer::Memory memory = buffer.release();
    ASSERT_NE(memory.data, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data) % 64, 0u);
    const char *bytes = static_cast<const char *>(memory.data);
    EXPECT_TRUE(std::string_view(bytes, memory.size) == want);
    EXPECT_GT(memory.capacity, memory.size);
    EXPECT_EQ(bytes[memory.size], 0);
    EXPECT_TRUE(buffer.bytes().empty());
    ByteBuffer::unmap(memory);
  }
}

TEST(ByteBuffer, ImpossibleSizeIsExhausted) {
  ByteBuffer buffer;
  ASSERT_TRUE(buffer.write("abc").ok());
  graft::Status status =
      buffer.write(std::string_view("x", SIZE_MAX - (size_t(1) << 17)));
  EXPECT_EQ(status.code(), graft::StatusCode::Exhausted);
  EXPECT_EQ(buffer.bytes(), "abc");
}

TEST(ByteBuffer, MovesItsMemory) {
  ByteBuffer first;
  ASSERT_TRUE(first.write("first").ok());
  ByteBuffer second(std::move(first));
  EXPECT_EQ(second.bytes(), "first");
  ByteBuffer third;
  ASSERT_TRUE(third.write("third").ok());
  third = std::move(second);
  EXPECT_EQ(third.bytes(), "first");
}
