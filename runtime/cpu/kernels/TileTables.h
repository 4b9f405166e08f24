//===- TileTables.h - tables of tiles for one instruction set -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_TILETABLES_H
#define GRAFT_RUNTIME_CPU_KERNELS_TILETABLES_H

#include "runtime/cpu/kernels/ConvTileBody.h"

#include <utility>

namespace {

template <typename Arithmetic>
using TableOf = graft::runtime::cpu::TileTableOf<typename Arithmetic::Args>;

template <typename Arithmetic, int Pixels, int Vectors>
void wholeTile(const typename Arithmetic::Args &args) {
  runTile<Arithmetic, Pixels, Vectors, /*Whole=*/true>(args, 0);
}

/// A block that is wider than a tile is computed 16 channels at a time.
template <typename Arithmetic, int Pixels>
void narrowTile(const typename Arithmetic::Args &args) {
  for (int64_t first = 0; first < args.step; first += kLanes)
    runTile<Arithmetic, Pixels, kLanes / Arithmetic::width, /*Whole=*/false>(
        args, first);
}

template <typename Arithmetic, int Vectors, int... Pixel>
constexpr void addWhole(TableOf<Arithmetic> &table,
                        std::integer_sequence<int, Pixel...>) {
  table.maxPixels[Vectors - 1] = sizeof...(Pixel);
  ((table.tiles[Vectors - 1][Pixel] =
        wholeTile<Arithmetic, Pixel + 1, Vectors>),
   ...);
}

/// Tiles of 32 registers, of which sums take up to 28: 24 pixels x 16 channels,
/// 14 x 32, 9 x 48 and so on, beside the weights and a pixel. Two multiply-adds
/// a cycle then need about one load a cycle.
template <typename Arithmetic>
constexpr TableOf<Arithmetic> makeWideTable() {
  TableOf<Arithmetic> table = {};
  addWhole<Arithmetic, 1>(table, std::make_integer_sequence<int, 24>());
  addWhole<Arithmetic, 2>(table, std::make_integer_sequence<int, 14>());
  addWhole<Arithmetic, 3>(table, std::make_integer_sequence<int, 9>());
  addWhole<Arithmetic, 4>(table, std::make_integer_sequence<int, 6>());
  addWhole<Arithmetic, 5>(table, std::make_integer_sequence<int, 5>());
  addWhole<Arithmetic, 6>(table, std::make_integer_sequence<int, 4>());
  return table;
}

template <typename Arithmetic, int... Pixel>
constexpr TableOf<Arithmetic> makeTable(std::integer_sequence<int, Pixel...>) {
  TableOf<Arithmetic> table = {};
  for (int v = 0; v < graft::runtime::cpu::kMaxBlockVectors; ++v) {
    table.maxPixels[v] = sizeof...(Pixel);
    ((table.tiles[v][Pixel] = narrowTile<Arithmetic, Pixel + 1>), ...);
  }
  return table;
}

/// Tiles of at most `Pixels` pixels x 16 channels.
template <typename Arithmetic, int Pixels>
constexpr TableOf<Arithmetic> makeNarrowTable() {
  return makeTable<Arithmetic>(std::make_integer_sequence<int, Pixels>());
}

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_TILETABLES_H
