//===- SlidingWindow.cpp - depthwise convolutions and pooling -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The unit of work is an output row times a slice of channels. Pixels whose
// windows lie inside of the row are computed eight at a time, the pixels at its
// ends one by one.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Epilogues.h"
#include "runtime/cpu/Families.h"
#include "runtime/cpu/FloatRows.h"
#include "runtime/cpu/Functions.h"
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/Threads.h"
#include "runtime/cpu/kernels/Windows.h"

#include <algorithm>
#include <type_traits>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

const WindowTable &windowTable() {
  return kernelsFor(currentIsa(), windowsPortable, windowsAvx2, windowsAvx512);
}

/// The taps [first, end) of a window of `size` at `start` that lie on [0, in).
struct Taps {
  int64_t first, end;
};
Taps tapsOn(int64_t start, int64_t size, int64_t dilation, int64_t in) {
  int64_t first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
  int64_t end = start >= in ? 0 : (in - start + dilation - 1) / dilation;
  return {std::min(first, size), std::clamp<int64_t>(end, 0, size)};
}

class WindowKernel : public Kernel {
public:
  bool initDepthwise(const LaunchDesc &launch, int threadCount);
  bool initPool(const LaunchDesc &launch, int threadCount);
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;
  /// The epilogue whose operand the output may overwrite, or -1.
  int inPlaceEpilogue() const { return epilogues.residualEpilogue; }
  double taps() const {
    return double(images * outHeight * outWidth * channels) *
           double(window.size[0] * window.size[1]);
  }

private:
  bool finish(int threadCount);
  bool readTypes(const LaunchDesc &launch);
  template <typename In, typename Out>
  void runRow(const WindowKernels<In, Out> &kernels, const void *const *inputs,
              void *output, int64_t image, int64_t row, int64_t channel,
              int64_t count) const;
  template <typename In, typename Out>
  void runRange(const WindowKernels<In, Out> &kernels,
                const void *const *inputs, void *output, int64_t begin,
                int64_t end) const;

  const WindowTable *table = nullptr;
  Window window;
  ImageStrides in, out;
  int64_t images = 0, height = 0, width = 0, channels = 0;
  int64_t outHeight = 0, outWidth = 0;
  bool isPool = false, maximum = false, includePad = false, hasBias = false;
  Epilogues epilogues;
  int64_t sliceChannels = 0, slices = 1;
  /// The columns of overlapping windows that have special kernels, or 0.
  int64_t sliding = 0;
  bool isNarrow = false;                ///< the input: bf16
  bool narrowOut = false;               ///< the output
  int64_t innerBegin = 0, innerEnd = 0; ///< pixels with the whole width
  int threads = 1;

  /// Channels of a pixel whose result is converted after its epilogues.
  static constexpr int64_t kStagedChannels = 256;
};

/// f32 throughout, or bf16 with an f32 bias and epilogues that read f32. A
/// residual and weights are of the input's type.
bool WindowKernel::readTypes(const LaunchDesc &launch) {
  if (allOf(launch, ops::DType::F32))
    return true;
  isNarrow = launch.inputs[0].type.dtype == ops::DType::BF16;
  narrowOut = launch.outputs[0].type.dtype == ops::DType::BF16;
  if (!isNarrow ||
      (!narrowOut && launch.outputs[0].type.dtype != ops::DType::F32))
    return false;
  for (size_t i = 1; i < launch.inputs.size(); ++i) {
    bool narrow = (i == 1 && !isPool) || int(i) == epilogues.residual;
    if (launch.inputs[i].type.dtype !=
        (narrow ? ops::DType::BF16 : ops::DType::F32))
      return false;
  }
  return true;
}

bool WindowKernel::initDepthwise(const LaunchDesc &launch, int threadCount) {
  Conv2D conv;
  if (!readConv2D(launch, conv) || conv.groups != conv.channels ||
      conv.groups == 1 || conv.outChannels != conv.channels ||
      !readEpilogues(launch, /*asRows=*/false, epilogues) ||
      !isDense(launch.inputs[1]) || !readTypes(launch))
    return false;
  window = conv.window;
  in = conv.in;
  out = conv.out;
  images = conv.images;
  height = conv.height;
  width = conv.width;
  channels = conv.channels;
  outHeight = conv.outHeight;
  outWidth = conv.outWidth;
  hasBias = conv.hasBias;
  return finish(threadCount);
}

bool WindowKernel::initPool(const LaunchDesc &launch, int threadCount) {
  Pool2D pool;
  isPool = true;
  if (!readPool2D(launch, pool) ||
      !readEpilogues(launch, /*asRows=*/false, epilogues) || !readTypes(launch))
    return false;
  window = pool.window;
  window.dilations = {1, 1};
  in = pool.in;
  out = pool.out;
  images = pool.images;
  height = pool.height;
  width = pool.width;
  channels = pool.channels;
  outHeight = pool.outHeight;
  outWidth = pool.outWidth;
  maximum = pool.maximum;
  includePad = pool.includePad;
  return finish(threadCount);
}

bool WindowKernel::finish(int threadCount) {
  if (window.size[0] > kMaxWindowRows)
    return false;
  table = &windowTable();
  if (!isPool && window.strides[1] == 1 && window.dilations[1] == 1 &&
      (window.size[1] == 3 || window.size[1] == 5))
    sliding = window.size[1];
  // Enough units for the threads to share them evenly.
  int64_t rows = images * outHeight;
  threads = threadsFor(int64_t(std::min(taps(), 1e12) / 4), threadCount);
  slices = 1;
  while (rows * slices < 8 * threads && channels / (slices + 1) >= 32)
    ++slices;
  sliceChannels = ((channels + slices - 1) / slices + 15) / 16 * 16;
  if (narrowOut && !epilogues.rest.empty())
    sliceChannels = std::min(sliceChannels, kStagedChannels);
  slices = (channels + sliceChannels - 1) / sliceChannels;
  auto whole = [&](int64_t column) {
    Taps taps = tapsOn(column * window.strides[1] - window.pads[2],
                       window.size[1], window.dilations[1], width);
    return taps.first == 0 && taps.end == window.size[1];
  };
  while (innerBegin < outWidth && !whole(innerBegin))
    ++innerBegin;
  innerEnd = innerBegin;
  while (innerEnd < outWidth && whole(innerEnd))
    ++innerEnd;
  return true;
}

template <typename In, typename Out>
void WindowKernel::runRow(const WindowKernels<In, Out> &kernels,
                          const void *const *inputs, void *output,
                          int64_t image, int64_t row, int64_t channel,
                          int64_t count) const {
  WindowArgs<In, Out> args;
  // Epilogues need f32, which is then rounded once.
  bool isStaged = std::is_same_v<Out, float> && narrowOut;
  alignas(64) float
      staged[std::is_same_v<In, Out> ? 1 : kMaxWindowPixels * kStagedChannels];
  args.channels = count;
  args.columnStep = window.dilations[1] * in.pixel;
  args.pixelStep = window.strides[1] * in.pixel;
  args.outStep = isStaged ? kStagedChannels : out.pixel;
  args.weightStep = channels;
  args.bias =
      hasBias ? static_cast<const float *>(inputs[2]) + channel : nullptr;
  args.clamp = epilogues.clamp;
  args.low = epilogues.low;
  args.high = epilogues.high;
  args.residualStep = epilogues.residualStrides.pixel;
  const In *x = static_cast<const In *>(inputs[0]) + image * in.image +
                channel - window.pads[2] * in.pixel;
  const In *weights =
      isPool ? nullptr : static_cast<const In *>(inputs[1]) + channel;
  const In *residual = nullptr;
  if (epilogues.residual >= 0)
    residual = static_cast<const In *>(inputs[epilogues.residual]) +
               image * epilogues.residualStrides.image +
               row * epilogues.residualStrides.row + channel;
  int64_t start = image * out.image + row * out.row + channel;
  int64_t top = row * window.strides[0] - window.pads[0];
  Taps rowTaps = tapsOn(top, window.size[0], window.dilations[0], height);
  args.numRows = 0;
  const In *starts[kMaxWindowRows];
  for (int64_t k = rowTaps.first; k < rowTaps.end; ++k) {
    starts[args.numRows] = x + (top + k * window.dilations[0]) * in.row;
    args.weights[args.numRows] =
        isPool ? nullptr : weights + k * window.size[1] * channels;
    ++args.numRows;
  }
  int64_t chunks = (outWidth + kMaxWindowPixels - 1) / kMaxWindowPixels;
  for (int64_t column = 0; column < outWidth;) {
    int64_t pixels = 1;
    if (sliding)
      // Splits evenly: 14 pixels are twice 7, not 8 and 6.
      pixels = (outWidth - column + chunks - 1) / chunks;
    else if (!isPool && column >= innerBegin && column < innerEnd)
      pixels = std::min<int64_t>(innerEnd - column, kMaxWindowPixels);
    Taps columnTaps = tapsOn(column * window.strides[1] - window.pads[2],
                             window.size[1], window.dilations[1], width);
    args.firstColumn = columnTaps.first;
    args.endColumn = std::max(columnTaps.first, columnTaps.end);
    if (sliding) {
      int64_t left = column - window.pads[2];
      args.firstColumn = std::max<int64_t>(-left, 0);
      args.endColumn = std::min(pixels + window.size[1] - 1, width - left);
      --chunks;
    }
    for (int64_t r = 0; r < args.numRows; ++r)
      args.rows[r] = starts[r] + column * args.pixelStep;
    args.out = static_cast<Out *>(output) + start + column * out.pixel;
    if constexpr (!std::is_same_v<In, Out>)
      if (isStaged)
        args.out = staged;
    args.residual = residual
                        ? residual + column * epilogues.residualStrides.pixel
                        : nullptr;
    if (sliding) {
      (sliding == 3 ? kernels.sliding3 : kernels.sliding5)[pixels - 1](args);
    } else if (!isPool) {
      kernels.depthwise[pixels - 1](args);
    } else {
      int64_t area = includePad
                         ? window.size[0] * window.size[1]
                         : args.numRows * (args.endColumn - args.firstColumn);
      args.factor = 1.0f / float(area);
      (maximum ? kernels.maximum : kernels.mean)(args);
    }
    if constexpr (std::is_same_v<Out, float>)
      for (int64_t p = 0; p < pixels && !epilogues.rest.empty(); ++p)
        applyEpilogues(epilogues, inputs, args.out + p * args.outStep, image,
                       row, column + p, channel, count);
    if (isStaged)
      for (int64_t p = 0; p < pixels; ++p)
        floatConversions().narrowBf16(static_cast<uint16_t *>(output) + start +
                                          (column + p) * out.pixel,
                                      staged + p * kStagedChannels, count);
    column += pixels;
  }
}

template <typename In, typename Out>
void WindowKernel::runRange(const WindowKernels<In, Out> &kernels,
                            const void *const *inputs, void *output,
                            int64_t begin, int64_t end) const {
  for (int64_t unit = begin; unit < end; ++unit) {
    int64_t row = unit / slices;
    int64_t channel = unit % slices * sliceChannels;
    runRow(kernels, inputs, output, row / outHeight, row % outHeight, channel,
           std::min(sliceChannels, channels - channel));
  }
}

Status WindowKernel::enqueue(const void *const *inputs, void *const *outputs,
                             ExecutionContext &) {
  parallelFor(threads, images * outHeight * slices, 1,
              [&](int64_t begin, int64_t end) {
                if (!isNarrow)
                  runRange(table->f32, inputs, outputs[0], begin, end);
                else if (narrowOut && epilogues.rest.empty())
                  runRange(table->bf16, inputs, outputs[0], begin, end);
                else
                  runRange(table->bf16ToF32, inputs, outputs[0], begin, end);
              });
  return Status();
}

Tactics tacticsOf(const WindowKernel &kernel, int threads) {
  // Two vector loads a cycle, and one in nine for weights.
  constexpr double kTapsPerSecond = 60e9; // per thread, on AVX-512
  double slowdown = currentIsa() == Isa::Avx512 ? 1.0
                    : currentIsa() == Isa::Avx2 ? 2.0
                                                : 8.0;
  Tactic tactic;
  tactic.name = "window";
  tactic.stridedInputs = tactic.stridedOutputs = true;
  tactic.inPlaceEpilogue = kernel.inPlaceEpilogue();
  tactic.seconds =
      1.5e-6 + kernel.taps() * slowdown / kTapsPerSecond / std::max(threads, 1);
  return {tactic};
}

} // namespace

Tactics cpu::depthwiseTactics(const LaunchDesc &launch, int threads) {
  WindowKernel kernel;
  if (!kernel.initDepthwise(launch, threads))
    return {};
  return tacticsOf(kernel, threads);
}

KernelOr cpu::createDepthwise(const LaunchDesc &launch, int threads) {
  auto kernel = std::make_unique<WindowKernel>();
  if (!kernel->initDepthwise(launch, threads))
    return Status::failed("cpu: no kernel for this depthwise convolution");
  return std::unique_ptr<Kernel>(std::move(kernel));
}

Tactics cpu::poolTactics(const LaunchDesc &launch, int threads) {
  WindowKernel kernel;
  if (!kernel.initPool(launch, threads))
    return {};
  return tacticsOf(kernel, threads);
}

KernelOr cpu::createPool(const LaunchDesc &launch, int threads) {
  auto kernel = std::make_unique<WindowKernel>();
  if (!kernel->initPool(launch, threads))
    return Status::failed("cpu: no kernel for this pooling");
  return std::unique_ptr<Kernel>(std::move(kernel));
}
