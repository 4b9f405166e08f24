//===- Tiling.cpp - the order of a convolution's work ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A few orders of the pixels are tried, and the one whose tiles cost the least
// is taken.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/convolution/Tiling.h"

#include <algorithm>
#include <map>

using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

/// With so few rows of weights, blocks are as wide as registers allow: a
/// pixel's channels are then written together, which memory prefers.
constexpr int64_t kFewRows = 64;
constexpr int64_t kMaxMap = 1 << 16;
constexpr uint32_t kMaxLinear = 1u << 31;

/// Pixels that may share tiles.
using PixelGroup = std::vector<Pixel>;

int popCount(TapMask mask) { return __builtin_popcountll(mask); }

std::vector<TapMask> tapMasks(int64_t out, int64_t in, int64_t size,
                              int64_t stride, int64_t dilation,
                              int64_t before) {
  std::vector<TapMask> masks(static_cast<size_t>(out), 0);
  for (int64_t o = 0; o < out; ++o)
    for (int64_t k = 0; k < size; ++k) {
      int64_t at = o * stride - before + k * dilation;
      if (at >= 0 && at < in)
        masks[static_cast<size_t>(o)] |= TapMask(1) << k;
    }
  return masks;
}

/// Cycles for one input channel, one tap and a pair of vectors, fitted to
/// measurements: a cycle for each pixel, and some to load weights from the
/// second-level cache. With few pixels each sum waits four cycles for the one
/// before it.
float cyclesOf(int64_t pixels, int maxPixels) {
  if (maxPixels <= 6) // wide blocks
    return float(pixels) + 0.5f;
  return std::max(float(pixels) + 0.7f, 3.8f + 0.45f * float(pixels));
}

class TileMaker {
public:
  TileMaker(const Conv2D &conv, Tiling &tiling, int maxPixels)
      : conv(conv), tiling(tiling), maxPixels(maxPixels) {}

  void run();

private:
  enum class Split { None, Rows, Columns, RowsThenColumns, ColumnsThenRows };

  std::vector<PixelGroup> groupsOf(Split split, bool columnMajor) const;
  float cut(const std::vector<PixelGroup> &groups, std::vector<Pixel> &pixels,
            std::vector<Tile> &tiles) const;
  TapMask commonest(const std::vector<TapMask> &masks) const;

  const Conv2D &conv;
  Tiling &tiling;
  int maxPixels;
};

/// The mask that most rows (or columns) have.
TapMask TileMaker::commonest(const std::vector<TapMask> &masks) const {
  std::map<TapMask, int64_t> counts;
  for (TapMask mask : masks)
    ++counts[mask];
  auto most = counts.begin();
  for (auto it = counts.begin(); it != counts.end(); ++it)
    if (it->second > most->second)
      most = it;
  return most->first;
}

std::vector<PixelGroup> TileMaker::groupsOf(Split split,
                                            bool columnMajor) const {
  std::map<std::pair<TapMask, TapMask>, PixelGroup> groups;
  TapMask mainRow = commonest(tiling.rowMasks);
  TapMask mainColumn = commonest(tiling.columnMasks);
  int64_t outer = columnMajor ? conv.outWidth : conv.outHeight;
  int64_t inner = columnMajor ? conv.outHeight : conv.outWidth;
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      int64_t h = columnMajor ? i : o, w = columnMajor ? o : i;
      TapMask row = tiling.rowMasks[size_t(h)];
      TapMask column = tiling.columnMasks[size_t(w)];
      std::pair<TapMask, TapMask> key = {0, 0};
      if (split == Split::Rows || split == Split::RowsThenColumns)
        key.first = row;
      if (split == Split::Columns || split == Split::ColumnsThenRows)
        key.second = column;
      if (split == Split::RowsThenColumns && row == mainRow)
        key.second = column;
      if (split == Split::ColumnsThenRows && column == mainColumn)
        key.first = row;
      groups[key].push_back({uint16_t(h), uint16_t(w)});
    }
  std::vector<PixelGroup> result;
  for (auto &entry : groups)
    result.push_back(std::move(entry.second));
  return result;
}

float TileMaker::cut(const std::vector<PixelGroup> &groups,
                     std::vector<Pixel> &pixels,
                     std::vector<Tile> &tiles) const {
  float total = 0;
  for (const PixelGroup &group : groups) {
    int64_t size = int64_t(group.size());
    int64_t count = (size + maxPixels - 1) / maxPixels;
    for (int64_t i = 0; i < count; ++i) {
      int64_t begin = size * i / count, end = size * (i + 1) / count;
      Tile tile;
      tile.first = uint32_t(pixels.size());
      tile.count = uint8_t(end - begin);
      tile.anyRow = tile.anyColumn = 0;
      TapMask allRows = ~TapMask(0), allColumns = ~TapMask(0);
      for (int64_t p = begin; p < end; ++p) {
        Pixel pixel = group[size_t(p)];
        pixels.push_back(pixel);
        tile.anyRow |= tiling.rowMasks[pixel.row];
        tile.anyColumn |= tiling.columnMasks[pixel.column];
        allRows &= tiling.rowMasks[pixel.row];
        allColumns &= tiling.columnMasks[pixel.column];
      }
      tile.mixed = allRows != tile.anyRow || allColumns != tile.anyColumn;
      tile.cost = cyclesOf(end - begin, maxPixels) *
                  float(popCount(tile.anyRow) * popCount(tile.anyColumn));
      total += tile.cost;
      tiles.push_back(tile);
    }
  }
  return total;
}

void TileMaker::run() {
  const Window &window = conv.window;
  tiling.rowMasks =
      tapMasks(conv.outHeight, conv.height, window.size[0], window.strides[0],
               window.dilations[0], window.pads[0]);
  tiling.columnMasks =
      tapMasks(conv.outWidth, conv.width, window.size[1], window.strides[1],
               window.dilations[1], window.pads[2]);
  float best = 0;
  for (bool columnMajor : {false, true})
    for (Split split : {Split::None, Split::Rows, Split::Columns,
                        Split::RowsThenColumns, Split::ColumnsThenRows}) {
      std::vector<Pixel> pixels;
      std::vector<Tile> tiles;
      float cost = cut(groupsOf(split, columnMajor), pixels, tiles);
      // Reading memory in its order is worth a little.
      if (columnMajor)
        cost *= 1.01f;
      if (tiling.tiles.empty() || cost < best) {
        best = cost;
        tiling.pixels = std::move(pixels);
        tiling.tiles = std::move(tiles);
      }
    }
}

/// Whether the input and output pixels have one stride.
bool isLinear(const Conv2D &conv) {
  const Window &w = conv.window;
  if (w.size[0] != 1 || w.size[1] != 1 || w.strides[0] != 1 ||
      w.strides[1] != 1 || w.pads != std::array<int64_t, 4>{})
    return false;
  return isEven(conv, conv.in) && isEven(conv, conv.out) &&
         conv.images * conv.outHeight * conv.outWidth < kMaxLinear;
}

} // namespace

/// The first of the fewest blocks of nearly equal width.
static int64_t evenPart(int64_t vectors) {
  int64_t blocks = (vectors + kMaxBlockVectors - 1) / kMaxBlockVectors;
  return (vectors + blocks - 1) / blocks;
}

void cpu::makeBlocks(int64_t channels, int64_t rows, Tiling &tiling) {
  int64_t vectors = (channels + kLanes - 1) / kLanes;
  int64_t channel = 0;
  tiling.blocks.clear();
  tiling.weightFloats = 0;
  while (vectors > 0) {
    int64_t take = vectors == 3 ? 3 : std::min<int64_t>(vectors, 2);
    if (rows <= kFewRows)
      take = vectors <= kMaxBlockVectors ? vectors
             : vectors % 6 == 0          ? 6
             : vectors % 5 == 0          ? 5
             : vectors % 4 == 0          ? 4
                                         : evenPart(vectors);
    Block block;
    block.channel = channel;
    block.weights = tiling.weightFloats;
    block.vectors = int(take);
    block.lanes = std::min(channels - channel, take * kLanes);
    tiling.blocks.push_back(block);
    tiling.weightFloats += rows * take * kLanes;
    channel += take * kLanes;
    vectors -= take;
  }
}

bool cpu::canTile(const Conv2D &conv) {
  return conv.window.size[0] <= kMaxTaps && conv.window.size[1] <= kMaxTaps &&
         (conv.images * conv.outHeight * conv.outWidth < kMaxLinear) &&
         (isLinear(conv) ||
          (conv.outHeight <= kMaxMap && conv.outWidth <= kMaxMap &&
           conv.outHeight * conv.outWidth <= (int64_t(1) << 28)));
}

void cpu::makeTiles(const Conv2D &conv, const int *maxPixelsOf, bool linear,
                    Tiling &tiling) {
  int maxPixels = kMaxTilePixels;
  for (const Block &block : tiling.blocks)
    maxPixels = std::min(maxPixels, maxPixelsOf[block.vectors - 1]);
  tiling.tiles.clear();
  tiling.linear = linear && isLinear(conv);
  if (!tiling.linear) {
    TileMaker(conv, tiling, maxPixels).run();
    int64_t taps = 0;
    for (Tile &tile : tiling.tiles) {
      tile.tapsBefore = taps;
      taps += tile.taps();
    }
    return;
  }
  int64_t size = conv.images * conv.outHeight * conv.outWidth;
  int64_t count = (size + maxPixels - 1) / maxPixels;
  for (int64_t i = 0; i < count; ++i) {
    int64_t begin = size * i / count, end = size * (i + 1) / count;
    Tile tile;
    tile.first = uint32_t(begin);
    tile.tapsBefore = i;
    tile.count = uint8_t(end - begin);
    tile.cost = cyclesOf(end - begin, maxPixels);
    tiling.tiles.push_back(tile);
  }
}

void cpu::takeEveryTap(const Conv2D &conv, Tiling &tiling) {
  if (tiling.linear) // its only tap is on the image
    return;
  auto all = [](int64_t taps) { return ~TapMask(0) >> (kMaxTaps - taps); };
  const TapMask allRows = all(conv.window.size[0]);
  const TapMask allColumns = all(conv.window.size[1]);
  int64_t taps = 0;
  for (Tile &tile : tiling.tiles) {
    tile.cost *= float(conv.window.size[0] * conv.window.size[1]) /
                 float(std::max<int64_t>(tile.taps(), 1));
    tile.mixed |= tile.anyRow != allRows || tile.anyColumn != allColumns;
    tile.anyRow = allRows;
    tile.anyColumn = allColumns;
    tile.tapsBefore = taps;
    taps += tile.taps();
  }
}
