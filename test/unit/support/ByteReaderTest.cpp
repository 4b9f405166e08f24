//===- ByteReaderTest.cpp - Tests of ByteReader ---------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values at their limits, and reads that would pass the end.
//
//===----------------------------------------------------------------------===//

#include "support/ByteReader.h"

#include "gtest/gtest.h"

#include <string>

using namespace graft;
using namespace std::string_literals;

TEST(ByteReaderTest, ReadsLittleEndian) {
  std::string bytes = "\x01\x02\x03\xff"
                      "12345678"s;
  ByteReader reader(bytes);
  EXPECT_EQ(reader.fixed32(), 0xff030201u);
  EXPECT_EQ(reader.fixed64(), 0x3837363534333231u);
  EXPECT_TRUE(reader.empty());
}

TEST(ByteReaderTest, AShortReadMovesNothing) {
  ByteReader reader("abc");
  EXPECT_EQ(reader.fixed32(), std::nullopt);
  EXPECT_EQ(reader.take(4), std::nullopt);
  EXPECT_EQ(reader.take(UINT64_MAX), std::nullopt);
  EXPECT_EQ(reader.remaining(), "abc");
}

TEST(ByteReaderTest, Varints) {
  EXPECT_EQ(ByteReader("\x00"s).varint64(), 0u);
  EXPECT_EQ(ByteReader("\xac\x02"s).varint64(), 300u);
  EXPECT_EQ(ByteReader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s).varint64(),
            UINT64_MAX);
  EXPECT_EQ(ByteReader("\xff\xff\xff\xff\x0f"s).varint32(), UINT32_MAX);
}

TEST(ByteReaderTest, DamagedVarints) {
  // Cut off; one bit too many; no end within ten bytes; too wide for 32 bits.
  EXPECT_EQ(ByteReader("\x80"s).varint64(), std::nullopt);
  EXPECT_EQ(ByteReader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s).varint64(),
            std::nullopt);
  EXPECT_EQ(ByteReader(std::string(12, '\x80')).varint64(), std::nullopt);
  std::string bytes = "\xff\xff\xff\xff\x1f"s;
  ByteReader wide(bytes);
  EXPECT_EQ(wide.varint32(), std::nullopt);
  EXPECT_EQ(wide.varint64(), 0x1ffffffffu);
}
