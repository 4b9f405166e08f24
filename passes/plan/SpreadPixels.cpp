//===- SpreadPixels.cpp - pixels in different sets of the cache -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A convolution reads the same channels of a dozen pixels at once. If a pixel
// takes a multiple of 2 KB on a CPU, they fall into one or two sets of the
// first-level cache, which have fewer ways, and evict each other. Such a buffer
// gets one more line for each pixel.
//===----------------------------------------------------------------------===//
#include "passes/plan/BufferSharing.h"

using namespace mlir;
using namespace graft::plan;

/// Elements to add to each pixel of `alloc`; 0 if none are needed.
static int64_t getPadding(AllocOp alloc, const MachineModel &machine) {
  auto type = cast<BufferType>(alloc.getType());
  if (machine.cacheConflictBytes == 0 || type.getRank() != 4 ||
      ShapedType::isDynamic(type.getShape().back()))
    return 0;
  int64_t bytes = type.getShape().back() * type.getElementBytes();
  return bytes > 0 && bytes % machine.cacheConflictBytes == 0
             ? machine.cacheLineBytes / type.getElementBytes()
             : 0;
}

void graft::plan::spreadPixels(Sharing &sharing) {
  for (auto alloc : llvm::make_early_inc_range(
           sharing.engine.getBlock()->getOps<AllocOp>())) {
    int64_t padding = getPadding(alloc, sharing.target->getMachine());
    if (padding == 0)
      continue;
    auto type = cast<BufferType>(alloc.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape.back() += padding;
    OpBuilder builder(alloc);
    auto wide = AllocOp::create(builder, alloc.getLoc(), type.withShape(shape),
                                /*offset=*/IntegerAttr());
    auto view = ViewOp::create(builder, alloc.getLoc(), type, wide,
                               /*axis=*/3, /*start=*/0);
    sharing.copyType(view, alloc);
    sharing.copyWidened(wide, alloc, padding);
    alloc.getBuffer().replaceAllUsesWith(view);
    if (sharing.acceptsEverywhere(wide)) {
      sharing.forget(alloc);
      alloc.erase();
      continue;
    }
    view.getBuffer().replaceAllUsesWith(alloc.getBuffer());
    for (Value added : {view.getBuffer(), wide.getBuffer()}) {
      sharing.forget(added);
      added.getDefiningOp()->erase();
    }
  }
}
