//===- ConvTileAvx512.cpp - tiles in 512-bit vectors ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 32 registers hold the sums of 14 pixels x 32 channels, 9 x 48, 24 x 16 and so
// on, beside the weights and a pixel. Two multiply-adds a cycle then need about
// one load a cycle.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/ConvTileBody.h"

namespace {

template <int Pixels, int Vectors>
void tile(const TileArgs &args) {
  runTile<Pixels, Vectors, /*Whole=*/true>(args, 0);
}

} // namespace

const graft::runtime::cpu::TileTable &graft::runtime::cpu::tilesAvx512() {
  static const TileTable table = {
      {24, 14, 9, 6, 5, 4},
      {{tile<1, 1>,  tile<2, 1>,  tile<3, 1>,  tile<4, 1>,  tile<5, 1>,
        tile<6, 1>,  tile<7, 1>,  tile<8, 1>,  tile<9, 1>,  tile<10, 1>,
        tile<11, 1>, tile<12, 1>, tile<13, 1>, tile<14, 1>, tile<15, 1>,
        tile<16, 1>, tile<17, 1>, tile<18, 1>, tile<19, 1>, tile<20, 1>,
        tile<21, 1>, tile<22, 1>, tile<23, 1>, tile<24, 1>},
       {tile<1, 2>, tile<2, 2>, tile<3, 2>, tile<4, 2>, tile<5, 2>, tile<6, 2>,
        tile<7, 2>, tile<8, 2>, tile<9, 2>, tile<10, 2>, tile<11, 2>,
        tile<12, 2>, tile<13, 2>, tile<14, 2>},
       {tile<1, 3>, tile<2, 3>, tile<3, 3>, tile<4, 3>, tile<5, 3>, tile<6, 3>,
        tile<7, 3>, tile<8, 3>, tile<9, 3>},
       {tile<1, 4>, tile<2, 4>, tile<3, 4>, tile<4, 4>, tile<5, 4>, tile<6, 4>},
       {tile<1, 5>, tile<2, 5>, tile<3, 5>, tile<4, 5>, tile<5, 5>},
       {tile<1, 6>, tile<2, 6>, tile<3, 6>, tile<4, 6>}}};
  return table;
}
