//===- Convolution.cpp - direct convolutions ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/convolution/Convolution.h"

#include "runtime/cpu/Families.h"
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/convolution/TiledConvolution.h"
#include "runtime/cpu/convolution/Winograd.h"

#include <algorithm>
#include <cstring>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

constexpr const char *kFilterLayout = "even-blocks-of-16";

/// Packs a filter whose element (row, output) is dense[row * rowStride + output
/// * outStride], where rows run over taps and input channels.
void packBlocks(const ConvWords &conv, const Tiling &tiling, const float *dense,
                int64_t rowStride, int64_t outStride, float *packed) {
  for (int64_t g = 0; g < conv.given.groups; ++g)
    for (const Block &block : tiling.blocks) {
      float *to = packed + g * tiling.weightFloats + block.weights;
      int64_t first = g * conv.outPerGroup() + block.channel;
      for (int64_t row = 0; row < conv.weightRows(); ++row) {
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

void packLaunch(const LaunchDesc &launch, const ConvWords &conv,
                const Tiling &tiling, const float *dense, float *packed) {
  bool transposed =
      conv.isMatMul() && launch.op.attributes.getInt("transpose_b") != 0;
  if (transposed)
    packBlocks(conv, tiling, dense, 1, conv.given.channels, packed);
  else
    packBlocks(conv, tiling, dense, conv.given.outChannels, 1, packed);
}

class ConvolutionKernel : public TiledConvolution {
public:
  bool init(const LaunchDesc &launch, int threads);

private:
  void packWeights(const Tiling &tiling, const void *dense,
                   void *packed) const override;
  void runPart(const Part &part) const override;

  LaunchDesc launch; // to pack weights that come unpacked
  ConvWords conv;
  Epilogues epilogues;
};

bool ConvolutionKernel::init(const LaunchDesc &given, int threads) {
  if (!allOf(given, ops::DType::F32) ||
      !conv.read(given, /*elementsPerWord=*/1) ||
      !readEpilogues(given, conv.isMatMul(), epilogues))
    return false;
  launch = given;
  Form form;
  form.layout = kFilterLayout;
  form.maxPixels = tileTable().maxPixels;
  return setUp(launch, conv, epilogues, form, threads);
}

void ConvolutionKernel::packWeights(const Tiling &tiling, const void *dense,
                                    void *packed) const {
  packLaunch(launch, conv, tiling, static_cast<const float *>(dense),
             static_cast<float *>(packed));
}

void ConvolutionKernel::runPart(const Part &part) const {
  const float *bias =
      conv.given.hasBias ? static_cast<const float *>(part.inputs[2]) : nullptr;
  TileArgs args;
  args.hasResidual = epilogues.residual >= 0;
  args.clamp = epilogues.clamp;
  args.low = epilogues.low;
  args.high = epilogues.high;
  runTiles(
      part, tileTable(), args, /*isStaged=*/!epilogues.rest.empty(),
      [&](TileArgs &tileArgs, int64_t channel) {
        tileArgs.bias = bias ? bias + channel : nullptr;
      },
      [](char *out, const float *values, int64_t count) {
        std::memcpy(out, values, size_t(count) * sizeof(float));
      });
}

/// Seconds, from rates measured on AVX-512 with two multiply-adds a cycle.
double estimate(const ConvWords &problem, const Tiling &tiling, int threads) {
  const Conv2D &conv = problem.given;
  constexpr double kPeak = 264e9;     // per thread
  constexpr double kBandwidth = 23e9; // of memory, per thread
  constexpr double kWriting = 48e9;   // of results, not overlapped with sums
  constexpr double kOverhead = 2e-6;
  constexpr int64_t kSecondCache = 1 << 20;
  double slowdown = currentIsa() == Isa::Avx512 ? 1.0
                    : currentIsa() == Isa::Avx2 ? 2.2
                                                : 16.0;
  // The data of a block of weights and two tiles, beside prefetched data.
  const int64_t blockBytes =
      2 * kLanes * problem.weightRows() * ConvWords::kWordBytes;
  const int64_t tileBytes = kLanes * conv.channels * ConvWords::kWordBytes;
  if (2 * (blockBytes + tileBytes) > kSecondCache)
    slowdown *= 1.25;
  double cycles = 0; // of one channel and a pair of vectors: 64 products
  for (const Tile &tile : tiling.tiles)
    cycles += double(tile.cost);
  double pairs =
      double(tiling.weightFloats) / double(problem.weightRows()) / 32.0;
  double images = tiling.linear ? 1.0 : double(conv.images);
  double flops = cycles * 64.0 * pairs * double(conv.channels) * images;
  double outBytes = 4.0 * double(conv.images * conv.outHeight) *
                    double(conv.outWidth * conv.outChannels);
  double weightBytes = 4.0 * double(tiling.weightFloats * conv.groups);
  return kOverhead + (std::max(flops * slowdown / (kPeak * 0.97),
                               weightBytes / kBandwidth) +
                      outBytes / kWriting + problem.copySeconds()) /
                         std::max(threads, 1);
}

} // namespace

const TileTable &cpu::tileTable() {
  return kernelsFor(currentIsa(), tilesPortable, tilesAvx2, tilesAvx512);
}

std::vector<Tactic> cpu::convolutionTactics(const LaunchDesc &launch,
                                            int threads) {
  ConvWords problem;
  Epilogues epilogues;
  if (!allOf(launch, ops::DType::F32) ||
      !problem.read(launch, /*elementsPerWord=*/1) ||
      !readEpilogues(launch, problem.isMatMul(), epilogues))
    return {};
  const Conv2D &conv = problem.given;
  Tiling tiling;
  makeBlocks(problem.outPerGroup(), problem.weightRows(), tiling);
  makeTiles(conv, tileTable().maxPixels, conv.groups == 1, tiling);
  Tactic tactic = tiledTactic("direct", launch, problem,
                              estimate(problem, tiling, threads));
  if (!launch.inputs[1].constant) // packed anew at each run, by one thread
    tactic.seconds += double(tiling.weightFloats * conv.groups) * 1e-9;
  tactic.inPlaceEpilogue = epilogues.residualEpilogue;
  std::vector<Tactic> tactics = {tactic};
  if (!problem.isMatMul() && canWinograd(conv) && launch.inputs[1].constant) {
    tactic.name = kWinogradTactic;
    tactic.seconds = winogradSeconds(conv, threads);
    bool faster = tactic.seconds < tactics[0].seconds;
    tactics.insert(faster ? tactics.begin() : tactics.end(), tactic);
  }
  return tactics;
}

/// Whether the launch's filter is packed for Winograd's tactic.
static bool isForWinograd(const LaunchDesc &launch, const ConvWords &conv) {
  return launch.tactic == kWinogradTactic && !conv.isMatMul() &&
         canWinograd(conv.given);
}

Expected<PackedConstant> cpu::packFilter(const LaunchDesc &launch,
                                         const void *dense) {
  ConvWords conv;
  if (!conv.read(launch, /*elementsPerWord=*/1))
    return PackedConstant();
  if (isForWinograd(launch, conv))
    return packWinograd(conv.given, static_cast<const float *>(dense));
  return packTiled(kFilterLayout, conv, /*headRows=*/0,
                   [&](const Tiling &tiling, void *packed) {
                     packLaunch(launch, conv, tiling,
                                static_cast<const float *>(dense),
                                static_cast<float *>(packed));
                   });
}

uint64_t cpu::packedFilterBytes(const LaunchDesc &launch) {
  ConvWords conv;
  if (!conv.read(launch, /*elementsPerWord=*/1))
    return 0;
  const std::string &layout = launch.inputs[1].layout;
  if (isForWinograd(launch, conv))
    return layout == kWinogradLayout ? winogradBytes(conv.given) : 0;
  return layout == kFilterLayout ? tiledBytes(conv, /*headRows=*/0) : 0;
}

Expected<std::unique_ptr<Kernel>>
cpu::createConvolution(const LaunchDesc &launch, int threads) {
  if (launch.inputs.size() > 1 && launch.inputs[1].layout == kWinogradLayout) {
    if (allOf(launch, ops::DType::F32))
      if (std::unique_ptr<Kernel> kernel = createWinograd(launch, threads))
        return kernel;
    return Status::failed("cpu: no kernel for this convolution");
  }
  return makeKernel<ConvolutionKernel>(launch, threads, "convolution");
}
