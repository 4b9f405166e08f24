//===- CodeConvolution.cpp - convolutions of codes of 8 bits --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Four channels of a pixel are a word of 32 bits, and to the loops such a
// convolution is one of floats with a quarter of the channels. Where channels
// are no multiple of four, the input is copied with more of them.
//
// The zero point z of the input is taken out of the sum: with z on the padding
// as well, the sum over (x - z) w is that over x w less z times the weights'
// sum.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/CodeConvolution.h"

#include "runtime/cpu/CodeSteps.h"
#include "runtime/cpu/ConvWork.h"
#include "runtime/cpu/Families.h"
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/Threads.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

constexpr const char *kLayout = "words-of-4-in-blocks-of-16";
constexpr int64_t kWord = 4; ///< channels of a word

const CodeTileTable &codeTileTable() {
  return kernelsFor(codeIsa(), codeTilesPortable, codeTilesAvx2, codeTilesVnni);
}

int64_t wordsOf(int64_t channels) { return (channels + kWord - 1) / kWord; }

/// The convolution of a launch, in bytes and in words.
struct Problem {
  Conv2D bytes;
  Conv2D words; ///< its input may be a copy
  bool isMatMul = false;
  bool copies = false; ///< the input has to be copied
  uint8_t zeroPoint = 0;

  bool read(const LaunchDesc &launch);
  int64_t taps() const { return bytes.window.size[0] * bytes.window.size[1]; }
  int64_t inPerGroup() const { return bytes.channels / bytes.groups; }
  int64_t outPerGroup() const { return bytes.outChannels / bytes.groups; }
};

bool Problem::read(const LaunchDesc &launch) {
  isMatMul = launch.op.kind == "matmul";
  if (launch.inputs.size() < 2 || !launch.inputs[1].constant ||
      launch.inputs[0].type.dtype != ops::DType::U8 ||
      launch.inputs[1].type.dtype != ops::DType::I8 ||
      !(isMatMul ? readMatMulAsConv(launch, bytes)
                 : readConv2D(launch, bytes)) ||
      (isMatMul && launch.op.attributes.getInt("transpose_b") != 0) ||
      !canTile(bytes))
    return false;
  zeroPoint = uint8_t(launch.op.attributes.getInt("zero_point"));
  words = bytes;
  const int64_t depth = wordsOf(inPerGroup());
  words.channels = bytes.groups * depth;
  ImageStrides &in = words.in;
  copies = inPerGroup() % kWord || in.pixel % kWord || in.row % kWord ||
           in.image % kWord;
  if (copies)
    in = {words.channels * bytes.width * bytes.height,
          words.channels * bytes.width, words.channels};
  else
    in = {in.image / kWord, in.row / kWord, in.pixel / kWord};
  return canTile(words);
}

/// Packs the block's weights, whose element (row, output) lies at
/// dense[row * outChannels + output].
void packBlock(const Problem &problem, const Block &block, int64_t group,
               const int8_t *dense, int8_t *packed) {
  const int64_t in = problem.inPerGroup(), out = problem.bytes.outChannels;
  const int64_t lanes = block.vectors * kLanes;
  const int8_t *from = dense + group * problem.outPerGroup() + block.channel;
  std::vector<int32_t> initial(size_t(lanes), 0);
  int8_t *to = packed + lanes * kWord;
  for (int64_t tap = 0; tap < problem.taps(); ++tap)
    for (int64_t word = 0; word < wordsOf(in); ++word, to += lanes * kWord)
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
  for (int64_t g = 0; g < problem.bytes.groups; ++g)
    for (const Block &block : tiling.blocks)
      packBlock(problem, block, g, static_cast<const int8_t *>(dense),
                static_cast<int8_t *>(packed) +
                    (g * tiling.weightFloats + block.weights) * kWord);
}

class CodeConvolutionKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threads);
  uint64_t scratchBytes() const override { return copyBytes + packBytes; }
  void expectNext(const void *memory, uint64_t bytes) override {
    work.expectNext(memory, bytes);
  }
  Status run(const void *const *inputs, void *const *outputs,
             void *scratch) override;

private:
  bool areFar(const void *const *inputs) const;
  void copyInput(const uint8_t *from, uint8_t *to) const;
  void place(const Tile &tile, int64_t image, int64_t group,
             const void *const *inputs, char *out, CodeTileArgs &args) const;
  void runPart(const void *const *inputs, char *out, const void *in,
               const void *weights, size_t part) const;
  void finishStaged(const Tile &tile, const Block &block, int64_t image,
                    int64_t channel, const void *const *inputs,
                    CodeTileArgs &args) const;

  Problem problem;
  CodeSteps steps;
  /// Tiles write floats, which become codes in a second step if need be.
  bool isStaged = false;
  bool isChecked = false;   ///< whether isStaged has to be
  bool factorsStay = false; ///< and biases: they are constants
  ConvWork work;
  const CodeTileTable *table = nullptr;
  std::vector<float> padding; ///< a pixel of the input's zero point
  uint64_t copyBytes = 0, packBytes = 0;
  int threads = 1;
};

bool CodeConvolutionKernel::init(const LaunchDesc &launch, int threadCount) {
  if (!problem.read(launch) || !readCodeSteps(launch, problem.isMatMul, steps))
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
  options.mayBeLinear = areEven(steps.steps, problem.bytes);
  options.headRows = 1;
  options.everyTap = problem.zeroPoint != 0;
  work.init(problem.words, options, threads);
  padding.resize(size_t(work.depth()));
  std::memset(padding.data(), problem.zeroPoint, padding.size() * kWord);
  const Slot &filter = launch.inputs[1];
  const uint64_t bytes = uint64_t(work.weightWords() * kWord);
  if (problem.copies)
    copyBytes =
        uint64_t(problem.bytes.images * problem.words.in.image * kWord + 63) /
        64 * 64;
  if (filter.layout.empty())
    packBytes = bytes;
  return filter.layout.empty() ||
         (filter.layout == kLayout && filter.bytes == bytes);
}

/// Copies `count` runs of `size` bytes, which lie one after the other, to whole
/// words each, with zeros behind.
void fillWords(const uint8_t *from, int64_t size, int64_t count, uint8_t *to) {
  const int64_t whole = (wordsOf(size) - 1) * kWord, left = size - whole;
  const uint32_t exist = ~uint32_t(0) >> 8 * (kWord - left);
  auto copyLast = [&](int64_t bytes) {
    uint32_t word = 0;
    std::memcpy(&word, from, size_t(bytes));
    word &= exist;
    std::memcpy(to, &word, kWord);
    from += left;
    to += kWord;
  };
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t c = 0; c < whole; c += kWord, from += kWord, to += kWord)
      std::memcpy(to, from, kWord);
    // A whole word can be read where another run follows.
    if (i + 1 < count)
      copyLast(kWord);
    else
      copyLast(left);
  }
}

/// Pixels with as many channels as words have room for. What is added is
/// multiplied by weights of 0.
void CodeConvolutionKernel::copyInput(const uint8_t *from, uint8_t *to) const {
  const Conv2D &conv = problem.bytes;
  const int64_t rows = conv.images * conv.height;
  const int64_t in = problem.inPerGroup(),
                pixelBytes = conv.groups * wordsOf(in) * kWord;
  // Dense pixels, if there are several, are as good as one of more groups.
  const bool isDense = conv.in.pixel == conv.channels;
  const int64_t pixels = isDense ? 1 : conv.width;
  const int64_t runs = isDense ? conv.width * conv.groups : conv.groups;
  parallelFor(threadsFor(rows * conv.width * conv.channels, threads), rows, 1,
              [&](int64_t begin, int64_t end) {
                for (int64_t row = begin; row < end; ++row) {
                  const uint8_t *pixel = from +
                                         row / conv.height * conv.in.image +
                                         row % conv.height * conv.in.row;
                  uint8_t *copy = to + row * conv.width * pixelBytes;
                  for (int64_t p = 0; p < pixels;
                       ++p, pixel += conv.in.pixel, copy += pixelBytes)
                    fillWords(pixel, in, runs, copy);
                }
              });
}

void CodeConvolutionKernel::place(const Tile &tile, int64_t image,
                                  int64_t group, const void *const *inputs,
                                  char *out, CodeTileArgs &args) const {
  const int64_t first = group * problem.outPerGroup();
  const int64_t size = steps.makesCodes ? 1 : 4;
  work.forEachPixel(tile, image, problem.bytes.out, [&](int p, int64_t offset) {
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
      32768.0f * float(problem.taps()) * float(problem.inPerGroup());
  const float rest = std::fabs(steps.zero) +
                     std::fabs(steps.residualShift * steps.inverse) +
                     std::fabs(steps.residualScale * steps.inverse) * 255.0f;
  for (int64_t c = 0; c < problem.bytes.outChannels; ++c) {
    float number = std::fabs(factors[c]) * most;
    if (bias)
      number += std::fabs(bias[c]);
    if (!(number * steps.inverse + rest < kFar))
      return true;
  }
  return false;
}

/// Steps that the tile does not know: on its floats, before they become codes.
void CodeConvolutionKernel::finishStaged(const Tile &tile, const Block &block,
                                         int64_t image, int64_t channel,
                                         const void *const *inputs,
                                         CodeTileArgs &args) const {
  alignas(64) float staged[kMaxTilePixels][kMaxBlockVectors * kLanes];
  void *out[kMaxTilePixels];
  std::copy(args.out, args.out + tile.count, out);
  for (int p = 0; p < tile.count && steps.makesCodes; ++p)
    args.out[p] = staged[p] - block.channel;
  table->tiles[block.vectors - 1][tile.count - 1](args);
  for (int p = 0; p < tile.count; ++p) {
    Pixel64 pixel = work.pixelOf(tile, p);
    float *numbers = static_cast<float *>(args.out[p]) + block.channel;
    applySteps(steps.steps, inputs, numbers, image, pixel.row, pixel.column,
               channel, block.lanes);
    if (steps.makesCodes)
      makeCodes(steps, numbers, static_cast<uint8_t *>(out[p]) + block.channel,
                block.lanes);
    args.out[p] = out[p];
  }
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
        const int64_t channel = group * problem.outPerGroup() + block.channel;
        tileArgs.factors = factors + channel;
        tileArgs.bias = bias ? bias + channel : noBias;
        tileArgs.initial =
            reinterpret_cast<const int32_t *>(tileArgs.weights - tileArgs.step);
        if (isStaged)
          return finishStaged(tile, block, image, channel, inputs, tileArgs);
        table->tiles[block.vectors - 1][tile.count - 1](tileArgs);
      });
}

Status CodeConvolutionKernel::run(const void *const *inputs,
                                  void *const *outputs, void *scratch) {
  const void *in = inputs[0], *weights = inputs[1];
  char *free = static_cast<char *>(scratch);
  if (!isChecked)
    isStaged = areFar(inputs);
  isChecked = factorsStay;
  if (problem.copies) {
    copyInput(static_cast<const uint8_t *>(in),
              reinterpret_cast<uint8_t *>(free));
    in = free;
    free += copyBytes;
  }
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
  const Conv2D &conv = problem.bytes;
  double padded =
      double(wordsOf(problem.inPerGroup()) * kWord) /
      double(problem.inPerGroup()) *
      double((problem.outPerGroup() + kLanes - 1) / kLanes * kLanes) /
      double(problem.outPerGroup());
  double results = double(conv.images * conv.outHeight) *
                   double(conv.outWidth * conv.outChannels);
  double weightBytes =
      double(problem.taps() * problem.inPerGroup()) * double(conv.outChannels);
  double copied = problem.copies ? double(conv.images * conv.height) *
                                       double(conv.width * conv.channels)
                                 : 0.0;
  return kOverhead + (std::max(conv.flops() * padded * slowdown / (kPeak * 0.9),
                               weightBytes / kBandwidth) +
                      results / kWriting + copied / 4e9) /
                         std::max(threads, 1);
}

} // namespace

std::vector<Tactic> cpu::codeConvolutionTactics(const LaunchDesc &launch,
                                                int threads) {
  Problem problem;
  CodeSteps steps;
  if (!problem.read(launch) || !readCodeSteps(launch, problem.isMatMul, steps))
    return {};
  Tactic tactic;
  tactic.name = "codes";
  tactic.seconds = estimate(problem, threads);
  tactic.stridedInputs =
      !problem.isMatMul || hasOneRowDimension(launch.inputs[0]);
  tactic.stridedOutputs =
      !problem.isMatMul || hasOneRowDimension(launch.outputs[0]);
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
  makeBlocks(problem.outPerGroup(),
             1 + problem.taps() * wordsOf(problem.inPerGroup()), tiling);
  PackedConstant packed;
  packed.layout = kLayout;
  packed.bytes.resize(
      size_t(tiling.weightFloats * problem.bytes.groups * kWord));
  packAll(problem, tiling, dense, packed.bytes.data());
  return packed;
}

Expected<std::unique_ptr<Kernel>>
cpu::createCodeConvolution(const LaunchDesc &launch, int threads) {
  return makeKernel<CodeConvolutionKernel>(launch, threads,
                                           "convolution of codes");
}
