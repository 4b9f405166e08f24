//===- Winograd.cpp - 3x3 convolutions with fewer products ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// F(2x2, 3x3): four pixels of a channel take 16 products instead of 36. A tile
// of 4x4 input pixels becomes 16 positions. Each position is a separate matrix
// product over the channels, and the 16 sums become 2x2 output pixels.
// Coefficients are 1, -1 and 1/2, so errors are about those of the direct sum.
//
// Usually each thread takes bunches of tiles through all three steps, so that
// intermediate results stay in its second-level cache. If weights are large and
// tiles few, all threads do one step after the other and share the weights.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/convolution/Winograd.h"

#include "runtime/cpu/Epilogues.h"
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/Threads.h"
#include "runtime/cpu/kernels/ConvTile.h"
#include "runtime/cpu/kernels/Winograd.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

/// Products and sums of a bunch, which share the second-level cache with the
/// weights.
constexpr int64_t kBunchBytes = 512 << 10;
/// Bytes of intermediate results if all threads do one step after the other.
constexpr int64_t kPhasedBytes = 4 << 20;
/// Weights of which each thread should read only a part.
constexpr int64_t kSharedWeightBytes = 2 << 20;
/// How far ahead tiles are prefetched: about the latency of memory.
constexpr int64_t kTilesAhead = 4;
/// The most bytes of the next launch's weights that are prefetched.
constexpr uint64_t kMostOfNextLaunch = 4 << 20;

const WinogradTable &winogradTable() {
  return kernelsFor(currentIsa(), winogradPortable, winogradAvx2,
                    winogradAvx512);
}

/// Prefetches the lines of `count` floats, for reading or (1) writing.
template <int Write>
void fetch(const float *from, int64_t count) {
  for (int64_t i = 0; i < count; i += 16)
    __builtin_prefetch(from + i, Write, 3);
}

/// Floats from tile to tile: whole vectors, and one more so that tiles do not
/// meet in one set of the cache.
int64_t rowFloats(int64_t channels) {
  return (channels + 2 * kLanes - 1) / kLanes * kLanes;
}

/// The sizes of the filter and the map in tiles.
struct Layout {
  explicit Layout(const Conv2D &conv)
      : tileRows((conv.outHeight + 1) / 2),
        tileColumns((conv.outWidth + 1) / 2),
        tiles(conv.images * tileRows * tileColumns),
        inFloats(rowFloats(conv.channels)),
        outFloats(rowFloats(conv.outChannels)) {
    weightFloats =
        conv.channels * ((conv.outChannels + kLanes - 1) / kLanes * kLanes);
    weightBytes = kWinogradPositions * weightFloats * 4;
    blocks = (conv.outChannels + kWinogradBlock - 1) / kWinogradBlock;
    int64_t perTile = kWinogradPositions * (inFloats + outFloats) * 4;
    phased =
        weightBytes >= kSharedWeightBytes && tiles * perTile <= kPhasedBytes;
    const int64_t pixels = winogradTable().pixels;
    bunch = phased
                ? tiles
                : std::clamp<int64_t>(kBunchBytes / perTile / pixels * pixels,
                                      pixels, std::max(tiles, pixels));
  }

  int64_t tileRows, tileColumns, tiles;
  int64_t inFloats, outFloats;
  int64_t weightFloats = 0; ///< of a position
  int64_t weightBytes = 0;
  int64_t blocks = 0; ///< of output channels
  bool phased = false;
  int64_t bunch = 1; ///< tiles
  int64_t scratchFloats() const {
    return kWinogradPositions * bunch * (inFloats + outFloats);
  }
};

class WinogradKernel : public Kernel {
public:
  WinogradKernel(const Conv2D &conv, Epilogues epilogues, int threads);
  uint64_t scratchBytes() const override {
    return uint64_t(layout.scratchFloats() * (layout.phased ? 1 : threads)) * 4;
  }
  void expectNext(const void *memory, uint64_t bytes) override {
    nextLaunch = static_cast<const char *>(memory);
    nextLaunchBytes = int64_t(std::min<uint64_t>(bytes, kMostOfNextLaunch));
  }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;

private:
  struct Place {
    int64_t image, row, column; ///< of the first output pixel
  };
  Place placeOf(int64_t tile) const;
  /// Tiles [begin, end) into `to`, where `first` is tile 0.
  void transformInput(const float *in, int64_t first, int64_t begin,
                      int64_t end, float *to) const;
  /// Blocks [begin, end) of all positions, for `count` tiles.
  void multiply(const float *from, const float *weights, int64_t count,
                int64_t begin, int64_t end, float *to,
                const char *&ahead) const;
  void transformOutput(const void *const *inputs, const float *sums,
                       int64_t first, int64_t begin, int64_t end,
                       float *out) const;

  Conv2D conv;
  Epilogues epilogues;
  Layout layout;
  int threads;
  const WinogradTable &functions;
  std::vector<float> zeros;
  const char *nextLaunch = nullptr;
  int64_t nextLaunchBytes = 0;
};

WinogradKernel::WinogradKernel(const Conv2D &conv, Epilogues given, int threads)
    : conv(conv), epilogues(std::move(given)), layout(conv),
      threads(std::max(threads, 1)), functions(winogradTable()),
      zeros(size_t(conv.channels), 0.0f) {}

WinogradKernel::Place WinogradKernel::placeOf(int64_t tile) const {
  int64_t perImage = layout.tileRows * layout.tileColumns;
  int64_t inImage = tile % perImage;
  return {tile / perImage, inImage / layout.tileColumns * 2,
          inImage % layout.tileColumns * 2};
}

void WinogradKernel::transformInput(const float *in, int64_t first,
                                    int64_t begin, int64_t end,
                                    float *to) const {
  WinogradInput args;
  args.step = layout.bunch * layout.inFloats;
  args.channels = conv.channels;
  for (int64_t tile = begin; tile < end; ++tile) {
    Place at = placeOf(first + tile);
    const float *image = in + at.image * conv.in.image;
    // The lower half of a tile further on; its upper half has been read.
    int64_t below = at.row + 2 - conv.window.pads[0];
    if (below + 1 < conv.height)
      for (int64_t r = below; r < below + 2; ++r)
        fetch<0>(image + r * conv.in.row +
                     (at.column + 2 * kTilesAhead) * conv.in.pixel,
                 2 * conv.in.pixel);
    for (int64_t r = 0; r < 4; ++r)
      for (int64_t c = 0; c < 4; ++c) {
        int64_t row = at.row + r - conv.window.pads[0];
        int64_t column = at.column + c - conv.window.pads[2];
        bool inside =
            row >= 0 && row < conv.height && column >= 0 && column < conv.width;
        args.pixels[4 * r + c] =
            inside ? image + row * conv.in.row + column * conv.in.pixel
                   : zeros.data();
      }
    args.out = to + tile * layout.inFloats;
    functions.input(args);
  }
}

void WinogradKernel::multiply(const float *from, const float *weights,
                              int64_t count, int64_t begin, int64_t end,
                              float *to, const char *&ahead) const {
  WinogradProducts args;
  args.inStep = layout.inFloats;
  args.outStep = layout.outFloats;
  args.tiles = count;
  args.depth = conv.channels;
  for (int64_t i = begin; i < end; ++i) {
    int64_t position = i / layout.blocks, channel = i % layout.blocks;
    channel *= kWinogradBlock;
    args.in = from + position * layout.bunch * layout.inFloats;
    args.out = to + position * layout.bunch * layout.outFloats + channel;
    args.weights =
        weights + position * layout.weightFloats + channel * conv.channels;
    args.channels = conv.outChannels - channel > kWinogradBlock / 2
                        ? kWinogradBlock
                        : kWinogradBlock / 2;
    // The block that follows in memory.
    args.nextWeights = reinterpret_cast<const char *>(
        args.weights + conv.channels * args.channels);
    args.nextLaunch = ahead;
    functions.products(args);
    if (ahead)
      ahead += (count + functions.pixels - 1) / functions.pixels *
               conv.channels * 16;
  }
}

void WinogradKernel::transformOutput(const void *const *inputs,
                                     const float *sums, int64_t first,
                                     int64_t begin, int64_t end,
                                     float *out) const {
  const float *residual =
      epilogues.residual < 0
          ? nullptr
          : static_cast<const float *>(inputs[epilogues.residual]);
  WinogradOutput args = {};
  args.step = layout.bunch * layout.outFloats;
  args.channels = conv.outChannels;
  args.bias = conv.hasBias ? static_cast<const float *>(inputs[2]) : nullptr;
  args.hasResidual = residual != nullptr;
  args.clamp = epilogues.clamp;
  args.low = epilogues.low;
  args.high = epilogues.high;
  for (int64_t tile = begin; tile < end; ++tile) {
    Place at = placeOf(first + tile);
    args.sums = sums + tile * layout.outFloats;
    for (int64_t r = at.row; r < std::min(at.row + 2, conv.outHeight); ++r)
      fetch<1>(out + at.image * conv.out.image + r * conv.out.row +
                   (at.column + 2 * kTilesAhead) * conv.out.pixel,
               2 * conv.out.pixel);
    for (int64_t p = 0; p < kWinogradPixels; ++p) {
      int64_t row = at.row + p / 2, column = at.column + p % 2;
      args.out[p] = nullptr;
      if (row >= conv.outHeight || column >= conv.outWidth)
        continue;
      args.out[p] = out + at.image * conv.out.image + row * conv.out.row +
                    column * conv.out.pixel;
      if (residual)
        args.residual[p] = residual +
                           at.image * epilogues.residualStrides.image +
                           row * epilogues.residualStrides.row +
                           column * epilogues.residualStrides.pixel;
    }
    functions.output(args);
    if (epilogues.rest.empty())
      continue;
    for (int64_t p = 0; p < kWinogradPixels; ++p)
      if (args.out[p])
        applyEpilogues(epilogues, inputs, args.out[p], at.image, at.row + p / 2,
                       at.column + p % 2, 0, conv.outChannels);
  }
}

Status WinogradKernel::enqueue(const void *const *inputs, void *const *outputs,
                               ExecutionContext &context) {
  const auto *in = static_cast<const float *>(inputs[0]);
  const auto *weights = static_cast<const float *>(inputs[1]);
  auto *out = static_cast<float *>(outputs[0]);
  auto *memory = static_cast<float *>(context.scratch());
  const int64_t inSize = kWinogradPositions * layout.bunch * layout.inFloats;
  const int64_t blocks = kWinogradPositions * layout.blocks;
  // A part's share of the next launch's weights.
  auto shareOf = [&](int64_t part, int64_t parts) -> const char * {
    return nextLaunch ? nextLaunch + nextLaunchBytes / 64 * part / parts * 64
                      : nullptr;
  };
  if (layout.phased) {
    float *sums = memory + inSize;
    parallelFor(threads, layout.tiles, 1, [&](int64_t begin, int64_t end) {
      transformInput(in, 0, begin, end, memory);
    });
    parallelFor(threads, blocks, 1, [&](int64_t begin, int64_t end) {
      const char *ahead = shareOf(begin, blocks);
      multiply(memory, weights, layout.tiles, begin, end, sums, ahead);
    });
    parallelFor(threads, layout.tiles, 1, [&](int64_t begin, int64_t end) {
      transformOutput(inputs, sums, 0, begin, end, out);
    });
    return Status();
  }
  // Splits each thread's tiles into as many bunches as the longest row of tiles
  // needs.
  const int64_t longest = (layout.tiles + threads - 1) / threads;
  const int64_t bunches = (longest + layout.bunch - 1) / layout.bunch;
  parallel(threads, threads * bunches, [&](PartTaker &taker) {
    float *own = memory + layout.scratchFloats() * taker.thread();
    for (int64_t part; taker.take(part);) {
      const int64_t row = part / bunches;
      const int64_t end = layout.tiles * (row + 1) / threads;
      const int64_t first =
          layout.tiles * row / threads + part % bunches * layout.bunch;
      const int64_t size = std::min(layout.bunch, end - first);
      if (size <= 0)
        continue;
      transformInput(in, first, 0, size, own);
      const char *ahead = first + size == end ? shareOf(row, threads) : nullptr;
      multiply(own, weights, size, 0, blocks, own + inSize, ahead);
      transformOutput(inputs, own + inSize, first, 0, size, out);
    }
  });
  return Status();
}

} // namespace

bool cpu::canWinograd(const Conv2D &conv) {
  constexpr std::array<int64_t, 2> one = {1, 1}, three = {3, 3};
  constexpr int64_t kMaxMap = 1 << 16;
  return conv.groups == 1 && conv.window.size == three &&
         conv.window.strides == one && conv.window.dilations == one &&
         conv.outHeight <= kMaxMap && conv.outWidth <= kMaxMap &&
         conv.images <= kMaxMap && conv.channels <= kMaxMap &&
         conv.outChannels <= kMaxMap;
}

double cpu::winogradSeconds(const Conv2D &conv, int threads) {
  constexpr double kPeak = 264e9;     // per thread
  constexpr double kBandwidth = 13e9; // of memory, per thread
  constexpr double kCycle = 64.0 / kPeak;
  constexpr double kInput = 40, kOutput = 40; // cycles of a tile's vector
  constexpr double kOverhead = 4e-6;
  double slowdown = currentIsa() == Isa::Avx512 ? 1.0
                    : currentIsa() == Isa::Avx2 ? 2.2
                                                : 16.0;
  Layout layout(conv);
  double all = double(layout.tiles);
  double weights = double(layout.weightFloats) * kWinogradPositions;
  // A thread without tiles waits for the others.
  double share = std::max(1.0 / std::max(threads, 1), 1.0 / all);
  double products = weights * all * 2.0 / (kPeak * 0.92);
  double moves =
      all * kCycle / kLanes *
      (kInput * double(layout.inFloats) + kOutput * double(layout.outFloats));
  return kOverhead +
         (std::max(products * slowdown, weights * 4.0 / kBandwidth) +
          moves * slowdown) *
             share;
}

uint64_t cpu::winogradBytes(const Conv2D &conv) {
  return uint64_t(Layout(conv).weightBytes);
}

PackedConstant cpu::packWinograd(const Conv2D &conv, const float *dense) {
  Layout layout(conv);
  const int64_t channels = conv.channels, outChannels = conv.outChannels;
  PackedConstant packed;
  packed.layout = kWinogradLayout;
  packed.bytes.resize(size_t(layout.weightBytes)); // zero
  auto *to = reinterpret_cast<float *>(packed.bytes.data());
  // Rows of G; double is exact enough for the factors of 1/2.
  auto spread = [](double a, double b, double c, double (&t)[4]) {
    t[0] = a;
    t[1] = (a + b + c) / 2;
    t[2] = (a - b + c) / 2;
    t[3] = c;
  };
  for (int64_t out = 0; out < outChannels; ++out) {
    int64_t first = out / kWinogradBlock * kWinogradBlock;
    int64_t width = outChannels - first > kWinogradBlock / 2
                        ? kWinogradBlock
                        : kWinogradBlock / 2;
    for (int64_t channel = 0; channel < channels; ++channel) {
      double half[3][4], row[4];
      auto tap = [&](int64_t i) {
        return double(dense[(i * channels + channel) * outChannels + out]);
      };
      for (int64_t c = 0; c < 3; ++c)
        spread(tap(c), tap(3 + c), tap(6 + c), half[c]);
      float *place = to + first * channels + channel * width + out - first;
      for (int64_t r = 0; r < 4; ++r) {
        spread(half[0][r], half[1][r], half[2][r], row);
        for (int64_t c = 0; c < 4; ++c)
          place[(4 * r + c) * layout.weightFloats] = float(row[c]);
      }
    }
  }
  return packed;
}

std::unique_ptr<Kernel> cpu::createWinograd(const LaunchDesc &launch,
                                            int threads) {
  Conv2D conv;
  Epilogues epilogues;
  if (!readConv2D(launch, conv) || !canWinograd(conv) ||
      !readEpilogues(launch, /*asRows=*/false, epilogues) ||
      launch.inputs[1].layout != kWinogradLayout ||
      launch.inputs[1].bytes != winogradBytes(conv))
    return nullptr;
  return std::make_unique<WinogradKernel>(conv, std::move(epilogues), threads);
}
