//===- QuantizedPool.cpp - pooling of quantized values --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Maxima are quantized values themselves. Means are sums of quantized values
// times a scale; epilogues may follow, and the last may quantize the result.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Families.h"
#include "runtime/cpu/Functions.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/QuantizedEpilogues.h"
#include "runtime/cpu/QuantizedRows.h"
#include "runtime/cpu/Threads.h"
#include "runtime/cpu/windows/QuantizedBlocks.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

/// Quantized values whose sum surely fits 32 bits.
constexpr int64_t kMostTaps = 1 << 22;
constexpr int64_t kWidestBlock = 64;

class QuantizedPoolKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threadCount);
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;
  double seconds(int threadCount) const;

private:
  bool initMean(const LaunchDesc &launch);
  void runUnit(const void *const *inputs, void *output, int64_t unit) const;
  void runMean(const QuantizedBlocks::Block &block, QuantizedPoolArgs &args,
               const void *const *inputs, void *output, int64_t image,
               int64_t row, int64_t column) const;

  Pool2D pool;
  QuantizedBlocks blocks;
  bool isSigned = false;
  int zeroPoint = 0;
  QuantizedEpilogues epilogues; ///< of means
  bool isStaged = false;
  UnaryRowFn clip = nullptr;
  int threads = 1;
};

bool QuantizedPoolKernel::initMean(const LaunchDesc &launch) {
  zeroPoint = int(launch.op.attributes.getInt("zero_point"));
  if (isSigned ||
      !readQuantizedEpilogues(launch, /*asRows=*/false, epilogues) ||
      pool.window.size[0] * pool.window.size[1] > kMostTaps)
    return false;
  isStaged = !epilogues.makesQuantized || epilogues.between.residual >= 0 ||
             !epilogues.between.rest.empty();
  clip = findUnary("clip");
  return true;
}

bool QuantizedPoolKernel::init(const LaunchDesc &launch, int threadCount) {
  if (!readPool2D(launch, pool) || !isQuantized(launch.inputs[0].type.dtype))
    return false;
  isSigned = launch.inputs[0].type.dtype == ops::DType::I8;
  if (pool.maximum
          ? !launch.op.epilogues.empty() ||
                launch.outputs[0].type.dtype != launch.inputs[0].type.dtype
          : !initMean(launch))
    return false;
  blocks = QuantizedBlocks(quantizedWindows(), pool.channels);
  double work = double(pool.images * pool.outHeight * pool.outWidth) *
                double(pool.channels) *
                double(pool.window.size[0] * pool.window.size[1]);
  threads = threadsFor(int64_t(std::min(work, 1e12) / 16), threadCount);
  return true;
}

void QuantizedPoolKernel::runMean(const QuantizedBlocks::Block &block,
                                  QuantizedPoolArgs &args,
                                  const void *const *inputs, void *output,
                                  int64_t image, int64_t row,
                                  int64_t column) const {
  const QuantizedBlockKernels &kernels = *block.kernels;
  int64_t area = pool.includePad ? pool.window.size[0] * pool.window.size[1]
                                 : args.numRows * args.numColumns;
  float scale = epilogues.factors
                    ? static_cast<const float *>(inputs[epilogues.factors])[0]
                    : 1.0f;
  int64_t channel = block.channel + block.skip;
  int64_t at = image * pool.out.image + row * pool.out.row +
               column * pool.out.pixel + channel;
  args.factor = scale / float(area);
  args.addend = 0.0f;
  // As in depthwise convolutions, large values saturate as floats.
  bool isFar = !(std::fabs(scale) * epilogues.inverse * 256.0f < 1e9f);
  if (!isStaged && !isFar) {
    args.factor *= epilogues.inverse;
    args.addend = epilogues.zero;
    args.out = static_cast<uint8_t *>(output) + at - block.skip;
    args.skip = block.skip;
    return kernels.meanQuantized(args);
  }
  alignas(64) float reals[kWidestBlock];
  args.out = reals;
  args.skip = 0;
  kernels.meanFloats(args);
  int64_t count = std::min(kernels.channels, pool.channels) - block.skip;
  float *first = reals + block.skip;
  if (epilogues.between.residual >= 0)
    addResidual(epilogues, inputs, first, image, row, column, channel, count);
  if (epilogues.between.clamp)
    clip(first, first, count, epilogues.between.low, epilogues.between.high);
  applyEpilogues(epilogues.between, inputs, first, image, row, column, channel,
                 count);
  if (epilogues.makesQuantized)
    makeQuantized(epilogues, first, static_cast<uint8_t *>(output) + at, count);
  else
    std::memcpy(static_cast<float *>(output) + at, first,
                size_t(count) * sizeof(float));
}

void QuantizedPoolKernel::runUnit(const void *const *inputs, void *output,
                                  int64_t unit) const {
  QuantizedBlocks::Block block = blocks.at(unit % blocks.count());
  int64_t line = unit / blocks.count();
  int64_t image = line / pool.outHeight, row = line % pool.outHeight;
  const Window &window = pool.window;
  QuantizedPoolArgs args;
  args.rowStep = pool.in.row;
  args.columnStep = pool.in.pixel;
  args.channels = pool.channels;
  args.zeroPoint = zeroPoint;
  args.low = epilogues.between.clamp
                 ? epilogues.quantizedBound(epilogues.between.low)
                 : 0;
  args.high = epilogues.between.clamp
                  ? epilogues.quantizedBound(epilogues.between.high)
                  : 255;
  args.clamp = args.low > 0 || args.high < 255;
  int64_t top = row * window.strides[0] - window.pads[0];
  int64_t firstRow = std::max<int64_t>(top, 0);
  args.numRows = std::min(top + window.size[0], pool.height) - firstRow;
  for (int64_t column = 0; column < pool.outWidth; ++column) {
    int64_t left = column * window.strides[1] - window.pads[2];
    int64_t firstColumn = std::max<int64_t>(left, 0);
    args.numColumns = std::min(left + window.size[1], pool.width) - firstColumn;
    args.in = static_cast<const uint8_t *>(inputs[0]) + image * pool.in.image +
              firstRow * pool.in.row + firstColumn * pool.in.pixel +
              block.channel;
    if (!pool.maximum) {
      runMean(block, args, inputs, output, image, row, column);
      continue;
    }
    args.skip = block.skip;
    args.out = static_cast<uint8_t *>(output) + image * pool.out.image +
               row * pool.out.row + column * pool.out.pixel + block.channel;
    (isSigned ? block.kernels->maximumI8 : block.kernels->maximumU8)(args);
  }
}

Status QuantizedPoolKernel::enqueue(const void *const *inputs,
                                    void *const *outputs, ExecutionContext &) {
  parallelFor(threads, pool.images * pool.outHeight * blocks.count(), 1,
              [&](int64_t begin, int64_t end) {
                for (int64_t unit = begin; unit < end; ++unit)
                  runUnit(inputs, outputs[0], unit);
              });
  return Status();
}

double QuantizedPoolKernel::seconds(int threadCount) const {
  double taps = double(pool.window.size[0] * pool.window.size[1]);
  double cycles = pool.maximum ? 6.0 + taps : 16.0 + 2.0 * taps;
  if (isStaged)
    cycles += 20.0 + 16.0 * double(epilogues.between.rest.size());
  double pixels = double(pool.images * pool.outHeight * pool.outWidth);
  return 1.5e-6 + pixels * cycles * quantizedBlockSeconds(pool.channels) /
                      std::max(threadCount, 1);
}

} // namespace

Tactics cpu::quantizedPoolTactics(const LaunchDesc &launch, int threads) {
  QuantizedPoolKernel kernel;
  if (!kernel.init(launch, threads))
    return {};
  Tactic tactic;
  tactic.name = "code-window";
  tactic.stridedInputs = tactic.stridedOutputs = true;
  tactic.seconds = kernel.seconds(threads);
  return {tactic};
}

KernelOr cpu::createQuantizedPool(const LaunchDesc &launch, int threads) {
  return makeKernel<QuantizedPoolKernel>(launch, threads, "pooling");
}
