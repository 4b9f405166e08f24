//===- ConvTilePortable.cpp - tiles for any machine -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every compiler can make of four floats at a time: 2 pixels x 16
// channels.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/ConvTileBody.h"

namespace {

template <int Pixels>
void tile(const TileArgs &args) {
  for (int64_t first = 0; first < args.step; first += kLanes)
    runTile<Pixels, kLanes / Vec::width, /*Whole=*/false>(args, first);
}

} // namespace

const graft::runtime::cpu::TileTable &graft::runtime::cpu::tilesPortable() {
  static const TileTable table = {{2, 2, 2, 2, 2, 2},
                                  {{tile<1>, tile<2>},
                                   {tile<1>, tile<2>},
                                   {tile<1>, tile<2>},
                                   {tile<1>, tile<2>},
                                   {tile<1>, tile<2>},
                                   {tile<1>, tile<2>}}};
  return table;
}
