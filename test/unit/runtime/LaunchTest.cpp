//===- LaunchTest.cpp - strides and types of launches ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/Provider.h"

#include <gtest/gtest.h>

using namespace graft;
using namespace graft::runtime;

using Ints = std::vector<int64_t>;

static Slot makeSlot(ops::Shape shape, Ints strides = {}) {
  Slot slot;
  slot.type = {ops::DType::F32, std::move(shape)};
  slot.strides = std::move(strides);
  return slot;
}

TEST(Launch, SlotsWithoutStridesAreDense) {
  EXPECT_EQ(stridesOf(makeSlot({2, 3, 4})), (Ints{12, 4, 1}));
  EXPECT_EQ(stridesOf(makeSlot({2, 3}, {8, 1})), (Ints{8, 1}));
  EXPECT_EQ(stridesOf(makeSlot({})), Ints{});
  EXPECT_TRUE(isDense(makeSlot({2, 3})));
  EXPECT_TRUE(isDense(makeSlot({2, 3}, {3, 1})));
  EXPECT_FALSE(isDense(makeSlot({2, 3}, {8, 1})));
}

TEST(Launch, StridesOfOnePositionDoNotCount) {
  EXPECT_TRUE(isDense(makeSlot({1, 3}, {8, 1})));
  EXPECT_TRUE(isDense(makeSlot({0, 3}, {8, 1})));
}

TEST(Launch, RepeatedDimensionsHaveNoStride) {
  Ints strides;
  EXPECT_TRUE(broadcastStrides(makeSlot({3, 1}), {2, 3, 4}, strides));
  EXPECT_EQ(strides, (Ints{0, 1, 0}));
  EXPECT_TRUE(broadcastStrides(makeSlot({3, 4}, {9, 2}), {2, 3, 4}, strides));
  EXPECT_EQ(strides, (Ints{0, 9, 2}));
  EXPECT_FALSE(broadcastStrides(makeSlot({2, 4}), {3, 4}, strides));
  EXPECT_FALSE(broadcastStrides(makeSlot({1, 4}), {4}, strides));
}

TEST(Launch, SpansEndBehindTheLastElement) {
  uint64_t bytes = 0;
  EXPECT_TRUE(countSpan(makeSlot({2, 3}), bytes));
  EXPECT_EQ(bytes, 24u);
  EXPECT_TRUE(countSpan(makeSlot({2, 3}, {8, 1}), bytes));
  EXPECT_EQ(bytes, 44u);
  EXPECT_TRUE(countSpan(makeSlot({2, 0}, {8, 1}), bytes));
  EXPECT_EQ(bytes, 0u);
  EXPECT_FALSE(countSpan(makeSlot({3, 2}, {INT64_MAX, 1}), bytes));
  EXPECT_FALSE(countSpan(makeSlot({2, 2}, {INT64_MAX / 2, 1}), bytes));
}

TEST(Launch, TacticsSayWhichSlicesTheyTake) {
  LaunchDesc launch;
  launch.inputs = {makeSlot({2, 3}), makeSlot({2, 3}, {8, 1})};
  launch.outputs = {makeSlot({2, 3})};
  Tactic tactic;
  EXPECT_FALSE(tactic.takesSlicesOf(launch));
  tactic.stridedInputs = true;
  EXPECT_TRUE(tactic.takesSlicesOf(launch));
  launch.outputs.front().strides = {8, 1};
  EXPECT_FALSE(tactic.takesSlicesOf(launch));
  tactic.stridedOutputs = true;
  EXPECT_TRUE(tactic.takesSlicesOf(launch));
}
