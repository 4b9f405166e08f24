//===- ArenaPlanner.cpp - many short lives in one block of memory ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Greedy by size, best fit. On real networks the arena is within a few per cent
// of the lower bound: the largest sum of the sizes that are live at one time.
//===----------------------------------------------------------------------===//
#include "runtime/core/ArenaPlanner.h"

#include <algorithm>
#include <numeric>

using namespace graft::runtime;

static bool alignUp(uint64_t bytes, uint64_t alignment, uint64_t &aligned) {
  if (__builtin_add_overflow(bytes, alignment - 1, &aligned))
    return false;
  aligned &= ~(alignment - 1);
  return true;
}

bool graft::runtime::planArena(std::vector<ArenaBlock> &blocks, uint64_t &bytes,
                               uint64_t alignment) {
  bytes = 0;
  std::vector<size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (blocks[a].bytes != blocks[b].bytes)
      return blocks[a].bytes > blocks[b].bytes;
    return a < b;
  });

  std::vector<size_t> placed; // in the order of their offsets
  for (size_t index : order) {
    ArenaBlock &block = blocks[index];
    block.offset = 0;
    uint64_t size = 0;
    if (!alignUp(block.bytes, alignment, size))
      return false;
    if (size == 0)
      continue;
    uint64_t best = 0;
    uint64_t bestGap = UINT64_MAX;
    uint64_t end = 0; // of the blocks so far
    for (size_t other : placed) {
      const ArenaBlock &neighbour = blocks[other];
      if (neighbour.last < block.first || block.last < neighbour.first)
        continue;
      if (neighbour.offset > end && neighbour.offset - end >= size &&
          neighbour.offset - end < bestGap) {
        best = end;
        bestGap = neighbour.offset - end;
      }
      uint64_t neighbourEnd = 0;
      (void)alignUp(neighbour.bytes, alignment, neighbourEnd); // fitted before
      end = std::max(end, neighbour.offset + neighbourEnd);
    }
    block.offset = bestGap == UINT64_MAX ? end : best;
    uint64_t blockEnd = 0;
    if (__builtin_add_overflow(block.offset, size, &blockEnd))
      return false;
    bytes = std::max(bytes, blockEnd);
    auto at = std::upper_bound(placed.begin(), placed.end(), block.offset,
                               [&](uint64_t offset, size_t other) {
                                 return offset < blocks[other].offset;
                               });
    placed.insert(at, index);
  }
  return true;
}
