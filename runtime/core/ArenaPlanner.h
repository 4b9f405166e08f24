//===- ArenaPlanner.h - many short lives in one block of memory -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Assigns offsets to blocks with different lifetimes. It depends on nothing
// else: the pass plan-assign-buffers uses it at build time, and a context uses
// it if shapes are dynamic.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_ARENAPLANNER_H
#define GRAFT_RUNTIME_CORE_ARENAPLANNER_H

#include <cstdint>
#include <vector>

namespace graft::runtime {

/// Offsets and the size of an arena are multiples of this, in bytes, or of a
/// larger power of two if a target requires it.
inline constexpr uint64_t kArenaAlignment = 64;

/// Memory that is in use from step `first` to step `last`, both included.
struct ArenaBlock {
  uint64_t bytes = 0;
  uint32_t first = 0;
  uint32_t last = 0;
  uint64_t offset = 0; ///< the result
};

/// Sets every block's offset so that no two blocks with overlapping lifetimes
/// overlap in memory, and `bytes` to the arena's size. Larger blocks come
/// first; each goes to the smallest sufficient gap between those that are live
/// with it. Equal input gives equal output. False if sizes overflow.
[[nodiscard]] bool planArena(std::vector<ArenaBlock> &blocks, uint64_t &bytes,
                             uint64_t alignment = kArenaAlignment);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_ARENAPLANNER_H
