//===- ConvTileAvx2.cpp - tiles of floats in 256-bit vectors --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 16 registers hold the sums of 6 pixels x 16 channels.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/FloatTiles.h"
#include "runtime/cpu/kernels/TileTables.h"

const graft::runtime::cpu::TileTable &graft::runtime::cpu::tilesAvx2() {
  static constexpr TileTable table = makeNarrowTable<Floats, 6>();
  return table;
}
