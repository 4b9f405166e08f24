//===- ConvWork.cpp - the work of a convolution, shared among threads -----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/convolution/ConvWork.h"
#include "runtime/cpu/Threads.h"

#include <algorithm>

using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

/// Weights that stay in the second-level cache beside a tile's pixels.
constexpr int64_t kResidentWeightBytes = 384 << 10;
/// Input that a chunk may read, so that it stays in the second-level cache
/// while the blocks of weights pass.
constexpr int64_t kChunkInputBytes = 512 << 10;
/// The most bytes of the next launch's weights that are prefetched.
constexpr uint64_t kMostOfNextLaunch = 4 << 20;
/// Longest sequence whose parts are weighed tile by tile.
constexpr int64_t kMaxWeighed = 1 << 22;

} // namespace

void ConvWork::init(const Conv2D &given, const Options &options, int threads) {
  conv = given;
  headRows = options.headRows;
  rows = conv.window.size[0] * conv.window.size[1] * depth();
  makeBlocks(outPerGroup(), headRows + rows, tiling);
  makeTiles(conv, options.maxPixels, conv.groups == 1 && options.mayBeLinear,
            tiling);
  if (options.everyTap)
    takeEveryTap(conv, tiling);
  makeSegments();
  int64_t weightBytes = tiling.weightFloats * int64_t(sizeof(float));
  int64_t tileBytes = 4 * conv.window.strides[0] * conv.window.strides[1] *
                      tiling.tiles[0].count * depth();
  const int64_t tiles = int64_t(tiling.tiles.size());
  int64_t most = weightBytes <= kResidentWeightBytes
                     ? 1
                     : std::max<int64_t>(kChunkInputBytes / tileBytes, 8);
  // The last chunk has as many as the others.
  int64_t chunks = (tiles + most - 1) / most;
  chunkTiles = (tiles + chunks - 1) / chunks;
  perImageGroup = int64_t(tiling.tiles.size() * tiling.blocks.size());
  splitWork(threads);
}

void ConvWork::expectNext(const void *memory, uint64_t bytes) {
  nextLaunch = static_cast<const char *>(memory);
  nextLaunchBytes = int64_t(std::min(bytes, kMostOfNextLaunch));
}

void ConvWork::shareOfNext(size_t part, int64_t &begin, int64_t &end,
                           int64_t &start) const {
  // Prefetches as late as possible, so as not to evict what this launch still
  // needs.
  const int64_t perThread = parts() / numThreads;
  const int64_t thread = int64_t(part) / perThread;
  begin = nextLaunchBytes / 64 * thread / numThreads * 64;
  end = nextLaunchBytes / 64 * (thread + 1) / numThreads * 64;
  const Tile &last = tiling.tiles.back();
  const int64_t images = tiling.linear ? 1 : conv.images;
  const int64_t allTaps = (last.tapsBefore + last.taps()) * images *
                          conv.groups * int64_t(tiling.blocks.size());
  start = end - (perThread - int64_t(part) % perThread) * allTaps / parts() *
                    depth() * kFetchedPerRow;
}

void ConvWork::placeInputs(const Tile &tile, const float *in,
                           TileInputs &args) const {
  args.anyRow = tile.anyRow;
  args.anyColumn = tile.anyColumn;
  args.mixed = tile.mixed;
  if (tiling.linear) {
    for (int p = 0; p < tile.count; ++p)
      args.base[p] = in + (int64_t(tile.first) + p) * conv.in.pixel;
    return;
  }
  const Window &window = conv.window;
  in -= window.pads[0] * conv.in.row + window.pads[2] * conv.in.pixel;
  int64_t rowStep = window.strides[0] * conv.in.row;
  int64_t columnStep = window.strides[1] * conv.in.pixel;
  for (int p = 0; p < tile.count; ++p) {
    Pixel pixel = tiling.pixels[tile.first + size_t(p)];
    args.base[p] = in + pixel.row * rowStep + pixel.column * columnStep;
    args.rows[p] = tiling.rowMasks[pixel.row];
    args.columns[p] = tiling.columnMasks[pixel.column];
  }
}

void ConvWork::makeSegments() {
  const Window &window = conv.window;
  for (int64_t h = 0; h < window.size[0]; ++h)
    for (int64_t w = 0; w < window.size[1]; ++w)
      taps.push_back({h * window.dilations[0] * conv.in.row +
                          w * window.dilations[1] * conv.in.pixel,
                      depth(), (h * window.size[1] + w) * depth(), int32_t(h),
                      int32_t(w)});
  if (conv.groups == 1 && window.dilations[1] == 1 &&
      conv.in.pixel == depth() && window.size[1] > 1)
    for (int64_t h = 0; h < window.size[0]; ++h) {
      joined.push_back({h * window.dilations[0] * conv.in.row,
                        depth() * window.size[1], h * window.size[1] * depth(),
                        int32_t(h), 0});
    }
  for (int64_t w = 0; w < window.size[1]; ++w)
    allColumns |= TapMask(1) << w;
}

ConvWork::Position ConvWork::decode(int64_t index) const {
  Position at;
  int64_t tiles = int64_t(tiling.tiles.size());
  int64_t blocks = int64_t(tiling.blocks.size());
  at.imageGroup = index / perImageGroup;
  index %= perImageGroup;
  at.chunk = index / (chunkTiles * blocks);
  index -= at.chunk * chunkTiles * blocks;
  int64_t inChunk = std::min(chunkTiles, tiles - at.chunk * chunkTiles);
  at.block = index / inChunk;
  at.tile = at.chunk * chunkTiles + index % inChunk;
  return at;
}

void ConvWork::advance(Position &at) const {
  int64_t tiles = int64_t(tiling.tiles.size());
  int64_t first = at.chunk * chunkTiles;
  if (++at.tile < std::min(first + chunkTiles, tiles))
    return;
  at.tile = first;
  if (++at.block < int64_t(tiling.blocks.size()))
    return;
  at.block = 0;
  ++at.chunk;
  at.tile = at.chunk * chunkTiles;
  if (at.tile < tiles)
    return;
  at.chunk = at.tile = 0;
  ++at.imageGroup;
}

float ConvWork::costOf(int64_t index) const {
  Position at = decode(index);
  return tiling.tiles[size_t(at.tile)].cost *
         float(tiling.blocks[size_t(at.block)].vectors);
}

void ConvWork::splitWork(int threads) {
  numThreads = std::max(threads, 1);
  const int64_t parts = numThreads > 1 ? numThreads * kPartsPerThread : 1;
  splits.assign(size_t(parts) + 1, 0);
  int64_t images = tiling.linear ? 1 : conv.images;
  int64_t total = images * conv.groups * perImageGroup;
  splits.back() = total;
  if (parts == 1)
    return;
  if (total > kMaxWeighed) {
    for (int64_t i = 1; i < parts; ++i)
      splits[size_t(i)] = total / parts * i;
    return;
  }
  double whole = 0;
  for (int64_t i = 0; i < perImageGroup; ++i)
    whole += double(costOf(i));
  whole *= double(images * conv.groups);
  double sum = 0;
  int64_t part = 1;
  for (int64_t i = 0; i < total && part < parts; ++i) {
    double cost = double(costOf(i % perImageGroup));
    // A part ends where the next tile would take it further from its share.
    while (part < parts &&
           sum + cost / 2 > whole * double(part) / double(parts))
      splits[size_t(part++)] = i;
    sum += cost;
  }
  while (part < parts)
    splits[size_t(part++)] = total;
}

void ConvWork::lookAhead(const Position &at, const float *in,
                         const float *groupWeights, TileInputs &args) const {
  // If there is nothing to prefetch, the tile prefetches its own data again.
  args.nextWeights = args.nextInput =
      reinterpret_cast<const char *>(args.weights);
  if (chunkTiles > 1 && at.block + 1 < int64_t(tiling.blocks.size())) {
    // The tiles of a chunk together prefetch the next block's weights.
    const Block &next = tiling.blocks[size_t(at.block + 1)];
    int64_t offset = (tiling.tiles[size_t(at.tile)].tapsBefore -
                      tiling.tiles[size_t(at.chunk * chunkTiles)].tapsBefore) *
                     depth() * 32;
    if (offset < (headRows + rows) * next.vectors * kLanes * 4)
      args.nextWeights =
          reinterpret_cast<const char *>(groupWeights + next.weights) + offset;
  }
  if (at.tile + 1 == int64_t(tiling.tiles.size()))
    return;
  // The first blocks of a tile prefetch the next tile's lowest row of input;
  // earlier tiles prefetched the rows above it.
  const Tile &next = tiling.tiles[size_t(at.tile + 1)];
  int64_t offset = at.block * rows * 16;
  if (offset >= next.count * conv.window.strides[1] * conv.in.pixel * 4)
    return;
  if (tiling.linear) {
    in += int64_t(next.first) * conv.in.pixel;
  } else {
    Pixel first = tiling.pixels[next.first];
    int64_t row = first.row * conv.window.strides[0] - conv.window.pads[0] +
                  (kMaxTaps - 1 - __builtin_clzll(next.anyRow | 1)) *
                      conv.window.dilations[0];
    int64_t column = first.column * conv.window.strides[1];
    in += row * conv.in.row + column * conv.in.pixel;
  }
  args.nextInput = reinterpret_cast<const char *>(in) + offset;
}
