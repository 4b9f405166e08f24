//===- QuantizedWindows.cpp - quantized depthwise convolutions ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A unit of work is a few output rows of a block of channels. It starts by
// permuting the block's filter into the kernels' order, which costs as much as
// a dozen pixels. If only a clamp comes between the sums and the quantized
// results, they stay in registers; otherwise a row of floats goes through the
// first-level cache.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/QuantizedWindows.h"
#include "runtime/cpu/Families.h"
#include "runtime/cpu/Functions.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/QuantizedEpilogues.h"
#include "runtime/cpu/Threads.h"
#include "runtime/cpu/windows/QuantizedBlocks.h"

#include <algorithm>
#include <cstring>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

constexpr int64_t kLine = 64; ///< alignment, and the widest block

int64_t aligned(int64_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }

class QuantizedDepthwiseKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threadCount);
  uint64_t scratchBytes() const override {
    return uint64_t(threads) * uint64_t(threadBytes);
  }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;
  double seconds(int threadCount) const;
  int inPlaceEpilogue() const {
    return epilogues.residualIsQuantized == epilogues.makesQuantized
               ? epilogues.residualEpilogue
               : -1;
  }

private:
  /// The memory of one thread.
  struct Workspace {
    uint8_t *zeroLine;
    QuantizedBlock block;
    float *reals;
  };
  Workspace workspace(void *scratch, int thread) const;
  /// Some rows of a block of channels.
  struct Unit {
    const QuantizedBlockKernels *kernels;
    int64_t image, channel, skip;
    int64_t begin, end;
    bool isStaged;
  };
  void runUnit(const void *const *inputs, void *output, const Workspace &space,
               int64_t index) const;
  bool prepare(const Unit &unit, const void *const *inputs,
               const QuantizedBlock &block) const;
  void runRows(const Unit &unit, QuantizedWindowArgs &args,
               const void *const *inputs, void *output, const Workspace &space,
               int64_t row, int64_t otherRow, int64_t rows) const;
  void placeRows(const uint8_t *x, const uint8_t *zeroLine, int64_t row,
                 int64_t rows, const uint8_t **starts, int64_t *strides) const;
  void finishRow(const void *const *inputs, void *output, float *reals,
                 int64_t image, int64_t row, int64_t channel, int64_t skip,
                 int64_t pitch) const;

  const QuantizedWindowTable *table = nullptr;
  UnaryRowFn clip = nullptr;
  Conv2D conv;
  QuantizedEpilogues epilogues;
  QuantizedWindow kind = QuantizedWindow::Any;
  bool pairs = false;    ///< whether output rows are computed two at a time
  bool isStaged = false; ///< whether epilogues on floats follow
  int zeroPoint = 0;
  QuantizedBlocks blocks;
  int64_t chunkRows = 1, chunks = 1;
  int64_t weightBytes = 0, threadBytes = 0;
  int threads = 1;
};

bool QuantizedDepthwiseKernel::init(const LaunchDesc &launch, int threadCount) {
  if (!readConv2D(launch, conv) || conv.groups != conv.channels ||
      conv.outChannels != conv.channels ||
      launch.inputs[0].type.dtype != ops::DType::U8 ||
      launch.inputs[1].type.dtype != ops::DType::I8 ||
      !isDense(launch.inputs[1]) ||
      !readQuantizedEpilogues(launch, /*asRows=*/false, epilogues) ||
      conv.window.size[0] > kMaxWindowRows)
    return false;
  zeroPoint = int(launch.op.attributes.getInt("zero_point"));
  table = &quantizedWindows();
  clip = findUnary("clip");
  const Window &window = conv.window;
  isStaged = !epilogues.makesQuantized || epilogues.between.residual >= 0 ||
             !epilogues.between.rest.empty();
  bool is3 = window.size[0] == 3 && window.size[1] == 3;
  bool is5 = window.size[0] == 5 && window.size[1] == 5;
  if (window.dilations[1] == 1 && window.strides[1] == 1 && (is3 || is5))
    kind = is3 ? QuantizedWindow::Three : QuantizedWindow::Five;
  if (window.dilations[1] == 1 && window.strides[1] == 2 && (is3 || is5))
    kind = is3 ? QuantizedWindow::ThreeBy2 : QuantizedWindow::FiveBy2;
  pairs = kind == QuantizedWindow::Three && window.strides[0] == 1 &&
          window.dilations[0] == 1 && !isStaged && conv.outHeight > 1;

  blocks = QuantizedBlocks(*table, conv.channels);
  double work = double(conv.images * conv.outHeight * conv.outWidth) *
                double(conv.channels) * double(window.size[0] * window.size[1]);
  threads = threadsFor(int64_t(std::min(work, 1e12) / 8), threadCount);
  // Enough units for the threads to share them evenly.
  chunkRows = conv.outHeight;
  auto units = [&] {
    chunks = (conv.outHeight + chunkRows - 1) / chunkRows;
    return conv.images * chunks * blocks.count();
  };
  while (units() < 8 * threads && threads > 1 && chunkRows > 4)
    chunkRows = (chunkRows / 2 + 1) / 2 * 2;
  int64_t quads = (window.size[0] + 1 + 3) / 4;
  weightBytes = 2 * window.size[1] * quads * 4 * kLine;
  threadBytes = kLine + aligned(weightBytes) + 3 * 4 * kLine +
                aligned(2 * conv.outWidth * kLine * int64_t(sizeof(float)));
  return true;
}

QuantizedDepthwiseKernel::Workspace
QuantizedDepthwiseKernel::workspace(void *scratch, int thread) const {
  char *at = static_cast<char *>(scratch) + thread * threadBytes;
  auto take = [&](int64_t bytes) {
    char *taken = at;
    at += aligned(bytes);
    return taken;
  };
  Workspace space;
  space.zeroLine = reinterpret_cast<uint8_t *>(take(kLine));
  std::memset(space.zeroLine, zeroPoint, size_t(kLine));
  space.block.weights = reinterpret_cast<int8_t *>(take(weightBytes));
  space.block.initial = reinterpret_cast<int32_t *>(take(4 * kLine));
  space.block.factors = reinterpret_cast<float *>(take(4 * kLine));
  space.block.addends = reinterpret_cast<float *>(take(4 * kLine));
  space.reals = reinterpret_cast<float *>(at);
  return space;
}

/// Applies the epilogues to a row of floats, `pitch` channels for each pixel,
/// and writes all but the first `skip` channels to the output.
void QuantizedDepthwiseKernel::finishRow(const void *const *inputs,
                                         void *output, float *reals,
                                         int64_t image, int64_t row,
                                         int64_t channel, int64_t skip,
                                         int64_t pitch) const {
  const Epilogues &between = epilogues.between;
  const int64_t all = conv.outWidth * pitch;
  channel += skip;
  const int64_t count = pitch - skip;
  if (between.residual >= 0)
    for (int64_t p = 0; p < conv.outWidth; ++p)
      addResidual(epilogues, inputs, reals + p * pitch + skip, image, row, p,
                  channel, count);
  if (between.clamp)
    clip(reals, reals, all, between.low, between.high);
  bool isUniform = std::all_of(
      between.rest.begin(), between.rest.end(),
      [](const RowEpilogue &epilogue) { return epilogue.unary != nullptr; });
  for (const RowEpilogue &epilogue : between.rest)
    if (isUniform)
      epilogue.unary(reals, reals, all, epilogue.alpha, epilogue.beta);
  int64_t start = image * conv.out.image + row * conv.out.row + channel;
  for (int64_t p = 0; p < conv.outWidth; ++p) {
    float *pixel = reals + p * pitch + skip;
    int64_t at = start + p * conv.out.pixel;
    if (!isUniform)
      applyEpilogues(between, inputs, pixel, image, row, p, channel, count);
    if (epilogues.makesQuantized)
      makeQuantized(epilogues, pixel, static_cast<uint8_t *>(output) + at,
                    count);
    else
      std::memcpy(static_cast<float *>(output) + at, pixel,
                  size_t(count) * sizeof(float));
  }
}

/// Where the input rows of `rows` output rows begin.
void QuantizedDepthwiseKernel::placeRows(const uint8_t *x,
                                         const uint8_t *zeroLine, int64_t row,
                                         int64_t rows, const uint8_t **starts,
                                         int64_t *strides) const {
  const Window &window = conv.window;
  int64_t top = row * window.strides[0] - window.pads[0];
  for (int64_t r = 0; r < window.size[0] + rows - 1; ++r) {
    int64_t at = top + r * window.dilations[0];
    bool inside = at >= 0 && at < conv.height;
    starts[r] = inside ? x + at * conv.in.row : zeroLine;
    strides[r] = inside ? conv.in.pixel : 0;
  }
}

void QuantizedDepthwiseKernel::runRows(const Unit &unit,
                                       QuantizedWindowArgs &args,
                                       const void *const *inputs, void *output,
                                       const Workspace &space, int64_t row,
                                       int64_t otherRow, int64_t rows) const {
  const QuantizedBlockKernels &kernels = *unit.kernels;
  const uint8_t *x = static_cast<const uint8_t *>(inputs[0]) +
                     unit.image * conv.in.image + unit.channel -
                     conv.window.pads[2] * conv.in.pixel;
  placeRows(x, space.zeroLine, row, rows, args.rows, args.columnSteps);
  placeRows(x, space.zeroLine, otherRow, rows, args.otherRows, args.otherSteps);
  QuantizedWindow which = rows == 2 ? QuantizedWindow::ThreeTwice : kind;
  if (!unit.isStaged) {
    uint8_t *out = static_cast<uint8_t *>(output) +
                   unit.image * conv.out.image + unit.channel;
    args.skip = unit.skip;
    args.out = out + row * conv.out.row;
    args.otherOut = out + otherRow * conv.out.row;
    args.outStep = conv.out.pixel;
    args.outRow = conv.out.row;
    return kernels.quantized[int(which)](args);
  }
  int64_t pitch = std::min(kernels.channels, conv.channels);
  args.outStep = pitch;
  args.outRow = conv.outWidth * pitch;
  args.out = space.reals;
  args.skip = 0;
  kernels.floats[int(which)](args);
  for (int64_t r = 0; r < rows; ++r)
    finishRow(inputs, output, space.reals + r * args.outRow, unit.image,
              row + r, unit.channel, unit.skip, pitch);
}

bool QuantizedDepthwiseKernel::prepare(const Unit &unit,
                                       const void *const *inputs,
                                       const QuantizedBlock &block) const {
  QuantizedFilter filter;
  filter.weights = static_cast<const int8_t *>(inputs[1]) + unit.channel;
  filter.tapStep = conv.channels;
  filter.rows = int(conv.window.size[0]);
  filter.columns = int(conv.window.size[1]);
  filter.outRows = pairs ? 2 : 1;
  filter.zeroPoint = zeroPoint;
  filter.channels = conv.channels;
  filter.factor =
      static_cast<const float *>(inputs[epilogues.factors]) + unit.channel;
  filter.addend =
      epilogues.bias < 0
          ? nullptr
          : static_cast<const float *>(inputs[epilogues.bias]) + unit.channel;
  filter.inverse = unit.isStaged ? 1.0f : epilogues.inverse;
  filter.zero = unit.isStaged ? 0.0f : epilogues.zero;
  return unit.kernels->prepare(filter, block);
}

void QuantizedDepthwiseKernel::runUnit(const void *const *inputs, void *output,
                                       const Workspace &space,
                                       int64_t index) const {
  QuantizedBlocks::Block block = blocks.at(index % blocks.count());
  int64_t chunk = index / blocks.count();
  int64_t begin = chunk % chunks * chunkRows;
  int64_t end = std::min(begin + chunkRows, conv.outHeight);
  // Computes the two halves of the rows together; if the number is odd, the
  // middle row is computed twice.
  bool isTwin = !isStaged && end - begin > 1 && table->twin.channels > 0 &&
                block.kernels == &table->narrow;
  Unit unit = {isTwin ? &table->twin : block.kernels,
               chunk / chunks,
               block.channel,
               block.skip,
               begin,
               end,
               isStaged};
  if (!prepare(unit, inputs, space.block) && !isStaged) {
    // Values beyond 32-bit integers saturate as floats.
    unit.kernels = block.kernels;
    unit.isStaged = true;
    isTwin = false;
    prepare(unit, inputs, space.block);
  }

  QuantizedWindowArgs args;
  args.numRows = int(conv.window.size[0]);
  args.numColumns = int(conv.window.size[1]);
  args.pixelColumns = conv.window.strides[1];
  args.dilation = conv.window.dilations[1];
  args.firstColumn = conv.window.pads[2];
  args.endColumn = conv.window.pads[2] + conv.width;
  args.pixels = conv.outWidth;
  args.channels = conv.channels;
  args.zeroPoint = zeroPoint;
  args.block = space.block;
  args.low = epilogues.between.clamp
                 ? epilogues.quantizedBound(epilogues.between.low)
                 : 0;
  args.high = epilogues.between.clamp
                  ? epilogues.quantizedBound(epilogues.between.high)
                  : 255;
  args.clamp = args.low > 0 || args.high < 255;
  int64_t half = isTwin ? end - (end - begin + 1) / 2 : begin;
  for (int64_t row = begin, other = half; other < end;) {
    int64_t rows = pairs && other + 1 < end ? 2 : 1;
    runRows(unit, args, inputs, output, space, row, other, rows);
    row += rows;
    other += rows;
  }
}

Status QuantizedDepthwiseKernel::enqueue(const void *const *inputs,
                                         void *const *outputs,
                                         ExecutionContext &context) {
  int64_t units = conv.images * chunks * blocks.count();
  parallel(threads, units, [&](PartTaker &taker) {
    Workspace space = workspace(context.scratch(), taker.thread());
    for (int64_t unit; taker.take(unit);)
      runUnit(inputs, outputs[0], space, unit);
  });
  return Status();
}

/// For a block and pixel: the cost of the sums, and of the rest.
double QuantizedDepthwiseKernel::seconds(int threadCount) const {
  double taps = double(conv.window.size[0] * conv.window.size[1]);
  double cycles = 8.0 + (kind == QuantizedWindow::Any ? 2.5 : 1.1) * taps;
  if (isStaged)
    cycles += 12.0 + 16.0 * double(epilogues.between.rest.size());
  double pixels = double(conv.images * conv.outHeight * conv.outWidth);
  return 1.5e-6 + pixels * cycles * quantizedBlockSeconds(conv.channels) /
                      std::max(threadCount, 1);
}

} // namespace

Tactics cpu::quantizedDepthwiseTactics(const LaunchDesc &launch, int threads) {
  QuantizedDepthwiseKernel kernel;
  if (!kernel.init(launch, threads))
    return {};
  Tactic tactic;
  tactic.name = "code-window";
  tactic.stridedInputs = tactic.stridedOutputs = true;
  tactic.inPlaceEpilogue = kernel.inPlaceEpilogue();
  tactic.seconds = kernel.seconds(threads);
  return {tactic};
}

KernelOr cpu::createQuantizedDepthwise(const LaunchDesc &launch, int threads) {
  return makeKernel<QuantizedDepthwiseKernel>(launch, threads,
                                              "depthwise convolution");
}
