//===- CodeConvolution.cpp - convolutions of codes of 8 bits --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The zero point z of the input is taken out of the sum: with z on the padding
// as well, the sum over (x - z) w is that over x w less z times the weights'
// sum.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/convolution/CodeConvolution.h"

#include "runtime/cpu/CodeSteps.h"
#include "runtime/cpu/Families.h"
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/convolution/TiledConvolution.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

constexpr const char *kLayout = "words-of-4-in-even-blocks-of-16";
constexpr int64_t kWord = 4; ///< channels of a word
/// In front of each block's weights: what the sums begin with.
constexpr int64_t kHeadRows = 1;

const CodeTileTable &codeTileTable() {
  return kernelsFor(codeIsa(), codeTilesPortable, codeTilesAvx2, codeTilesVnni);
}

/// The convolution of a launch.
struct Problem {
  ConvWords conv;
  uint8_t zeroPoint = 0;

  bool read(const LaunchDesc &launch);
};

bool Problem::read(const LaunchDesc &launch) {
  zeroPoint = uint8_t(launch.op.attributes.getInt("zero_point"));
  return launch.inputs.size() >= 2 && launch.inputs[1].constant &&
         launch.inputs[0].type.dtype == ops::DType::U8 &&
         launch.inputs[1].type.dtype == ops::DType::I8 &&
         launch.op.attributes.getInt("transpose_b") == 0 &&
         conv.read(launch, kWord);
}

/// Packs the block's weights, whose element (row, output) lies at
/// dense[row * outChannels + output].
void packBlock(const Problem &problem, const Block &block, int64_t group,
               const int8_t *dense, int8_t *packed) {
  const int64_t in = problem.conv.inPerGroup(),
                out = problem.conv.given.outChannels;
  const int64_t lanes = block.vectors * kLanes;
  const int8_t *from =
      dense + group * problem.conv.outPerGroup() + block.channel;
  std::vector<int32_t> initial(size_t(lanes), 0);
  int8_t *to = packed + lanes * kWord;
  for (int64_t tap = 0; tap < problem.conv.taps(); ++tap)
    for (int64_t word = 0; word < problem.conv.wordsPerGroup();
         ++word, to += lanes * kWord)
      for (int64_t byte = 0; byte < kWord; ++byte) {
        const int64_t channel = word * kWord + byte;
        const int8_t *row = from + (tap * in + channel) * out;
        for (int64_t lane = 0; lane < lanes; ++lane) {
          bool exists = channel < in && lane < block.lanes;
          int8_t weight = exists ? row[lane] : int8_t(0);
          to[lane * kWord + byte] = weight;
          initial[size_t(lane)] -= int32_t(problem.zeroPoint) * weight;
        }
      }
  std::memcpy(packed, initial.data(), initial.size() * sizeof(int32_t));
}

void packAll(const Problem &problem, const Tiling &tiling, const void *dense,
             void *packed) {
  for (int64_t g = 0; g < problem.conv.given.groups; ++g)
    for (const Block &block : tiling.blocks)
      packBlock(problem, block, g, static_cast<const int8_t *>(dense),
                static_cast<int8_t *>(packed) +
                    (g * tiling.weightFloats + block.weights) * kWord);
}

class CodeConvolutionKernel : public TiledConvolution {
public:
  bool init(const LaunchDesc &launch, int threads);

private:
  void packWeights(const Tiling &tiling, const void *dense,
                   void *packed) const override {
    packAll(problem, tiling, dense, packed);
  }
  void beginRun(const void *const *inputs) override;
  void runPart(const Part &part) const override;
  bool areFar(const void *const *inputs) const;

  Problem problem;
  CodeSteps steps;
  /// Tiles write floats, which become codes in a second step if need be.
  bool isStaged = false;
  bool isChecked = false;   ///< whether isStaged has to be
  bool factorsStay = false; ///< and biases: they are constants
};

bool CodeConvolutionKernel::init(const LaunchDesc &launch, int threads) {
  if (!problem.read(launch) ||
      !readCodeSteps(launch, problem.conv.isMatMul(), steps))
    return false;
  isStaged = !steps.steps.rest.empty();
  isChecked = isStaged || !steps.makesCodes;
  factorsStay =
      isChecked ||
      (launch.inputs[steps.factors].constant &&
       (steps.bias < 0 || launch.inputs[size_t(steps.bias)].constant));
  Form form;
  form.layout = kLayout;
  form.maxPixels = codeTileTable().maxPixels;
  form.headRows = kHeadRows;
  form.padding = problem.zeroPoint;
  return setUp(launch, problem.conv, steps.steps, form, threads);
}

/// Whether numbers may be too large for the integers that codes are made of.
bool CodeConvolutionKernel::areFar(const void *const *inputs) const {
  constexpr float kFar = 1e9f;
  const float *factors = static_cast<const float *>(inputs[steps.factors]);
  const float *bias =
      steps.bias < 0 ? nullptr : static_cast<const float *>(inputs[steps.bias]);
  const float most =
      32768.0f * float(problem.conv.taps()) * float(problem.conv.inPerGroup());
  float rest = std::fabs(steps.zero);
  if (steps.residualIsCodes)
    rest += (std::fabs(steps.residualShift) +
             std::fabs(steps.residualScale) * 255.0f) *
            steps.inverse;
  for (int64_t c = 0; c < problem.conv.given.outChannels; ++c) {
    float number = std::fabs(factors[c]) * most;
    if (bias)
      number += std::fabs(bias[c]);
    if (!(number * steps.inverse + rest < kFar))
      return true;
  }
  return false;
}

void CodeConvolutionKernel::beginRun(const void *const *inputs) {
  if (!isChecked)
    isStaged = areFar(inputs);
  isChecked = factorsStay;
}

void CodeConvolutionKernel::runPart(const Part &part) const {
  using Residual = CodeTileArgs::Residual;
  const float *factors = static_cast<const float *>(part.inputs[steps.factors]);
  const float *bias = steps.bias < 0
                          ? nullptr
                          : static_cast<const float *>(part.inputs[steps.bias]);
  static constexpr float noBias[kMaxBlockVectors * kLanes] = {};
  CodeTileArgs args;
  args.residualKind = steps.steps.residual < 0 ? Residual::None
                      : steps.residualIsCodes  ? Residual::Codes
                                               : Residual::Floats;
  args.makesCodes = steps.makesCodes && !isStaged;
  args.inverse = args.makesCodes ? steps.inverse : 1.0f;
  args.zero = args.makesCodes ? steps.zero : 0.0f;
  args.residualScale = steps.residualScale * args.inverse;
  if (args.residualKind == Residual::Codes)
    args.zero += steps.residualShift * args.inverse;
  args.clamp = steps.steps.clamp;
  args.low = steps.steps.low;
  args.high = steps.steps.high;
  args.lowCode = args.clamp ? steps.codeOf(args.low) : 0;
  args.highCode = args.clamp ? steps.codeOf(args.high) : 255;
  runTiles(
      part, codeTileTable(), args, isStaged,
      [&](CodeTileArgs &tileArgs, int64_t channel) {
        tileArgs.factors = factors + channel;
        tileArgs.bias = bias ? bias + channel : noBias;
        tileArgs.initial =
            reinterpret_cast<const int32_t *>(tileArgs.weights - tileArgs.step);
      },
      [&](char *out, const float *numbers, int64_t count) {
        if (steps.makesCodes)
          makeCodes(steps, numbers, reinterpret_cast<uint8_t *>(out), count);
        else
          std::memcpy(out, numbers, size_t(count) * sizeof(float));
      });
}

/// Seconds, from rates measured on AVX-512 with two products of vectors a
/// cycle.
double estimate(const Problem &problem, int threads) {
  constexpr double kPeak = 1056e9;    // per thread
  constexpr double kBandwidth = 23e9; // of memory, per thread
  constexpr double kWriting = 12e9; // results a second, which sums do not hide
  constexpr double kOverhead = 2e-6;
  double slowdown = codeIsa() == Isa::Avx512 ? 1.0
                    : codeIsa() == Isa::Avx2 ? 10.0
                                             : 64.0;
  const Conv2D &conv = problem.conv.given;
  double results = double(conv.images * conv.outHeight) *
                   double(conv.outWidth * conv.outChannels);
  double weightBytes = double(problem.conv.taps() * problem.conv.inPerGroup()) *
                       double(conv.outChannels);
  return kOverhead + (std::max(conv.flops() * problem.conv.padding() *
                                   slowdown / (kPeak * 0.9),
                               weightBytes / kBandwidth) +
                      results / kWriting + problem.conv.copySeconds()) /
                         std::max(threads, 1);
}

} // namespace

std::vector<Tactic> cpu::codeConvolutionTactics(const LaunchDesc &launch,
                                                int threads) {
  Problem problem;
  CodeSteps steps;
  if (!problem.read(launch) ||
      !readCodeSteps(launch, problem.conv.isMatMul(), steps))
    return {};
  Tactic tactic =
      tiledTactic("codes", launch, problem.conv, estimate(problem, threads));
  // Only a residual of the result's size can be overwritten by it.
  if (steps.residualIsCodes == steps.makesCodes)
    tactic.inPlaceEpilogue = steps.residualEpilogue;
  return {tactic};
}

Expected<PackedConstant> cpu::packCodeFilter(const LaunchDesc &launch,
                                             const void *dense) {
  Problem problem;
  if (!problem.read(launch))
    return PackedConstant();
  return packTiled(kLayout, problem.conv, kHeadRows,
                   [&](const Tiling &tiling, void *packed) {
                     packAll(problem, tiling, dense, packed);
                   });
}

uint64_t cpu::packedCodeFilterBytes(const LaunchDesc &launch) {
  Problem problem;
  return problem.read(launch) && launch.inputs[1].layout == kLayout
             ? tiledBytes(problem.conv, kHeadRows)
             : 0;
}

Expected<std::unique_ptr<Kernel>>
cpu::createCodeConvolution(const LaunchDesc &launch, int threads) {
  return makeKernel<CodeConvolutionKernel>(launch, threads,
                                           "convolution of codes");
}
