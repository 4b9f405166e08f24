//===- ArenaPlanner.h - many short lives in one block of memory -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gives offsets to blocks that live at different times. Stands alone: the pass
// plan-assign-buffers uses it at build time, a context where shapes are
// dynamic.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_ARENAPLANNER_H
#define GRAFT_RUNTIME_CORE_ARENAPLANNER_H

#include <cstdint>
#include <vector>

namespace graft::runtime {

/// Offsets and the size of an arena are multiples of this, in bytes, or of a
/// larger power of two, where a target wants that.
inline constexpr uint64_t kArenaAlignment = 64;

/// Memory that is in use from step `first` to step `last`, both included.
struct ArenaBlock {
  uint64_t bytes = 0;
  uint32_t first = 0;
  uint32_t last = 0;
  uint64_t offset = 0; ///< the result
};

/// Sets every block's offset so that no two blocks that live at one time
/// overlap, and `bytes` to the arena's size. Larger blocks come first; each
/// goes to the tightest gap between those that live with it. Equal input gives
/// equal output. False if sizes overflow.
[[nodiscard]] bool planArena(std::vector<ArenaBlock> &blocks, uint64_t &bytes,
                             uint64_t alignment = kArenaAlignment);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_ARENAPLANNER_H
