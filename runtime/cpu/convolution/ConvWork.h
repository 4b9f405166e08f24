//===- ConvWork.h - the work of a convolution, shared among threads -------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The work is a loop nest: images and groups, chunks of tiles, blocks of output
// channels, tiles of the chunk. It is split into parts of equal cost, several
// for each thread (Threads.h). So small maps are split along channels and large
// ones along pixels without special rules. A chunk is one tile if all weights
// fit into the second-level cache, and many tiles if a block of weights must be
// reused as often as possible before the next one.
//
// Input and weights are words of 32 bits, see ConvTile.h.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_CONVOLUTION_CONVWORK_H
#define GRAFT_RUNTIME_CPU_CONVOLUTION_CONVWORK_H

#include "runtime/cpu/convolution/Tiling.h"

namespace graft::runtime::cpu {

class ConvWork {
public:
  struct Options {
    const int *maxPixels = nullptr; ///< of the table of tiles
    /// All operands of epilogues have one stride between pixels, as the output
    /// has.
    bool mayBeLinear = true;
    /// Rows in front of each block's weights that belong to it.
    int64_t headRows = 0;
    /// Padding holds something other than 0: taps on it count.
    bool everyTap = false;
  };

  /// `conv` counts channels and strides of the input in words.
  void init(const Conv2D &conv, const Options &options, int threads);

  const Tiling &tiles() const { return tiling; }
  int parts() const { return int(splits.size()) - 1; }
  /// Threads that the parts are for: each has the same number.
  int threads() const { return numThreads; }
  int64_t outPerGroup() const { return conv.outChannels / conv.groups; }
  /// Words of packed weights, of all groups.
  int64_t weightWords() const { return conv.groups * tiling.weightFloats; }
  /// What a tile reads for each of its pixels, in words.
  int64_t depth() const { return conv.channels / conv.groups; }

  /// The launches after this one read `bytes` at `memory`.
  void expectNext(const void *memory, uint64_t bytes);

  /// Runs part `part`. `place(tile, image, group, args)` says where a new tile
  /// writes; `run(args, tile, block, image, group)` computes one block of it.
  /// Of `args`, all that is in TileInputs is set here, but for `zeros`.
  template <typename Args, typename Place, typename Run>
  void forEachTile(size_t part, const float *in, const float *weights,
                   Args &args, Place &&place, Run &&run) const;

  /// Calls `fn(p, offset)` for the tile's pixels, with their offsets in an
  /// image of such strides.
  template <typename Fn>
  void forEachPixel(const Tile &tile, int64_t image,
                    const ImageStrides &strides, Fn &&fn) const {
    if (tiling.linear) {
      for (int p = 0; p < tile.count; ++p)
        fn(p, (int64_t(tile.first) + p) * strides.pixel);
      return;
    }
    for (int p = 0; p < tile.count; ++p) {
      Pixel pixel = tiling.pixels[tile.first + size_t(p)];
      fn(p, image * strides.image + pixel.row * strides.row +
                pixel.column * strides.pixel);
    }
  }
  /// Row and column of a tile's pixel; a linear tile has one row.
  Pixel64 pixelOf(const Tile &tile, int p) const {
    if (tiling.linear)
      return {0, int64_t(tile.first) + p};
    Pixel pixel = tiling.pixels[tile.first + size_t(p)];
    return {pixel.row, pixel.column};
  }

private:
  /// A place in the sequence of work.
  struct Position {
    int64_t imageGroup, chunk, block, tile;
  };
  Position decode(int64_t index) const;
  void advance(Position &at) const;
  float costOf(int64_t index) const;
  void makeSegments();
  void splitWork(int threads);
  void placeInputs(const Tile &tile, const float *in, TileInputs &args) const;
  /// Sets the memory to prefetch while the tile at `at` is computed.
  void lookAhead(const Position &at, const float *in, const float *groupWeights,
                 TileInputs &args) const;
  /// Bytes [begin, end) of the next launch that the thread of part `part`
  /// prefetches; the part goes on at `start`, and prefetches nothing before
  /// `begin`.
  void shareOfNext(size_t part, int64_t &begin, int64_t &end,
                   int64_t &start) const;

  Conv2D conv;
  Tiling tiling;
  std::vector<Segment> taps;
  std::vector<Segment> joined; ///< whole rows of the window; may be empty
  TapMask allColumns = 0;
  int64_t rows = 1; ///< of a block's weights
  int64_t headRows = 0;
  int64_t chunkTiles = 1;
  int64_t perImageGroup = 0;
  std::vector<int64_t> splits;
  int numThreads = 1;
  const char *nextLaunch = nullptr;
  int64_t nextLaunchBytes = 0;
  /// Bytes of it that a tile prefetches for each row of weights that it reads.
  static constexpr int64_t kFetchedPerRow = 16;
};

template <typename Args, typename Place, typename Run>
void ConvWork::forEachTile(size_t part, const float *in, const float *weights,
                           Args &args, Place &&place, Run &&run) const {
  const int64_t begin = splits[part], end = splits[part + 1];
  Position at = decode(begin);
  int64_t shareBegin = 0, shareEnd = 0, shareAt = 0;
  shareOfNext(part, shareBegin, shareEnd, shareAt);
  int64_t placedTile = -1, placedImageGroup = -1, image = 0, group = 0;
  const float *groupWeights = nullptr, *groupInput = nullptr;
  for (int64_t index = begin; index < end; ++index, advance(at)) {
    const Tile &tile = tiling.tiles[size_t(at.tile)];
    const Block &block = tiling.blocks[size_t(at.block)];
    if (placedTile != at.tile || placedImageGroup != at.imageGroup) {
      if (placedImageGroup != at.imageGroup) {
        image = at.imageGroup / conv.groups;
        group = at.imageGroup % conv.groups;
        groupWeights = weights + group * tiling.weightFloats;
        groupInput = in + image * conv.in.image + group * depth();
      }
      placeInputs(tile, groupInput, args);
      place(tile, image, group, args);
      placedTile = at.tile;
      placedImageGroup = at.imageGroup;
      bool whole = !tile.mixed && tile.anyColumn == allColumns;
      const std::vector<Segment> &segments =
          whole && !joined.empty() ? joined : taps;
      args.segments = segments.data();
      args.numSegments = int32_t(segments.size());
    }
    args.step = block.vectors * kLanes;
    args.weights = groupWeights + block.weights + headRows * args.step;
    args.lanes = block.lanes;
    args.channel = block.channel;
    lookAhead(at, groupInput, groupWeights, args);
    args.nextLaunch = reinterpret_cast<const char *>(args.weights);
    if (shareAt >= shareBegin && nextLaunch)
      args.nextLaunch = nextLaunch + shareAt;
    shareAt += tile.taps() * depth() * kFetchedPerRow;
    run(args, tile, block, image, group);
  }
}

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_CONVOLUTION_CONVWORK_H
