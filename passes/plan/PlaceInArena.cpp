//===- PlaceInArena.cpp - an offset for every buffer ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/BufferSharing.h"
#include "runtime/core/ArenaPlanner.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace graft;
using namespace graft::plan;

LogicalResult graft::plan::placeInArena(EngineOp engine, uint64_t alignment) {
  Lifetimes lifetimes(engine);
  SmallVector<AllocOp> allocs;
  std::vector<runtime::ArenaBlock> blocks;
  for (auto alloc :
       llvm::make_early_inc_range(engine.getBlock()->getOps<AllocOp>())) {
    std::optional<Lifetimes::Interval> lifetime =
        lifetimes.find(alloc.getBuffer());
    if (!lifetime) {
      if (alloc->use_empty())
        alloc.erase();
      continue;
    }
    std::optional<int64_t> bytes = alloc.getBuffer().getType().getBytes();
    if (!bytes)
      return alloc.emitOpError("must have a size that fits into memory, got ")
             << alloc.getBuffer().getType();
    runtime::ArenaBlock block;
    // Blocks begin where others end: sizes of whole units keep them aligned.
    block.bytes = llvm::alignTo(static_cast<uint64_t>(*bytes), alignment);
    block.first = lifetime->first;
    block.last = lifetime->last;
    blocks.push_back(block);
    allocs.push_back(alloc);
  }
  uint64_t total = 0;
  if (!runtime::planArena(blocks, total) ||
      total > static_cast<uint64_t>(INT64_MAX))
    return engine.emitOpError("the arena must fit into memory");
  for (auto [alloc, block] : llvm::zip_equal(allocs, blocks))
    alloc.setOffset(static_cast<int64_t>(block.offset));
  engine.setArenaBytes(static_cast<int64_t>(total));
  return success();
}
