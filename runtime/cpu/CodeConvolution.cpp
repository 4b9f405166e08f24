//===- CodeConvolution.cpp - convolutions of codes of 8 bits --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The zero point z of the input is taken out of the sum: with z on the padding
// as well, the sum over (x - z) w is that over x w less z times the weights'
// sum.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/CodeConvolution.h"

#include "runtime/cpu/CodeSteps.h"
#include "runtime/cpu/ConvWords.h"
#include "runtime/cpu/ConvWork.h"
#include "runtime/cpu/Families.h"
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/StagedTile.h"
#include "runtime/cpu/Threads.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

constexpr const char *kLayout = "words-of-4-in-even-blocks-of-16";
constexpr int64_t kWord = 4; ///< channels of a word

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

class CodeConvolutionKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threads);
  uint64_t scratchBytes() const override {
    return problem.conv.copyBytes() + packBytes;
  }
  void expectNext(const void *memory, uint64_t bytes) override {
    work.expectNext(memory, bytes);
  }
  Status run(const void *const *inputs, void *const *outputs,
             void *scratch) override;

private:
  bool areFar(const void *const *inputs) const;
  void storeStaged(const Block &block, void *out, const float *numbers) const;
  void place(const Tile &tile, int64_t image, int64_t group,
             const void *const *inputs, char *out, CodeTileArgs &args) const;
  void runPart(const void *const *inputs, char *out, const void *in,
               const void *weights, size_t part) const;

  Problem problem;
  CodeSteps steps;
  /// Tiles write floats, which become codes in a second step if need be.
  bool isStaged = false;
  bool isChecked = false;   ///< whether isStaged has to be
  bool factorsStay = false; ///< and biases: they are constants
  ConvWork work;
  const CodeTileTable *table = nullptr;
  std::vector<float> padding; ///< a pixel of the input's zero point
  uint64_t packBytes = 0;     ///< of weights that come unpacked
  int threads = 1;
};

bool CodeConvolutionKernel::init(const LaunchDesc &launch, int threadCount) {
  if (!problem.read(launch) ||
      !readCodeSteps(launch, problem.conv.isMatMul(), steps))
    return false;
  threads = threadCount;
  isStaged = !steps.steps.rest.empty();
  isChecked = isStaged || !steps.makesCodes;
  factorsStay =
      isChecked ||
      (launch.inputs[steps.factors].constant &&
       (steps.bias < 0 || launch.inputs[size_t(steps.bias)].constant));
  table = &codeTileTable();
  ConvWork::Options options;
  options.maxPixels = table->maxPixels;
  options.mayBeLinear = areEven(steps.steps, problem.conv.given);
  options.headRows = 1;
  options.everyTap = problem.zeroPoint != 0;
  work.init(problem.conv.words, options, threads);
  padding.resize(size_t(work.depth()));
  std::memset(padding.data(), problem.zeroPoint, padding.size() * kWord);
  const Slot &filter = launch.inputs[1];
  const uint64_t bytes = uint64_t(work.weightWords() * kWord);
  if (filter.layout.empty())
    packBytes = bytes;
  return filter.layout.empty() ||
         (filter.layout == kLayout && filter.bytes == bytes);
}

void CodeConvolutionKernel::place(const Tile &tile, int64_t image,
                                  int64_t group, const void *const *inputs,
                                  char *out, CodeTileArgs &args) const {
  const int64_t first = group * problem.conv.outPerGroup();
  const int64_t size = steps.makesCodes ? 1 : 4;
  work.forEachPixel(tile, image, problem.conv.given.out,
                    [&](int p, int64_t offset) {
                      args.out[p] = out + (offset + first) * size;
                    });
  if (args.residualKind == CodeTileArgs::Residual::None)
    return;
  const char *residual =
      static_cast<const char *>(inputs[steps.steps.residual]);
  const int64_t residualSize = steps.residualIsCodes ? 1 : 4;
  work.forEachPixel(
      tile, image, steps.steps.residualStrides, [&](int p, int64_t offset) {
        args.residual[p] = residual + (offset + first) * residualSize;
      });
}

/// Whether numbers may be too large for the integers that codes are made of.
bool CodeConvolutionKernel::areFar(const void *const *inputs) const {
  constexpr float kFar = 1e9f;
  const float *factors = static_cast<const float *>(inputs[steps.factors]);
  const float *bias =
      steps.bias < 0 ? nullptr : static_cast<const float *>(inputs[steps.bias]);
  const float most =
      32768.0f * float(problem.conv.taps()) * float(problem.conv.inPerGroup());
  const float rest = std::fabs(steps.zero) +
                     std::fabs(steps.residualShift * steps.inverse) +
                     std::fabs(steps.residualScale * steps.inverse) * 255.0f;
  for (int64_t c = 0; c < problem.conv.given.outChannels; ++c) {
    float number = std::fabs(factors[c]) * most;
    if (bias)
      number += std::fabs(bias[c]);
    if (!(number * steps.inverse + rest < kFar))
      return true;
  }
  return false;
}

/// Takes what a tile wrote as floats to the output.
void CodeConvolutionKernel::storeStaged(const Block &block, void *out,
                                        const float *numbers) const {
  if (steps.makesCodes)
    makeCodes(steps, numbers, static_cast<uint8_t *>(out) + block.channel,
              block.lanes);
  else
    std::copy(numbers, numbers + block.lanes,
              static_cast<float *>(out) + block.channel);
}

void CodeConvolutionKernel::runPart(const void *const *inputs, char *out,
                                    const void *in, const void *weights,
                                    size_t part) const {
  using Residual = CodeTileArgs::Residual;
  const float *factors = static_cast<const float *>(inputs[steps.factors]);
  const float *bias =
      steps.bias < 0 ? nullptr : static_cast<const float *>(inputs[steps.bias]);
  static constexpr float noBias[kMaxBlockVectors * kLanes] = {};
  CodeTileArgs args;
  args.zeros = padding.data();
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
  work.forEachTile(
      part, static_cast<const float *>(in), static_cast<const float *>(weights),
      args,
      [&](const Tile &tile, int64_t image, int64_t group,
          CodeTileArgs &tileArgs) {
        place(tile, image, group, inputs, out, tileArgs);
      },
      [&](CodeTileArgs &tileArgs, const Tile &tile, const Block &block,
          int64_t image, int64_t group) {
        const int64_t channel =
            group * problem.conv.outPerGroup() + block.channel;
        tileArgs.factors = factors + channel;
        tileArgs.bias = bias ? bias + channel : noBias;
        tileArgs.initial =
            reinterpret_cast<const int32_t *>(tileArgs.weights - tileArgs.step);
        const auto run = table->tiles[block.vectors - 1][tile.count - 1];
        if (!isStaged)
          return run(tileArgs);
        runStaged(work, steps.steps, inputs, tile, block, image, channel,
                  tileArgs, run, [&](void *to, const float *numbers) {
                    storeStaged(block, to, numbers);
                  });
      });
}

Status CodeConvolutionKernel::run(const void *const *inputs,
                                  void *const *outputs, void *scratch) {
  char *free = static_cast<char *>(scratch);
  if (!isChecked)
    isStaged = areFar(inputs);
  isChecked = factorsStay;
  const void *weights = inputs[1];
  const void *in = problem.conv.takeInput(inputs[0], free, threads);
  free += problem.conv.copyBytes();
  if (packBytes) {
    packAll(problem, work.tiles(), weights, free);
    weights = free;
  }
  parallel(work.parts(), [&](int index, int count) {
    // Fewer threads than asked for each take several parts.
    for (int part = index; part < work.parts(); part += count)
      runPart(inputs, static_cast<char *>(outputs[0]), in, weights,
              size_t(part));
  });
  return Status();
}

/// Seconds, from rates measured on AVX-512 with two products of vectors a
/// cycle.
double estimate(const Problem &problem, int threads) {
  constexpr double kPeak = 1056e9;    // per thread
  constexpr double kBandwidth = 23e9; // of memory, per thread
  constexpr double kWriting = 12e9; // results a second, which sums do not hide
  constexpr double kOverhead = 2e-6;
  double slowdown = codeIsa() == Isa::Avx512 ? 1.0
                    : codeIsa() == Isa::Avx2 ? 16.0
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
  Tactic tactic;
  tactic.name = "codes";
  tactic.seconds = estimate(problem, threads);
  tactic.stridedInputs =
      !problem.conv.isMatMul() || hasOneRowDimension(launch.inputs[0]);
  tactic.stridedOutputs =
      !problem.conv.isMatMul() || hasOneRowDimension(launch.outputs[0]);
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
  Tiling tiling;
  makeBlocks(problem.conv.outPerGroup(), 1 + problem.conv.weightRows(), tiling);
  PackedConstant packed;
  packed.layout = kLayout;
  packed.bytes.resize(
      size_t(tiling.weightFloats * problem.conv.given.groups * kWord));
  packAll(problem, tiling, dense, packed.bytes.data());
  return packed;
}

Expected<std::unique_ptr<Kernel>>
cpu::createCodeConvolution(const LaunchDesc &launch, int threads) {
  return makeKernel<CodeConvolutionKernel>(launch, threads,
                                           "convolution of codes");
}
