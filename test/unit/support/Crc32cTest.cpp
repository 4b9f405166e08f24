//===- Crc32cTest.cpp - Tests of the checksum -----------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Published check values, and the instruction against the portable code.
//
//===----------------------------------------------------------------------===//

#include "support/Crc32c.h"

#include "gtest/gtest.h"

#include <string>

using namespace graft;

TEST(Crc32cTest, KnownValues) {
  // The check value of the CRC catalogue, then those of RFC 3720 appendix B.4.
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string ascending;
  for (char byte = 0; byte < 32; ++byte)
    ascending += byte;
  EXPECT_EQ(crc32c(ascending), 0x46dd794eu);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32cTest, InstructionAndTablesAgreeAtEveryLengthAndOffset) {
  std::string bytes;
  for (unsigned i = 0; i < 300; ++i)
    bytes += static_cast<char>(i * 167 + i / 7);
  for (size_t offset = 0; offset < 9; ++offset)
    for (size_t length = 0; length + offset <= bytes.size(); ++length) {
      std::string_view part = std::string_view(bytes).substr(offset, length);
      ASSERT_EQ(crc32c(part), crc32cPortable(part)) << offset << " " << length;
    }
}

TEST(Crc32cTest, Continues) {
  std::string_view bytes = "the quick brown fox jumps over the lazy dog";
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    uint32_t first = crc32c(bytes.substr(0, cut));
    EXPECT_EQ(crc32c(bytes.substr(cut), first), crc32c(bytes));
  }
}

TEST(Crc32cTest, MaskIsUndone) {
  EXPECT_NE(maskCrc32c(0xe3069283u), 0xe3069283u);
  EXPECT_EQ(unmaskCrc32c(maskCrc32c(0xe3069283u)), 0xe3069283u);
  EXPECT_EQ(unmaskCrc32c(maskCrc32c(0)), 0u);
}
