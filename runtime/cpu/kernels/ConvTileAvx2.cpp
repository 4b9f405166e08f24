//===- ConvTileAvx2.cpp - tiles in 256-bit vectors ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 16 registers hold the sums of 6 pixels x 16 channels; a wider block is done
// 16 channels at a time.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/ConvTileBody.h"

namespace {

template <int Pixels>
void tile(const TileArgs &args) {
  for (int64_t first = 0; first < args.step; first += kLanes)
    runTile<Pixels, kLanes / Vec::width, /*Whole=*/false>(args, first);
}

} // namespace

const graft::runtime::cpu::TileTable &graft::runtime::cpu::tilesAvx2() {
#define GRAFT_TILES                                                            \
  {                                                                            \
    tile<1>, tile<2>, tile<3>, tile<4>, tile<5>, tile<6>                       \
  }
  static const TileTable table = {{6, 6, 6, 6, 6, 6},
                                  {GRAFT_TILES, GRAFT_TILES, GRAFT_TILES,
                                   GRAFT_TILES, GRAFT_TILES, GRAFT_TILES}};
#undef GRAFT_TILES
  return table;
}
