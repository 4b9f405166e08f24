//===- Tiling.h - the order of a convolution's work -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Splits the output pixels of one image into tiles and the output channels of
// one group into blocks.
//
// Pixels at the border see only a part of the window. Where it pays, tiles are
// made of pixels that see the same part, so that the products with padding are
// not computed at all: a 3x3 window on an 8x8 map needs 16% fewer products.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_CONVOLUTION_TILING_H
#define GRAFT_RUNTIME_CPU_CONVOLUTION_TILING_H

#include "runtime/cpu/Problem.h"
#include "runtime/cpu/kernels/ConvTile.h"

namespace graft::runtime::cpu {

struct Block {
  int64_t channel = 0; ///< within the group
  int64_t weights = 0; ///< offset in the group's packed weights, in floats
  int64_t lanes = 0;   ///< channels that exist
  int vectors = 0;
};

struct Pixel {
  uint16_t row = 0;
  uint16_t column = 0;
};

struct Tile {
  uint32_t first = 0; ///< among Tiling::pixels, or the pixel itself when linear
  uint8_t count = 0;
  bool mixed = false;
  TapMask anyRow = 1;
  TapMask anyColumn = 1;
  int64_t tapsBefore = 0; ///< of the tiles before this one
  float cost = 0;         ///< cycles for one input channel and one vector pair

  /// Taps of the window that the tile needs.
  int64_t taps() const {
    return int64_t(__builtin_popcountll(anyRow)) *
           __builtin_popcountll(anyColumn);
  }
};

struct Tiling {
  std::vector<Block> blocks;
  int64_t weightFloats = 0; ///< packed, of one group
  /// A 1x1 convolution whose pixels have one stride: no list is kept.
  bool linear = false;
  std::vector<Pixel> pixels;
  std::vector<TapMask> rowMasks;    ///< per output row
  std::vector<TapMask> columnMasks; ///< per output column
  std::vector<Tile> tiles;          ///< of one image; of all images when linear
};

/// Blocks of `channels` output channels with `rows` rows of weights.
void makeBlocks(int64_t channels, int64_t rows, Tiling &tiling);

/// Whether makeTiles() can describe the convolution.
bool canTile(const Conv2D &conv);

/// Tiles of at most as many pixels as a table has kernels for: `maxPixels` is
/// that of the table. `linear` allows a linear tiling: operands of epilogues
/// have one stride, too.
void makeTiles(const Conv2D &conv, const int *maxPixels, bool linear,
               Tiling &tiling);

/// Makes the tiles read taps on the padding, too, which otherwise are left out.
void takeEveryTap(const Conv2D &conv, Tiling &tiling);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_CONVOLUTION_TILING_H
