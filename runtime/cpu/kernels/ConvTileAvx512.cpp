//===- ConvTileAvx512.cpp - tiles of floats in 512-bit vectors ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/FloatTiles.h"
#include "runtime/cpu/kernels/TileTables.h"

const graft::runtime::cpu::TileTable &graft::runtime::cpu::tilesAvx512() {
  static constexpr TileTable table = makeWideTable<Floats>();
  return table;
}
