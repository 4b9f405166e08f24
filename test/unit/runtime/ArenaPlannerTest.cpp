//===- ArenaPlannerTest.cpp - properties of arenas ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Blocks alive at one time lie apart, the arena is between the two obvious
// bounds, and the result depends on nothing but the input.
//===----------------------------------------------------------------------===//
#include "runtime/core/ArenaPlanner.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

using namespace graft::runtime;

static uint64_t aligned(uint64_t bytes) { return (bytes + 63) & ~uint64_t(63); }

TEST(ArenaPlanner, ReusesMemoryOfTheDead) {
  // A chain: each block lives while the next is written.
  std::vector<ArenaBlock> blocks = {
      {1000, 0, 1, 0}, {1000, 1, 2, 0}, {1000, 2, 3, 0}, {1000, 3, 4, 0}};
  uint64_t bytes = 0;
  ASSERT_TRUE(planArena(blocks, bytes));
  EXPECT_EQ(bytes, 2048u);
}

TEST(ArenaPlanner, FillsTheTightestGap) {
  // 640 and 128 die; 100 fits both holes and takes the smaller.
  std::vector<ArenaBlock> blocks = {{1024, 0, 9, 0}, {640, 0, 0, 0},
                                    {512, 0, 9, 0},  {128, 0, 0, 0},
                                    {101, 0, 9, 0},  {100, 1, 9, 0}};
  uint64_t bytes = 0;
  ASSERT_TRUE(planArena(blocks, bytes));
  EXPECT_EQ(blocks[5].offset, blocks[3].offset);
  EXPECT_EQ(bytes, 1024u + 640 + 512 + 128 + 128);
}

TEST(ArenaPlanner, KeepsItsPromisesOnRandomBlocks) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<ArenaBlock> blocks(random() % 60);
    uint64_t sum = 0;
    for (ArenaBlock &block : blocks) {
      block.bytes = random() % 10 ? random() % 5000 : 0;
      block.first = random() % 40;
      block.last = block.first + random() % 10;
      sum += aligned(block.bytes);
    }
    std::vector<ArenaBlock> again = blocks;
    uint64_t bytes = 0;
    uint64_t bytesAgain = 0;
    ASSERT_TRUE(planArena(blocks, bytes));
    ASSERT_TRUE(planArena(again, bytesAgain));
    uint64_t peak = 0;
    for (uint32_t step = 0; step < 50; ++step) {
      uint64_t alive = 0;
      for (const ArenaBlock &block : blocks)
        if (block.first <= step && step <= block.last)
          alive += aligned(block.bytes);
      peak = std::max(peak, alive);
    }
    EXPECT_LE(bytes, sum);
    EXPECT_GE(bytes, peak);
    EXPECT_EQ(bytes, bytesAgain);
    for (size_t i = 0; i < blocks.size(); ++i) {
      EXPECT_EQ(blocks[i].offset, again[i].offset);
      EXPECT_EQ(blocks[i].offset % kArenaAlignment, 0u);
      EXPECT_LE(blocks[i].offset + blocks[i].bytes, bytes);
      for (size_t j = 0; j < i; ++j) {
        bool together = blocks[i].first <= blocks[j].last &&
                        blocks[j].first <= blocks[i].last;
        if (!together || !blocks[i].bytes || !blocks[j].bytes)
          continue;
        EXPECT_TRUE(blocks[i].offset + blocks[i].bytes <= blocks[j].offset ||
                    blocks[j].offset + blocks[j].bytes <= blocks[i].offset);
      }
    }
  }
}

TEST(ArenaPlanner, ReportsOverflow) {
  std::vector<ArenaBlock> one = {{UINT64_MAX, 0, 0, 0}};
  std::vector<ArenaBlock> two = {{UINT64_MAX - 200, 0, 0, 0},
                                 {UINT64_MAX - 200, 0, 0, 0}};
  uint64_t bytes = 0;
  EXPECT_FALSE(planArena(one, bytes));
  EXPECT_FALSE(planArena(two, bytes));
}
