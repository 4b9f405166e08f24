//===- CheckedMathTest.cpp - Tests of checked arithmetic ------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each function at and just past its limit.
//
//===----------------------------------------------------------------------===//

#include "support/CheckedMath.h"

#include "gtest/gtest.h"

#include <limits>
#include <vector>

using namespace graft;

static constexpr int64_t maxInt64 = std::numeric_limits<int64_t>::max();
static constexpr uint64_t maxUInt64 = std::numeric_limits<uint64_t>::max();
using Shape = std::vector<int64_t>;

TEST(CheckedMathTest, StopsAtTheLimit) {
  EXPECT_EQ(checkedAdd<int64_t>(maxInt64 - 1, 1), maxInt64);
  EXPECT_EQ(checkedAdd<int64_t>(maxInt64, 1), std::nullopt);
  EXPECT_EQ(checkedSub<uint64_t>(3, 3), 0u);
  EXPECT_EQ(checkedSub<uint64_t>(3, 4), std::nullopt);
  EXPECT_EQ(checkedMul<uint32_t>(65535, 65537), 0xffffffffu);
  EXPECT_EQ(checkedMul<uint32_t>(65536, 65536), std::nullopt);
}

TEST(CheckedMathTest, CastsOnlyWhatFits) {
  EXPECT_EQ((checkedCast<uint32_t, int64_t>(7)), 7u);
  EXPECT_EQ((checkedCast<uint32_t, int64_t>(-1)), std::nullopt);
  EXPECT_EQ((checkedCast<uint32_t, int64_t>(int64_t(1) << 32)), std::nullopt);
  EXPECT_EQ((checkedCast<int64_t, uint64_t>(maxUInt64)), std::nullopt);
}

TEST(CheckedMathTest, CountsElements) {
  EXPECT_EQ(checkedElementCount(Shape{}), 1);
  EXPECT_EQ(checkedElementCount(Shape{2, 3, 4}), 24);
  EXPECT_EQ(checkedElementCount(Shape{2, -1}), std::nullopt);
  EXPECT_EQ(checkedElementCount(Shape{maxInt64, 2}), std::nullopt);
  // Empty, whatever the other dimensions are.
  EXPECT_EQ(checkedElementCount(Shape{maxInt64, 2, 0}), 0);
  EXPECT_EQ(checkedElementCount(Shape{0, -1}), std::nullopt);
}

TEST(CheckedMathTest, ExtentsDoNotWrap) {
  EXPECT_TRUE(extentFits(0, 10, 10));
  EXPECT_TRUE(extentFits(10, 0, 10));
  EXPECT_FALSE(extentFits(1, 10, 10));
  EXPECT_FALSE(extentFits(11, 0, 10));
  EXPECT_FALSE(extentFits(1, maxUInt64, 10));
  EXPECT_FALSE(extentFits(maxUInt64, 2, 10));
}

TEST(CheckedMathTest, Aligns) {
  EXPECT_EQ(checkedAlignTo(0, 64), 0u);
  EXPECT_EQ(checkedAlignTo(1, 64), 64u);
  EXPECT_EQ(checkedAlignTo(64, 64), 64u);
  EXPECT_EQ(checkedAlignTo(maxUInt64, 64), std::nullopt);
}
