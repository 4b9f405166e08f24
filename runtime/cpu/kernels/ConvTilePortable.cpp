//===- ConvTilePortable.cpp - tiles of floats for any machine -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every compiler can make of four floats at a time.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/FloatTiles.h"
#include "runtime/cpu/kernels/TileTables.h"

const graft::runtime::cpu::TileTable &graft::runtime::cpu::tilesPortable() {
  static constexpr TileTable table = makeNarrowTable<Floats, 2>();
  return table;
}
