//===- HalfConvolution.cpp - convolutions of bf16 -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/convolution/HalfConvolution.h"

#include "runtime/cpu/Families.h"
#include "runtime/cpu/Halves.h"
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

using Residual = HalfTileArgs::Residual;

struct Problem {
  ConvWords conv;
  Steps steps;
  bool transposesB = false;
  bool makesHalves = false;
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
  makesHalves = result == DType::BF16;
  if ((!makesHalves && result != DType::F32) || !conv.read(launch, kPerWord) ||
      !readSteps(launch, conv.isMatMul(), steps))
    return false;
  auto isFloat = [&](size_t input) {
    return launch.inputs[input].type.dtype == DType::F32;
  };
  if (conv.given.hasBias && !isFloat(2))
    return false;
  for (const Step &step : steps.rest)
    if (step.binary && !isFloat(step.operand))
      return false;
  if (steps.residual < 0)
    return true;
  const DType type = launch.inputs[size_t(steps.residual)].type.dtype;
  residual = type == DType::BF16 ? Residual::Halves : Residual::Floats;
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

class HalfConvolutionKernel : public TiledConvolution {
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

bool HalfConvolutionKernel::init(const LaunchDesc &launch, int threads) {
  if (!problem.read(launch))
    return false;
  Form form;
  form.layout = kLayout;
  form.maxPixels = halfTiles().maxPixels;
  return setUp(launch, problem.conv, problem.steps, form, threads);
}

void HalfConvolutionKernel::runPart(const Part &part) const {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Steps &steps = problem.steps;
  const bool isStaged = !steps.rest.empty();
  const float *bias = problem.conv.given.hasBias
                          ? static_cast<const float *>(part.inputs[2])
                          : nullptr;
  HalfTileArgs args;
  args.makesHalves = problem.makesHalves && !isStaged;
  args.residualKind = problem.residual;
  args.low = steps.clamp ? steps.low : -kInfinity;
  args.high = steps.clamp ? steps.high : kInfinity;
  runTiles(
      part, halfTiles(), args, isStaged,
      [&](HalfTileArgs &tileArgs, int64_t channel) {
        tileArgs.bias = bias ? bias + channel : nullptr;
      },
      [&](char *out, const float *numbers, int64_t count) {
        if (problem.makesHalves)
          halves().narrowBf16(reinterpret_cast<uint16_t *>(out), numbers,
                              count);
        else
          std::memcpy(out, numbers, size_t(count) * sizeof(float));
      });
}

/// Seconds, from rates measured on AVX-512 with two products of vectors a
/// cycle.
double estimate(const Problem &problem, int threads) {
  constexpr double kPeak = 528e9;     // per thread
  constexpr double kBandwidth = 23e9; // of memory, per thread
  constexpr double kWriting = 24e9; // results a second, which sums do not hide
  constexpr double kOverhead = 2e-6;
  // Where oneDNN has matrix units, by their nominal rate.
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

std::vector<Tactic> cpu::halfConvolutionTactics(const LaunchDesc &launch,
                                                int threads) {
  Problem problem;
  if (!problem.read(launch))
    return {};
  Tactic tactic =
      tiledTactic("halves", launch, problem.conv, estimate(problem, threads));
  // Only a residual of the result's size can be overwritten by it.
  if ((problem.residual == Residual::Halves) == problem.makesHalves)
    tactic.inPlaceEpilogue = problem.steps.residualEpilogue;
  return {tactic};
}

Expected<PackedConstant> cpu::packHalfFilter(const LaunchDesc &launch,
                                             const void *dense) {
  Problem problem;
  if (!problem.read(launch))
    return PackedConstant();
  return packTiled(kLayout, problem.conv, /*headRows=*/0,
                   [&](const Tiling &tiling, void *packed) {
                     packAll(problem, tiling, dense, packed);
                   });
}

uint64_t cpu::packedHalfFilterBytes(const LaunchDesc &launch) {
  Problem problem;
  return problem.read(launch) && launch.inputs[1].layout == kLayout
             ? tiledBytes(problem.conv, /*headRows=*/0)
             : 0;
}

Expected<std::unique_ptr<Kernel>>
cpu::createHalfConvolution(const LaunchDesc &launch, int threads) {
  return makeKernel<HalfConvolutionKernel>(launch, threads,
                                           "convolution of halves");
}
