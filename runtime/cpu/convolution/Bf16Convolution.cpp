//===- Bf16Convolution.cpp - convolutions of bf16 -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/convolution/Bf16Convolution.h"

#include "runtime/cpu/Families.h"
#include "runtime/cpu/FloatRows.h"
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/convolution/TiledConvolution.h"

#include <algorithm>
#include <cstring>
#include <limits>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

constexpr const char *kLayout = "words-of-2-in-even-blocks-of-16";
constexpr int64_t kPerWord = 2;

using Residual = Bf16TileArgs::Residual;

struct Problem {
  ConvWords conv;
  Epilogues epilogues;
  bool transposesB = false;
  bool makesBf16 = false;
  Residual residual = Residual::None;

  bool read(const LaunchDesc &launch);
};

bool Problem::read(const LaunchDesc &launch) {
  using ops::DType;
  if (!hasBf16Products() || currentIsa() != Isa::Avx512 ||
      launch.inputs.size() < 2 || !launch.inputs[1].constant ||
      launch.inputs[0].type.dtype != DType::BF16 ||
      launch.inputs[1].type.dtype != DType::BF16)
    return false;
  transposesB = launch.op.attributes.getInt("transpose_b") != 0;
  const DType result = launch.outputs[0].type.dtype;
  makesBf16 = result == DType::BF16;
  if ((!makesBf16 && result != DType::F32) || !conv.read(launch, kPerWord) ||
      !readEpilogues(launch, conv.isMatMul(), epilogues))
    return false;
  auto isFloat = [&](size_t input) {
    return launch.inputs[input].type.dtype == DType::F32;
  };
  if (conv.given.hasBias && !isFloat(2))
    return false;
  for (const RowEpilogue &epilogue : epilogues.rest)
    if (epilogue.binary && !isFloat(epilogue.operand))
      return false;
  if (epilogues.residual < 0)
    return true;
  const DType type = launch.inputs[size_t(epilogues.residual)].type.dtype;
  residual = type == DType::BF16 ? Residual::Bf16 : Residual::Floats;
  return type == DType::BF16 || type == DType::F32;
}

/// Packs weights whose element (row, output) is dense[row * rowStride + output
/// * outStride], where rows run over taps and input channels.
void packBlock(const ConvWords &conv, const Block &block, int64_t group,
               const uint16_t *dense, int64_t rowStride, int64_t outStride,
               uint16_t *packed) {
  const int64_t in = conv.inPerGroup();
  dense += (group * conv.outPerGroup() + block.channel) * outStride;
  for (int64_t tap = 0; tap < conv.taps(); ++tap)
    for (int64_t word = 0; word < conv.wordsPerGroup(); ++word)
      for (int64_t lane = 0; lane < block.vectors * kLanes; ++lane)
        for (int64_t half = 0; half < kPerWord; ++half) {
          const int64_t channel = word * kPerWord + half;
          bool exists = channel < in && lane < block.lanes;
          *packed++ =
              exists
                  ? dense[(tap * in + channel) * rowStride + lane * outStride]
                  : uint16_t(0);
        }
}

void packAll(const Problem &problem, const Tiling &tiling, const void *dense,
             void *packed) {
  const Conv2D &conv = problem.conv.given;
  const int64_t rowStride = problem.transposesB ? 1 : conv.outChannels;
  const int64_t outStride = problem.transposesB ? conv.channels : 1;
  for (int64_t g = 0; g < conv.groups; ++g)
    for (const Block &block : tiling.blocks)
      packBlock(problem.conv, block, g, static_cast<const uint16_t *>(dense),
                rowStride, outStride,
                static_cast<uint16_t *>(packed) +
                    (g * tiling.weightFloats + block.weights) * kPerWord);
}

class Bf16ConvolutionKernel : public TiledConvolution {
public:
  bool init(const LaunchDesc &launch, int threads);

private:
  void packWeights(const Tiling &tiling, const void *dense,
                   void *packed) const override {
    packAll(problem, tiling, dense, packed);
  }
  void runPart(const Part &part) const override;

  Problem problem;
};

bool Bf16ConvolutionKernel::init(const LaunchDesc &launch, int threads) {
  if (!problem.read(launch))
    return false;
  Form form;
  form.layout = kLayout;
  form.maxPixels = bf16Tiles().maxPixels;
  return setUp(launch, problem.conv, problem.epilogues, form, threads);
}

void Bf16ConvolutionKernel::runPart(const Part &part) const {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Epilogues &epilogues = problem.epilogues;
  const bool isStaged = !epilogues.rest.empty();
  const float *bias = problem.conv.given.hasBias
                          ? static_cast<const float *>(part.inputs[2])
                          : nullptr;
  Bf16TileArgs args;
  args.makesBf16 = problem.makesBf16 && !isStaged;
  args.residualKind = problem.residual;
  args.low = epilogues.clamp ? epilogues.low : -kInfinity;
  args.high = epilogues.clamp ? epilogues.high : kInfinity;
  runTiles(
      part, bf16Tiles(), args, isStaged,
      [&](Bf16TileArgs &tileArgs, int64_t channel) {
        tileArgs.bias = bias ? bias + channel : nullptr;
      },
      [&](char *out, const float *values, int64_t count) {
        if (problem.makesBf16)
          floatConversions().narrowBf16(reinterpret_cast<uint16_t *>(out),
                                        values, count);
        else
          std::memcpy(out, values, size_t(count) * sizeof(float));
      });
}

/// Seconds, from rates measured on AVX-512 with two products of vectors a
/// cycle.
double estimate(const Problem &problem, int threads) {
  constexpr double kPeak = 528e9;     // per thread
  constexpr double kBandwidth = 23e9; // of memory, per thread
  // Results a second, not overlapped with sums.
  constexpr double kWriting = 24e9;
  constexpr double kOverhead = 2e-6;
  // With matrix units for oneDNN, by their nominal rate.
  double slowdown = hasBf16Matrices() ? 8.0 : 1.0;
  if (problem.conv.outPerGroup() <= kLanes)
    slowdown *= 1.5; // a load for each product
  const Conv2D &conv = problem.conv.given;
  double results = double(conv.images * conv.outHeight) *
                   double(conv.outWidth * conv.outChannels);
  double weightBytes = double(problem.conv.weightRows() * conv.outChannels *
                              ConvWords::kWordBytes);
  return kOverhead + (std::max(conv.flops() * slowdown *
                                   problem.conv.padding() / (kPeak * 0.95),
                               weightBytes / kBandwidth) +
                      results / kWriting + problem.conv.copySeconds()) /
                         std::max(threads, 1);
}

} // namespace

std::vector<Tactic> cpu::bf16ConvolutionTactics(const LaunchDesc &launch,
                                                int threads) {
  Problem problem;
  if (!problem.read(launch))
    return {};
  Tactic tactic =
      tiledTactic("halves", launch, problem.conv, estimate(problem, threads));
  // The result can only overwrite a residual of the same element size.
  if ((problem.residual == Residual::Bf16) == problem.makesBf16)
    tactic.inPlaceEpilogue = problem.epilogues.residualEpilogue;
  return {tactic};
}

Expected<PackedConstant> cpu::packBf16Filter(const LaunchDesc &launch,
                                             const void *dense) {
  Problem problem;
  if (!problem.read(launch))
    return PackedConstant();
  return packTiled(kLayout, problem.conv, /*headRows=*/0,
                   [&](const Tiling &tiling, void *packed) {
                     packAll(problem, tiling, dense, packed);
                   });
}

uint64_t cpu::packedBf16FilterBytes(const LaunchDesc &launch) {
  Problem problem;
  return problem.read(launch) && launch.inputs[1].layout == kLayout
             ? tiledBytes(problem.conv, /*headRows=*/0)
             : 0;
}

Expected<std::unique_ptr<Kernel>>
cpu::createBf16Convolution(const LaunchDesc &launch, int threads) {
  return makeKernel<Bf16ConvolutionKernel>(launch, threads, "bf16 convolution");
}
