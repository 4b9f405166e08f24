//===- StagedTile.h - tiles whose results have steps of their own ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to this folder.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_STAGEDTILE_H
#define GRAFT_RUNTIME_CPU_STAGEDTILE_H

#include "runtime/cpu/ConvWork.h"
#include "runtime/cpu/Steps.h"

#include <type_traits>

namespace graft::runtime::cpu {

/// A tile with steps that it does not know. It writes floats, pixel behind
/// pixel, to which the steps are applied, if possible to all at once; then
/// store(out, numbers) takes each pixel's to where the tile would have
/// written it. `args` must ask for floats; `channel` is the block's first of
/// all channels. Of a tile's results and those of the steps nothing but the
/// block's lanes is touched.
template <typename Args, typename Fn, typename Store>
void runStaged(const ConvWork &work, const Steps &steps,
               const void *const *inputs, const Tile &tile, const Block &block,
               int64_t image, int64_t channel, Args &args, Fn *run,
               Store &&store) {
  alignas(64) float numbers[kMaxTilePixels * kMaxBlockVectors * kLanes];
  std::remove_reference_t<decltype(args.out[0])> out[kMaxTilePixels];
  Pixel64 pixels[kMaxTilePixels];
  for (int p = 0; p < tile.count; ++p) {
    pixels[p] = work.pixelOf(tile, p);
    out[p] = args.out[p];
    args.out[p] = numbers + p * block.lanes - block.channel;
  }
  run(args);
  applySteps(steps, inputs, numbers, image, pixels, tile.count, channel,
             block.lanes);
  for (int p = 0; p < tile.count; ++p) {
    store(out[p], numbers + p * block.lanes);
    args.out[p] = out[p];
  }
}

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_STAGEDTILE_H
