//===- Convolution.cpp - direct convolutions ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The work is a sequence: images and groups, chunks of tiles, blocks of output
// channels, tiles of the chunk. Each thread takes a part of the sequence that
// costs as much as the others', so that small maps are split along channels and
// large ones along pixels without a rule for either. A chunk is one tile while
// all weights fit into the second cache, and many tiles when a block of weights
// has to be used as often as possible before the next one.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Convolution.h"

#include "runtime/cpu/Isa.h"
#include "runtime/cpu/Steps.h"
#include "runtime/cpu/Threads.h"
#include "runtime/cpu/Tiling.h"
#include "runtime/cpu/Winograd.h"

#include <algorithm>
#include <cstring>
#include <limits>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

constexpr const char *kFilterLayout = "blocks-of-16";
/// Weights that stay in the second cache beside a tile's pixels.
constexpr int64_t kResidentWeightBytes = 384 << 10;
/// Input that a chunk may read, so that it stays in the second cache while the
/// blocks of weights go by.
constexpr int64_t kChunkInputBytes = 512 << 10;
/// What is fetched of the next launch's weights, at most.
constexpr uint64_t kMostOfNextLaunch = 4 << 20;
/// Bytes that a tile fetches of them for each row of weights that it reads.
constexpr int64_t kFetchedPerRow = 16;
/// Longest sequence whose parts are weighed tile by tile.
constexpr int64_t kMaxWeighed = 1 << 22;

const TileTable &tileTable() {
  switch (currentIsa()) {
  case Isa::Avx512:
    return tilesAvx512();
  case Isa::Avx2:
    return tilesAvx2();
  case Isa::Portable:
    break;
  }
  return tilesPortable();
}

bool readProblem(const LaunchDesc &launch, Conv2D &conv, bool &isMatMul) {
  isMatMul = launch.op.kind == "matmul";
  return (isMatMul ? readMatMulAsConv(launch, conv)
                   : readConv2D(launch, conv)) &&
         canTile(conv);
}

int64_t weightRows(const Conv2D &conv) {
  return conv.window.size[0] * conv.window.size[1] *
         (conv.channels / conv.groups);
}

/// Packs a filter whose element (row, output) is dense[row * rowStride + output
/// * outStride], where rows run over taps and input channels.
void packBlocks(const Conv2D &conv, const Tiling &tiling, const float *dense,
                int64_t rowStride, int64_t outStride, float *packed) {
  int64_t rows = weightRows(conv);
  for (int64_t g = 0; g < conv.groups; ++g)
    for (const Block &block : tiling.blocks) {
      float *to = packed + g * tiling.weightFloats + block.weights;
      int64_t first = g * (conv.outChannels / conv.groups) + block.channel;
      for (int64_t row = 0; row < rows; ++row) {
        const float *from = dense + row * rowStride + first * outStride;
        int64_t lane = 0;
        for (; lane < block.lanes; ++lane)
          to[lane] = from[lane * outStride];
        for (; lane < block.vectors * kLanes; ++lane)
          to[lane] = 0.0f;
        to += block.vectors * kLanes;
      }
    }
}

void packLaunch(const LaunchDesc &launch, const Conv2D &conv,
                const Tiling &tiling, const float *dense, float *packed) {
  bool transposed = launch.op.kind == "matmul" &&
                    launch.op.attributes.getInt("transpose_b") != 0;
  if (transposed)
    packBlocks(conv, tiling, dense, 1, conv.channels, packed);
  else
    packBlocks(conv, tiling, dense, conv.outChannels, 1, packed);
}

class ConvolutionKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threads);
  uint64_t scratchBytes() const override { return scratchSize; }
  void expectNext(const void *memory, uint64_t bytes) override {
    nextLaunch = static_cast<const char *>(memory);
    nextLaunchBytes = int64_t(std::min<uint64_t>(bytes, kMostOfNextLaunch));
  }
  Status run(const void *const *inputs, void *const *outputs,
             void *scratch) override;

private:
  /// A place in the sequence of work.
  struct Position {
    int64_t imageGroup, chunk, block, tile;
  };
  Position decode(int64_t index) const;
  void advance(Position &at) const;
  /// Sets the memory that is worth fetching while the tile at `at` is computed.
  void lookAhead(const Position &at, const float *in, const float *groupWeights,
                 TileArgs &args) const;
  float costOf(int64_t index) const;
  void makeSegments();
  void splitWork();
  void work(const void *const *inputs, float *out, const float *weights,
            size_t part) const;
  void place(const Tile &tile, int64_t image, int64_t group,
             const void *const *inputs, float *out, TileArgs &args) const;
  void applyRest(const Tile &tile, int64_t image, int64_t channel,
                 int64_t lanes, const void *const *inputs,
                 const TileArgs &args) const;

  LaunchDesc launch; // to pack weights that come unpacked
  Conv2D conv;
  Steps steps;
  Tiling tiling;
  const TileTable *table = nullptr;
  std::vector<Segment> taps;
  std::vector<Segment> joined; ///< whole rows of the window; may be empty
  uint32_t allColumns = 0;
  std::vector<float> zeros;
  int64_t inPerGroup = 1, outPerGroup = 1; ///< channels
  int64_t rows = 1;                        ///< of a block's weights
  int64_t chunkTiles = 1;
  int64_t perImageGroup = 0;
  std::vector<int64_t> splits;
  uint64_t scratchSize = 0;
  bool packed = true;
  const char *nextLaunch = nullptr;
  int64_t nextLaunchBytes = 0;
};

bool ConvolutionKernel::init(const LaunchDesc &given, int threads) {
  bool isMatMul = false;
  if (!readProblem(given, conv, isMatMul) || !readSteps(given, isMatMul, steps))
    return false;
  launch = given;
  inPerGroup = conv.channels / conv.groups;
  outPerGroup = conv.outChannels / conv.groups;
  rows = weightRows(conv);
  table = &tileTable();
  makeBlocks(conv.outChannels / conv.groups, weightRows(conv), tiling);
  bool linear = conv.groups == 1 &&
                (steps.residual < 0 || isEven(conv, steps.residualStrides));
  for (const Step &step : steps.rest)
    linear &= step.spread != Spread::Full || isEven(conv, step.strides);
  makeTiles(conv, *table, linear, tiling);
  makeSegments();
  const Slot &filter = launch.inputs[1];
  const uint64_t packedBytes =
      uint64_t(conv.groups * tiling.weightFloats) * sizeof(float);
  packed = !filter.layout.empty();
  if (packed && (filter.layout != kFilterLayout || filter.bytes != packedBytes))
    return false;
  if (!packed)
    scratchSize = packedBytes;

  int64_t weightBytes = tiling.weightFloats * int64_t(sizeof(float));
  int64_t tileBytes = 4 * conv.window.strides[0] * conv.window.strides[1] *
                      tiling.tiles[0].count * (conv.channels / conv.groups);
  chunkTiles = weightBytes <= kResidentWeightBytes
                   ? 1
                   : std::max<int64_t>(kChunkInputBytes / tileBytes, 8);
  chunkTiles = std::min<int64_t>(chunkTiles, int64_t(tiling.tiles.size()));
  perImageGroup = int64_t(tiling.tiles.size() * tiling.blocks.size());
  splits.assign(size_t(std::max(threads, 1)) + 1, 0);
  splitWork();
  return true;
}

void ConvolutionKernel::makeSegments() {
  int64_t depth = conv.channels / conv.groups;
  const Window &window = conv.window;
  int64_t longest = depth;
  for (int64_t h = 0; h < window.size[0]; ++h)
    for (int64_t w = 0; w < window.size[1]; ++w)
      taps.push_back({h * window.dilations[0] * conv.in.row +
                          w * window.dilations[1] * conv.in.pixel,
                      depth, (h * window.size[1] + w) * depth, int32_t(h),
                      int32_t(w)});
  if (conv.groups == 1 && window.dilations[1] == 1 && conv.in.pixel == depth &&
      window.size[1] > 1)
    for (int64_t h = 0; h < window.size[0]; ++h) {
      joined.push_back({h * window.dilations[0] * conv.in.row,
                        depth * window.size[1], h * window.size[1] * depth,
                        int32_t(h), 0});
    }
  for (int64_t w = 0; w < window.size[1]; ++w)
    allColumns |= 1u << w;
  zeros.assign(size_t(longest), 0.0f);
}

ConvolutionKernel::Position ConvolutionKernel::decode(int64_t index) const {
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

void ConvolutionKernel::advance(Position &at) const {
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

float ConvolutionKernel::costOf(int64_t index) const {
  Position at = decode(index);
  return tiling.tiles[size_t(at.tile)].cost *
         float(tiling.blocks[size_t(at.block)].vectors);
}

void ConvolutionKernel::splitWork() {
  int64_t parts = int64_t(splits.size()) - 1;
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

void ConvolutionKernel::place(const Tile &tile, int64_t image, int64_t group,
                              const void *const *inputs, float *out,
                              TileArgs &args) const {
  const float *in = static_cast<const float *>(inputs[0]);
  const float *residual =
      steps.residual < 0 ? nullptr
                         : static_cast<const float *>(inputs[steps.residual]);
  args.hasResidual = residual != nullptr;
  args.anyRow = tile.anyRow;
  args.anyColumn = tile.anyColumn;
  args.mixed = tile.mixed;
  if (tiling.linear) {
    for (int p = 0; p < tile.count; ++p) {
      int64_t pixel = int64_t(tile.first) + p;
      args.base[p] = in + pixel * conv.in.pixel;
      args.out[p] = out + pixel * conv.out.pixel;
      if (residual)
        args.residual[p] = residual + pixel * steps.residualStrides.pixel;
    }
    return;
  }
  const Window &window = conv.window;
  int64_t outGroup = group * outPerGroup;
  in += image * conv.in.image + group * inPerGroup -
        window.pads[0] * conv.in.row - window.pads[2] * conv.in.pixel;
  out += image * conv.out.image + outGroup;
  if (residual)
    residual += image * steps.residualStrides.image + outGroup;
  int64_t rowStep = window.strides[0] * conv.in.row;
  int64_t columnStep = window.strides[1] * conv.in.pixel;
  for (int p = 0; p < tile.count; ++p) {
    Pixel pixel = tiling.pixels[tile.first + size_t(p)];
    args.base[p] = in + pixel.row * rowStep + pixel.column * columnStep;
    args.out[p] =
        out + pixel.row * conv.out.row + pixel.column * conv.out.pixel;
    args.rows[p] = tiling.rowMasks[pixel.row];
    args.columns[p] = tiling.columnMasks[pixel.column];
    if (residual)
      args.residual[p] = residual + pixel.row * steps.residualStrides.row +
                         pixel.column * steps.residualStrides.pixel;
  }
}

void ConvolutionKernel::applyRest(const Tile &tile, int64_t image,
                                  int64_t channel, int64_t lanes,
                                  const void *const *inputs,
                                  const TileArgs &args) const {
  for (int p = 0; p < tile.count; ++p) {
    Pixel pixel;
    int64_t column = int64_t(tile.first) + p;
    if (!tiling.linear) {
      pixel = tiling.pixels[tile.first + size_t(p)];
      column = pixel.column;
    }
    applySteps(steps, inputs, args.out[p] + args.channel, image, pixel.row,
               column, channel, lanes);
  }
}

void ConvolutionKernel::lookAhead(const Position &at, const float *in,
                                  const float *groupWeights,
                                  TileArgs &args) const {
  // Where nothing is worth fetching, the tile asks for what it has.
  args.nextWeights = args.nextInput =
      reinterpret_cast<const char *>(args.weights);
  if (chunkTiles > 1 && at.block + 1 < int64_t(tiling.blocks.size())) {
    // The tiles of a chunk together fetch the next block's weights.
    const Block &next = tiling.blocks[size_t(at.block + 1)];
    int64_t offset = (tiling.tiles[size_t(at.tile)].tapsBefore -
                      tiling.tiles[size_t(at.chunk * chunkTiles)].tapsBefore) *
                     inPerGroup * 32;
    if (offset < rows * next.vectors * kLanes * 4)
      args.nextWeights =
          reinterpret_cast<const char *>(groupWeights + next.weights) + offset;
  }
  if (at.tile + 1 == int64_t(tiling.tiles.size()))
    return;
  // The first blocks of a tile fetch the next tile's lowest row of input; the
  // rows above it were the lowest of earlier tiles.
  const Tile &next = tiling.tiles[size_t(at.tile + 1)];
  int64_t offset = at.block * rows * 16;
  if (offset >= next.count * conv.window.strides[1] * conv.in.pixel * 4)
    return;
  if (tiling.linear) {
    in += int64_t(next.first) * conv.in.pixel;
  } else {
    Pixel first = tiling.pixels[next.first];
    int64_t row =
        first.row * conv.window.strides[0] - conv.window.pads[0] +
        (31 - __builtin_clz(next.anyRow | 1)) * conv.window.dilations[0];
    int64_t column = first.column * conv.window.strides[1];
    in += row * conv.in.row + column * conv.in.pixel;
  }
  args.nextInput = reinterpret_cast<const char *>(in) + offset;
}

void ConvolutionKernel::work(const void *const *inputs, float *out,
                             const float *weights, size_t part) const {
  const int64_t begin = splits[part], end = splits[part + 1];
  const float *in = static_cast<const float *>(inputs[0]);
  const float *bias =
      conv.hasBias ? static_cast<const float *>(inputs[2]) : nullptr;
  TileArgs args;
  args.zeros = zeros.data();
  args.clamp = steps.clamp;
  args.low = steps.low;
  args.high = steps.high;
  Position at = decode(begin);
  // This part's share of the next launch's weights, as late as possible: they
  // should not drive out what this launch still needs.
  const int64_t parts = int64_t(splits.size()) - 1;
  const int64_t shareBegin = nextLaunchBytes / 64 * int64_t(part) / parts * 64;
  const int64_t shareEnd =
      nextLaunchBytes / 64 * int64_t(part + 1) / parts * 64;
  const Tile &last = tiling.tiles.back();
  const int64_t images = tiling.linear ? 1 : conv.images;
  const int64_t allTaps = (last.tapsBefore + last.taps()) * images *
                          conv.groups * int64_t(tiling.blocks.size());
  int64_t shareAt = shareEnd - allTaps / parts * inPerGroup * kFetchedPerRow;
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
        groupInput = in + image * conv.in.image + group * inPerGroup;
      }
      place(tile, image, group, inputs, out, args);
      placedTile = at.tile;
      placedImageGroup = at.imageGroup;
      bool whole = !tile.mixed && tile.anyColumn == allColumns;
      const std::vector<Segment> &segments =
          whole && !joined.empty() ? joined : taps;
      args.segments = segments.data();
      args.numSegments = int32_t(segments.size());
    }
    args.weights = groupWeights + block.weights;
    args.step = block.vectors * kLanes;
    args.lanes = block.lanes;
    args.channel = block.channel;
    args.bias = bias ? bias + group * outPerGroup + block.channel : nullptr;
    lookAhead(at, groupInput, groupWeights, args);
    args.nextLaunch = reinterpret_cast<const char *>(args.weights);
    if (shareAt >= shareBegin && nextLaunch)
      args.nextLaunch = nextLaunch + shareAt;
    shareAt += tile.taps() * inPerGroup * kFetchedPerRow;
    table->tiles[block.vectors - 1][tile.count - 1](args);
    if (!steps.rest.empty())
      applyRest(tile, image, group * outPerGroup + block.channel, block.lanes,
                inputs, args);
  }
}

Status ConvolutionKernel::run(const void *const *inputs, void *const *outputs,
                              void *scratch) {
  const float *weights = static_cast<const float *>(inputs[1]);
  if (!packed) {
    packLaunch(launch, conv, tiling, weights, static_cast<float *>(scratch));
    weights = static_cast<const float *>(scratch);
  }
  float *out = static_cast<float *>(outputs[0]);
  parallel(int(splits.size()) - 1, [&](int index, int count) {
    // Fewer threads than asked for each take several parts.
    for (size_t part = size_t(index); part + 1 < splits.size();
         part += size_t(count))
      work(inputs, out, weights, part);
  });
  return Status();
}

/// Seconds, from rates measured on AVX-512 with two multiply-adds a cycle.
double estimate(const Conv2D &conv, const Tiling &tiling, int threads) {
  constexpr double kPeak = 264e9;     // per thread
  constexpr double kBandwidth = 23e9; // of memory, per thread
  constexpr double kWriting = 48e9;   // of results, which sums do not hide
  constexpr double kOverhead = 2e-6;
  double slowdown = currentIsa() == Isa::Avx512 ? 1.0
                    : currentIsa() == Isa::Avx2 ? 2.2
                                                : 16.0;
  double cycles = 0; // of one channel and a pair of vectors: 64 products
  for (const Tile &tile : tiling.tiles)
    cycles += double(tile.cost);
  double pairs = double(tiling.weightFloats) / double(weightRows(conv)) / 32.0;
  double images = tiling.linear ? 1.0 : double(conv.images);
  double flops = cycles * 64.0 * pairs * double(conv.channels) * images;
  double outBytes = 4.0 * double(conv.images * conv.outHeight) *
                    double(conv.outWidth * conv.outChannels);
  double weightBytes = 4.0 * double(tiling.weightFloats * conv.groups);
  return kOverhead + (std::max(flops * slowdown / (kPeak * 0.97),
                               weightBytes / kBandwidth) +
                      outBytes / kWriting) /
                         std::max(threads, 1);
}

} // namespace

std::vector<Tactic> cpu::convolutionTactics(const LaunchDesc &launch,
                                            int threads) {
  Conv2D conv;
  Steps steps;
  bool isMatMul = false;
  if (!allOf(launch, ops::DType::F32) || !readProblem(launch, conv, isMatMul) ||
      !readSteps(launch, isMatMul, steps))
    return {};
  Tiling tiling;
  makeBlocks(conv.outChannels / conv.groups, weightRows(conv), tiling);
  makeTiles(conv, tileTable(), conv.groups == 1, tiling);
  Tactic tactic;
  tactic.name = "direct";
  tactic.seconds = estimate(conv, tiling, threads);
  if (!launch.inputs[1].constant) // packed anew at each run, by one thread
    tactic.seconds += double(tiling.weightFloats * conv.groups) * 1e-9;
  // The rows of a product must follow each other evenly; a slice of a tensor
  // with several dimensions of rows need not.
  auto oneDimension = [](const Slot &slot) {
    const ops::Shape &shape = slot.type.shape;
    return std::count_if(shape.begin(), shape.end() - 1,
                         [](int64_t size) { return size != 1; }) <= 1;
  };
  tactic.stridedInputs = !isMatMul || oneDimension(launch.inputs[0]);
  tactic.stridedOutputs = !isMatMul || oneDimension(launch.outputs[0]);
  tactic.inPlaceEpilogue = steps.residualEpilogue;
  std::vector<Tactic> tactics = {tactic};
  if (!isMatMul && canWinograd(conv) && launch.inputs[1].constant) {
    tactic.name = kWinogradTactic;
    tactic.seconds = winogradSeconds(conv, threads);
    bool faster = tactic.seconds < tactics[0].seconds;
    tactics.insert(faster ? tactics.begin() : tactics.end(), tactic);
  }
  return tactics;
}

Expected<PackedConstant> cpu::packFilter(const LaunchDesc &launch,
                                         const void *dense) {
  Conv2D conv;
  bool isMatMul = false;
  if (!readProblem(launch, conv, isMatMul))
    return PackedConstant();
  if (launch.tactic == kWinogradTactic && !isMatMul && canWinograd(conv))
    return packWinograd(conv, static_cast<const float *>(dense));
  Tiling tiling;
  makeBlocks(conv.outChannels / conv.groups, weightRows(conv), tiling);
  PackedConstant packed;
  packed.layout = kFilterLayout;
  packed.bytes.resize(size_t(tiling.weightFloats * conv.groups) *
                      sizeof(float));
  packLaunch(launch, conv, tiling, static_cast<const float *>(dense),
             reinterpret_cast<float *>(packed.bytes.data()));
  return packed;
}

Expected<std::unique_ptr<Kernel>>
cpu::createConvolution(const LaunchDesc &launch, int threads) {
  if (launch.inputs.size() > 1 && launch.inputs[1].layout == kWinogradLayout) {
    if (allOf(launch, ops::DType::F32))
      if (std::unique_ptr<Kernel> kernel = createWinograd(launch, threads))
        return kernel;
    return Status::failed("cpu: no kernel for this convolution");
  }
  auto kernel = std::make_unique<ConvolutionKernel>();
  if (!allOf(launch, ops::DType::F32) || !kernel->init(launch, threads))
    return Status::failed("cpu: no kernel for this convolution");
  return std::unique_ptr<Kernel>(std::move(kernel));
}
