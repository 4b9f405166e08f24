//===- QuantizedConvolution.cpp - convolutions of uint8 with int8 ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel takes the zero point z of the input out of the sum. With z on the
// padding as well, the sum of (x - z) w is the sum of x w minus z times the sum
// of the weights.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/convolution/QuantizedConvolution.h"

#include "runtime/cpu/Families.h"
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/QuantizedEpilogues.h"
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
/// In front of each block's weights: the initial values of the sums.
constexpr int64_t kHeadRows = 1;

const QuantizedTileTable &quantizedTileTable() {
  return kernelsFor(quantizedIsa(), quantizedTilesPortable, quantizedTilesAvx2,
                    quantizedTilesVnni);
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

class QuantizedConvolutionKernel : public TiledConvolution {
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
  QuantizedEpilogues epilogues;
  /// Tiles write floats, which are quantized in a second pass if the output is
  /// u8.
  bool isStaged = false;
  bool isChecked = false;   ///< whether isStaged must be
  bool factorsStay = false; ///< and biases: they are constants
};

bool QuantizedConvolutionKernel::init(const LaunchDesc &launch, int threads) {
  if (!problem.read(launch) ||
      !readQuantizedEpilogues(launch, problem.conv.isMatMul(), epilogues))
    return false;
  isStaged = !epilogues.between.rest.empty();
  isChecked = isStaged || !epilogues.makesQuantized;
  factorsStay =
      isChecked ||
      (launch.inputs[epilogues.factors].constant &&
       (epilogues.bias < 0 || launch.inputs[size_t(epilogues.bias)].constant));
  Form form;
  form.layout = kLayout;
  form.maxPixels = quantizedTileTable().maxPixels;
  form.headRows = kHeadRows;
  form.padding = problem.zeroPoint;
  return setUp(launch, problem.conv, epilogues.between, form, threads);
}

/// Whether results may be too large to be converted to 32-bit integers.
bool QuantizedConvolutionKernel::areFar(const void *const *inputs) const {
  constexpr float kFar = 1e9f;
  const float *factors = static_cast<const float *>(inputs[epilogues.factors]);
  const float *bias = epilogues.bias < 0
                          ? nullptr
                          : static_cast<const float *>(inputs[epilogues.bias]);
  const float most =
      32768.0f * float(problem.conv.taps()) * float(problem.conv.inPerGroup());
  float rest = std::fabs(epilogues.zero);
  if (epilogues.residualIsQuantized)
    rest += (std::fabs(epilogues.residualShift) +
             std::fabs(epilogues.residualScale) * 255.0f) *
            epilogues.inverse;
  for (int64_t c = 0; c < problem.conv.given.outChannels; ++c) {
    float real = std::fabs(factors[c]) * most;
    if (bias)
      real += std::fabs(bias[c]);
    if (!(real * epilogues.inverse + rest < kFar))
      return true;
  }
  return false;
}

void QuantizedConvolutionKernel::beginRun(const void *const *inputs) {
  if (!isChecked)
    isStaged = areFar(inputs);
  isChecked = factorsStay;
}

void QuantizedConvolutionKernel::runPart(const Part &part) const {
  using Residual = QuantizedTileArgs::Residual;
  const float *factors =
      static_cast<const float *>(part.inputs[epilogues.factors]);
  const float *bias =
      epilogues.bias < 0
          ? nullptr
          : static_cast<const float *>(part.inputs[epilogues.bias]);
  static constexpr float noBias[kMaxBlockVectors * kLanes] = {};
  QuantizedTileArgs args;
  args.residualKind = epilogues.between.residual < 0  ? Residual::None
                      : epilogues.residualIsQuantized ? Residual::Quantized
                                                      : Residual::Floats;
  args.makesQuantized = epilogues.makesQuantized && !isStaged;
  args.inverse = args.makesQuantized ? epilogues.inverse : 1.0f;
  args.zero = args.makesQuantized ? epilogues.zero : 0.0f;
  args.residualScale = epilogues.residualScale * args.inverse;
  if (args.residualKind == Residual::Quantized)
    args.zero += epilogues.residualShift * args.inverse;
  args.clamp = epilogues.between.clamp;
  args.low = epilogues.between.low;
  args.high = epilogues.between.high;
  args.quantizedLow = args.clamp ? epilogues.quantizedBound(args.low) : 0;
  args.quantizedHigh = args.clamp ? epilogues.quantizedBound(args.high) : 255;
  runTiles(
      part, quantizedTileTable(), args, isStaged,
      [&](QuantizedTileArgs &tileArgs, int64_t channel) {
        tileArgs.factors = factors + channel;
        tileArgs.bias = bias ? bias + channel : noBias;
        tileArgs.initial =
            reinterpret_cast<const int32_t *>(tileArgs.weights - tileArgs.step);
      },
      [&](char *out, const float *reals, int64_t count) {
        if (epilogues.makesQuantized)
          makeQuantized(epilogues, reals, reinterpret_cast<uint8_t *>(out),
                        count);
        else
          std::memcpy(out, reals, size_t(count) * sizeof(float));
      });
}

/// Seconds, from rates measured on AVX-512 with two products of vectors a
/// cycle.
double estimate(const Problem &problem, int threads) {
  constexpr double kPeak = 1056e9;    // per thread
  constexpr double kBandwidth = 23e9; // of memory, per thread
  // Results a second, not overlapped with sums.
  constexpr double kWriting = 12e9;
  constexpr double kOverhead = 2e-6;
  double slowdown = quantizedIsa() == Isa::Avx512 ? 1.0
                    : quantizedIsa() == Isa::Avx2 ? 10.0
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

std::vector<Tactic> cpu::quantizedConvolutionTactics(const LaunchDesc &launch,
                                                     int threads) {
  Problem problem;
  QuantizedEpilogues epilogues;
  if (!problem.read(launch) ||
      !readQuantizedEpilogues(launch, problem.conv.isMatMul(), epilogues))
    return {};
  Tactic tactic =
      tiledTactic("codes", launch, problem.conv, estimate(problem, threads));
  // The result can only overwrite a residual of the same element size.
  if (epilogues.residualIsQuantized == epilogues.makesQuantized)
    tactic.inPlaceEpilogue = epilogues.residualEpilogue;
  return {tactic};
}

Expected<PackedConstant> cpu::packQuantizedFilter(const LaunchDesc &launch,
                                                  const void *dense) {
  Problem problem;
  if (!problem.read(launch))
    return PackedConstant();
  return packTiled(kLayout, problem.conv, kHeadRows,
                   [&](const Tiling &tiling, void *packed) {
                     packAll(problem, tiling, dense, packed);
                   });
}

uint64_t cpu::packedQuantizedFilterBytes(const LaunchDesc &launch) {
  Problem problem;
  return problem.read(launch) && launch.inputs[1].layout == kLayout
             ? tiledBytes(problem.conv, kHeadRows)
             : 0;
}

Expected<std::unique_ptr<Kernel>>
cpu::createQuantizedConvolution(const LaunchDesc &launch, int threads) {
  return makeKernel<QuantizedConvolutionKernel>(launch, threads,
                                                "quantized convolution");
}
