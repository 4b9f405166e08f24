//===- CodeTilesPortable.cpp - tiles of codes -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/CodeTiles.h"
#include "runtime/cpu/kernels/TileTables.h"

const graft::runtime::cpu::CodeTileTable &
graft::runtime::cpu::codeTilesPortable() {
  static const CodeTileTable table = makeNarrowTable<Codes, 2>();
  return table;
}
