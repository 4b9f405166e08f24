//===- Convolution.cpp - direct convolutions ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Convolution.h"

#include "runtime/cpu/ConvWork.h"
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/Steps.h"
#include "runtime/cpu/Threads.h"
#include "runtime/cpu/Winograd.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

constexpr const char *kFilterLayout = "blocks-of-16";

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
  uint64_t scratchBytes() const override {
    return packed ? 0 : uint64_t(work.weightWords()) * sizeof(float);
  }
  void expectNext(const void *memory, uint64_t bytes) override {
    work.expectNext(memory, bytes);
  }
  Status run(const void *const *inputs, void *const *outputs,
             void *scratch) override;

private:
  void runPart(const void *const *inputs, float *out, const float *weights,
               size_t part) const;
  void place(const Tile &tile, int64_t image, int64_t group,
             const void *const *inputs, float *out, TileArgs &args) const;

  LaunchDesc launch; // to pack weights that come unpacked
  Conv2D conv;
  Steps steps;
  ConvWork work;
  const TileTable *table = nullptr;
  std::vector<float> zeros;
  bool packed = true;
};

bool ConvolutionKernel::init(const LaunchDesc &given, int threads) {
  bool isMatMul = false;
  if (!readProblem(given, conv, isMatMul) || !readSteps(given, isMatMul, steps))
    return false;
  launch = given;
  table = &tileTable();
  ConvWork::Options options;
  options.maxPixels = table->maxPixels;
  options.mayBeLinear = areEven(steps, conv);
  work.init(conv, options, threads);
  zeros.assign(size_t(work.depth()), 0.0f);
  const Slot &filter = launch.inputs[1];
  packed = !filter.layout.empty();
  return !packed ||
         (filter.layout == kFilterLayout &&
          filter.bytes == uint64_t(work.weightWords()) * sizeof(float));
}

void ConvolutionKernel::place(const Tile &tile, int64_t image, int64_t group,
                              const void *const *inputs, float *out,
                              TileArgs &args) const {
  const int64_t first = group * work.outPerGroup();
  work.forEachPixel(tile, image, conv.out, [&](int p, int64_t offset) {
    args.out[p] = out + offset + first;
  });
  args.hasResidual = steps.residual >= 0;
  if (!args.hasResidual)
    return;
  const float *residual = static_cast<const float *>(inputs[steps.residual]);
  work.forEachPixel(tile, image, steps.residualStrides,
                    [&](int p, int64_t offset) {
                      args.residual[p] = residual + offset + first;
                    });
}

void ConvolutionKernel::runPart(const void *const *inputs, float *out,
                                const float *weights, size_t part) const {
  const float *bias =
      conv.hasBias ? static_cast<const float *>(inputs[2]) : nullptr;
  TileArgs args;
  args.zeros = zeros.data();
  args.clamp = steps.clamp;
  args.low = steps.low;
  args.high = steps.high;
  work.forEachTile(
      part, static_cast<const float *>(inputs[0]), weights, args,
      [&](const Tile &tile, int64_t image, int64_t group, TileArgs &tileArgs) {
        place(tile, image, group, inputs, out, tileArgs);
      },
      [&](TileArgs &tileArgs, const Tile &tile, const Block &block,
          int64_t image, int64_t group) {
        const int64_t channel = group * work.outPerGroup() + block.channel;
        tileArgs.bias = bias ? bias + channel : nullptr;
        table->tiles[block.vectors - 1][tile.count - 1](tileArgs);
        for (int p = 0; p < tile.count && !steps.rest.empty(); ++p) {
          Pixel64 pixel = work.pixelOf(tile, p);
          applySteps(steps, inputs, tileArgs.out[p] + block.channel, image,
                     pixel.row, pixel.column, channel, block.lanes);
        }
      });
}

Status ConvolutionKernel::run(const void *const *inputs, void *const *outputs,
                              void *scratch) {
  const float *weights = static_cast<const float *>(inputs[1]);
  if (!packed) {
    packLaunch(launch, conv, work.tiles(), weights,
               static_cast<float *>(scratch));
    weights = static_cast<const float *>(scratch);
  }
  float *out = static_cast<float *>(outputs[0]);
  parallel(work.parts(), [&](int index, int count) {
    // Fewer threads than asked for each take several parts.
    for (int part = index; part < work.parts(); part += count)
      runPart(inputs, out, weights, size_t(part));
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

const TileTable &cpu::tileTable() {
  return kernelsFor(currentIsa(), tilesPortable, tilesAvx2, tilesAvx512);
}

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
  makeTiles(conv, tileTable().maxPixels, conv.groups == 1, tiling);
  Tactic tactic;
  tactic.name = "direct";
  tactic.seconds = estimate(conv, tiling, threads);
  if (!launch.inputs[1].constant) // packed anew at each run, by one thread
    tactic.seconds += double(tiling.weightFloats * conv.groups) * 1e-9;
  tactic.stridedInputs = !isMatMul || hasOneRowDimension(launch.inputs[0]);
  tactic.stridedOutputs = !isMatMul || hasOneRowDimension(launch.outputs[0]);
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
