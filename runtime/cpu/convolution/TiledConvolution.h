//===- TiledConvolution.h - convolutions made of tiles --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to this folder: the shared part of f32, bf16 and quantized
// convolutions. The input is read in words. Weights are packed in advance or at
// each run. Threads take parts of the work. Epilogues that tiles do not compute
// are applied to the floats that a tile writes.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_CONVOLUTION_TILEDCONVOLUTION_H
#define GRAFT_RUNTIME_CPU_CONVOLUTION_TILEDCONVOLUTION_H

#include "runtime/cpu/Epilogues.h"
#include "runtime/cpu/convolution/ConvWords.h"
#include "runtime/cpu/convolution/ConvWork.h"

#include <type_traits>

namespace graft::runtime::cpu {

/// A tactic of tiles, without what it can do in place.
Tactic tiledTactic(const char *name, const LaunchDesc &launch,
                   const ConvWords &conv, double seconds);

/// Bytes of packed weights with `headRows` rows in front of each block's own.
uint64_t tiledBytes(const ConvWords &conv, int64_t headRows);

/// Weights in this layout, which pack(tiling, packed) writes.
template <typename Fn>
PackedConstant packTiled(const char *layout, const ConvWords &conv,
                         int64_t headRows, Fn &&pack) {
  Tiling tiling;
  makeBlocks(conv.outPerGroup(), headRows + conv.weightRows(), tiling);
  PackedConstant packed;
  packed.layout = layout;
  packed.bytes.resize(size_t(tiledBytes(conv, headRows)));
  pack(tiling, packed.bytes.data());
  return packed;
}

class TiledConvolution : public Kernel {
public:
  uint64_t scratchBytes() const override {
    return conv.copyBytes() + packBytes;
  }
  void expectNext(const void *memory, uint64_t bytes) override {
    work.expectNext(memory, bytes);
  }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) final;

protected:
  /// What differs in how the input and the weights are read.
  struct Form {
    const char *layout = nullptr;   ///< of packed weights
    const int *maxPixels = nullptr; ///< of the table of tiles
    int64_t headRows = 0;           ///< in front of each block's weights
    uint8_t padding = 0;            ///< each byte of the padding
  };
  /// What one thread works on.
  struct Part {
    const void *const *inputs;
    char *out;
    const float *in, *weights; ///< words
    size_t index;
  };

  /// Sets up what is shared. False if the weights have another layout.
  bool setUp(const LaunchDesc &launch, const ConvWords &conv,
             const Epilogues &epilogues, const Form &form, int threads);

  virtual void packWeights(const Tiling &tiling, const void *dense,
                           void *packed) const = 0;
  /// Called before the parts of a run.
  virtual void beginRun(const void *const *inputs) {}
  virtual void runPart(const Part &part) const = 0;

  /// Runs a part's tiles. `enter(args, channel)` sets the arguments that depend
  /// on a block, which begins at that channel. If `isStaged`, `args` must
  /// request floats, and store(out, values, count) writes those of a pixel to
  /// its place in the output.
  template <typename Args, typename Enter, typename Store>
  void runTiles(const Part &part, const TileTableOf<Args> &table, Args &args,
                bool isStaged, Enter &&enter, Store &&store) const;

private:
  template <typename Args>
  void place(const Tile &tile, int64_t image, int64_t group, const Part &part,
             Args &args) const;
  template <typename Args, typename Store>
  void runStaged(const Tile &tile, const Block &block, int64_t image,
                 int64_t channel, const Part &part,
                 typename TileTableOf<Args>::Fn run, Args &args,
                 Store &&store) const;

  ConvWords conv;
  Epilogues epilogues;
  ConvWork work;
  std::vector<float> padding;              ///< a pixel of it
  int64_t outBytes = 0, residualBytes = 0; ///< of an element
  uint64_t packBytes = 0;                  ///< of weights that come unpacked
  int threads = 1;
};

template <typename Args>
void TiledConvolution::place(const Tile &tile, int64_t image, int64_t group,
                             const Part &part, Args &args) const {
  using Out = std::remove_reference_t<decltype(args.out[0])>;
  using Residual = std::remove_reference_t<decltype(args.residual[0])>;
  const int64_t first = group * work.outPerGroup();
  work.forEachPixel(tile, image, conv.given.out, [&](int p, int64_t offset) {
    args.out[p] = reinterpret_cast<Out>(part.out + (offset + first) * outBytes);
  });
  if (epilogues.residual < 0)
    return;
  const char *residual =
      static_cast<const char *>(part.inputs[epilogues.residual]);
  work.forEachPixel(tile, image, epilogues.residualStrides,
                    [&](int p, int64_t offset) {
                      args.residual[p] = reinterpret_cast<Residual>(
                          residual + (offset + first) * residualBytes);
                    });
}

/// The tile writes floats, pixel after pixel, and the epilogues are applied to
/// them, to all at once if possible. Only the block's lanes are written.
template <typename Args, typename Store>
void TiledConvolution::runStaged(const Tile &tile, const Block &block,
                                 int64_t image, int64_t channel,
                                 const Part &part,
                                 typename TileTableOf<Args>::Fn run, Args &args,
                                 Store &&store) const {
  alignas(64) float values[kMaxTilePixels * kMaxBlockVectors * kLanes];
  std::remove_reference_t<decltype(args.out[0])> out[kMaxTilePixels];
  Pixel64 pixels[kMaxTilePixels];
  for (int p = 0; p < tile.count; ++p) {
    pixels[p] = work.pixelOf(tile, p);
    out[p] = args.out[p];
    args.out[p] = values + p * block.lanes - block.channel;
  }
  run(args);
  applyEpilogues(epilogues, part.inputs, values, image, pixels, tile.count,
                 channel, block.lanes);
  for (int p = 0; p < tile.count; ++p) {
    args.out[p] = out[p];
    store(reinterpret_cast<char *>(out[p]) + block.channel * outBytes,
          values + p * block.lanes, block.lanes);
  }
}

template <typename Args, typename Enter, typename Store>
void TiledConvolution::runTiles(const Part &part,
                                const TileTableOf<Args> &table, Args &args,
                                bool isStaged, Enter &&enter,
                                Store &&store) const {
  args.zeros = padding.data();
  work.forEachTile(
      part.index, part.in, part.weights, args,
      [&](const Tile &tile, int64_t image, int64_t group, Args &tileArgs) {
        place(tile, image, group, part, tileArgs);
      },
      [&](Args &tileArgs, const Tile &tile, const Block &block, int64_t image,
          int64_t group) {
        const int64_t channel = group * work.outPerGroup() + block.channel;
        enter(tileArgs, channel);
        const auto run = table.tiles[block.vectors - 1][tile.count - 1];
        if (isStaged)
          runStaged(tile, block, image, channel, part, run, tileArgs, store);
        else
          run(tileArgs);
      });
}

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_CONVOLUTION_TILEDCONVOLUTION_H
