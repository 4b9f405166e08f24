//===- Reduction.cpp - sums, means and maxima -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// If the last dimension is kept, rows are added to a row of results. If it is
// reduced, each row is first reduced to one value. bf16 and f16 are converted
// to f32 when they are read, and results are rounded once.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Families.h"
#include "runtime/cpu/FloatRows.h"
#include "runtime/cpu/Functions.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/Threads.h"

#include <algorithm>
#include <cstring>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

class ReduceKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threadCount);
  uint64_t scratchBytes() const override {
    return parts > 1 ? uint64_t(kept.total() * parts * columns) * sizeof(float)
                     : 0;
  }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;

private:
  /// Channels or values that one thread reduces at a time.
  static constexpr int64_t kSlice = 256;
  /// Rows that are summed before their sum is added to others: the rounding
  /// error of a sum grows with its length.
  static constexpr int64_t kBlockRows = 64;
  /// Rows of few channels are reduced in this many parts for any number of
  /// threads, so that the sums do not depend on it.
  static constexpr int64_t kParts = 8;
  /// Elements that are converted to f32 at a time.
  static constexpr int64_t kWide = 1024;

  /// Reduces rows [begin, end) of reduced.total().
  void reduceRows(float *to, const void *from, int64_t at, int64_t channels,
                  int64_t begin, int64_t end) const;
  void addRow(float *to, const float *row, int64_t channels) const {
    (maximum ? table->maximum : table->accumulate)(to, row, channels);
  }
  float reduceToNumber(const void *from, int64_t at) const;

  const RowTable *table = nullptr;
  FloatRows in, out;
  bool isNarrow = false; ///< the input
  bool maximum = false;
  bool lastStays = false;
  float factor = 1.0f;
  StridedLoop kept;    ///< input, at positions of the output, one row each
  StridedLoop reduced; ///< input
  int64_t columns = 1; ///< of a row of the input
  int64_t slices = 1;  ///< of a row of results
  int64_t parts = 1;   ///< of the rows that are reduced to one
  int threads = 1;
};

bool ReduceKernel::init(const LaunchDesc &launch, int threadCount) {
  if (launch.op.kind != "reduce" || launch.inputs.size() != 1 ||
      launch.outputs.size() != 1 ||
      !FloatRows::holds(launch.inputs[0].type.dtype) ||
      !FloatRows::holds(launch.outputs[0].type.dtype) ||
      !launch.inputs[0].type.isStatic() || !isDense(launch.outputs[0]))
    return false;
  std::string_view kind = launch.op.attributes.getString("kind");
  maximum = kind == "max";
  if (!maximum && kind != "sum" && kind != "mean")
    return false;
  table = &rows();
  in = FloatRows(launch.inputs[0].type.dtype);
  out = FloatRows(launch.outputs[0].type.dtype);
  isNarrow = is16BitFloat(launch.inputs[0].type.dtype);
  const ops::Shape &shape = launch.inputs[0].type.shape;
  std::vector<int64_t> strides = stridesOf(launch.inputs[0]);
  int64_t rank = int64_t(shape.size()), all = 0;
  if (rank == 0 || !ops::countElements(shape, all) || all <= 0 ||
      (strides.back() != 1 && shape.back() != 1))
    return false;
  std::vector<bool> goes(shape.size(), false);
  for (int64_t axis : launch.op.attributes.getInts("axes")) {
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank)
      return false;
    goes[size_t(axis)] = true;
  }
  lastStays = !goes.back();
  columns = shape.back();
  ops::Shape keptShape, reducedShape;
  std::vector<int64_t> keptStrides, reducedStrides;
  int64_t count = goes.back() ? columns : 1;
  for (size_t d = 0; d + 1 < shape.size(); ++d) {
    (goes[d] ? reducedShape : keptShape).push_back(shape[d]);
    (goes[d] ? reducedStrides : keptStrides).push_back(strides[d]);
    count *= goes[d] ? shape[d] : 1;
  }
  kept = StridedLoop(keptShape, {keptStrides});
  reduced = StridedLoop(reducedShape, {reducedStrides});
  factor = kind == "mean" ? 1.0f / float(count) : 1.0f;
  threads = threadsFor(all, threadCount);
  slices = (columns + kSlice - 1) / kSlice;
  if (lastStays && kept.total() * slices < kParts &&
      reduced.total() >= kParts * kBlockRows)
    parts = kParts;
  return true;
}

void ReduceKernel::reduceRows(float *to, const void *from, int64_t at,
                              int64_t channels, int64_t begin,
                              int64_t end) const {
  // Copies the first row; the loop's inner dimension has its own stride.
  alignas(64) float block[kSlice];
  alignas(64) float wide[kWide];
  int64_t done = 0;
  auto add = [&](float *sums, const float *row, bool first) {
    if (first)
      std::memcpy(sums, row, size_t(channels) * sizeof(float));
    else
      addRow(sums, row, channels);
  };
  // Contiguous rows are converted together.
  int64_t stride = reduced.innerStride(0);
  int64_t together = stride == channels ? kWide / channels : 1;
  reduced.forRuns(begin, end, [&](const int64_t *run, int64_t count) {
    for (int64_t i = 0; i < count; i += together) {
      int64_t size = std::min(together, count - i);
      const float *row =
          in.read(from, at + run[0] + i * stride, size * channels, wide);
      for (const float *last = row + size * channels; row != last;
           row += channels, ++done) {
        if (done < kBlockRows) {
          add(to, row, done == 0);
          continue;
        }
        add(block, row, done % kBlockRows == 0);
        if ((done + 1) % kBlockRows == 0 || begin + done + 1 == end)
          add(to, block, false);
      }
    }
  });
}

float ReduceKernel::reduceToNumber(const void *from, int64_t at) const {
  alignas(64) float wide[kWide];
  bool first = true;
  double total = 0;
  auto add = [&](const float *row, int64_t count) {
    float value = maximum ? table->largest(row, count) : table->sum(row, count);
    if (first)
      total = value;
    else if (maximum)
      total = total != total || value < total ? total : double(value);
    else
      total += value;
    first = false;
  };
  // f32 needs no buffer, so rows may be longer than one.
  int64_t part = isNarrow ? kWide : columns;
  reduced.forRuns(0, reduced.total(), [&](const int64_t *run, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      int64_t row = at + run[0] + i * reduced.innerStride(0);
      for (int64_t c = 0; c < columns; c += part) {
        int64_t size = std::min(part, columns - c);
        add(in.read(from, row + c, size, wide), size);
      }
    }
  });
  return float(total * double(factor));
}

Status ReduceKernel::enqueue(const void *const *inputs, void *const *outputs,
                             ExecutionContext &context) {
  const void *from = inputs[0];
  void *to = outputs[0];
  if (!lastStays) {
    parallelFor(threads, kept.total(), 16, [&](int64_t begin, int64_t end) {
      alignas(64) float buffer[kSlice];
      for (int64_t first = begin; first < end; first += kSlice) {
        int64_t last = std::min(first + kSlice, end);
        float *values = out.place(to, first, buffer), *next = values;
        kept.forRuns(first, last, [&](const int64_t *run, int64_t count) {
          for (int64_t i = 0; i < count; ++i)
            *next++ = reduceToNumber(from, run[0] + i * kept.innerStride(0));
        });
        out.write(to, first, last - first, values);
      }
    });
    return Status();
  }
  // For slice `slice`, counted over all rows of results: reduces its rows in
  // one part, and combines the parts at the end.
  auto reducePart = [&](float *sums, int64_t slice, int64_t part) {
    const int64_t row = slice / slices, channel = slice % slices * kSlice;
    const int64_t rows = reduced.total();
    kept.forRuns(row, row + 1, [&](const int64_t *run, int64_t) {
      reduceRows(sums, from, run[0] + channel,
                 std::min(kSlice, columns - channel), rows * part / parts,
                 rows * (part + 1) / parts);
    });
  };
  auto partial = [&](int64_t slice, int64_t part) {
    return static_cast<float *>(context.scratch()) +
           (slice / slices * parts + part) * columns + slice % slices * kSlice;
  };
  const int64_t all = kept.total() * slices;
  if (parts > 1)
    parallelFor(threads, all * parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        reducePart(partial(i / parts, i % parts), i / parts, i % parts);
    });
  parallelFor(parts > 1 ? 1 : threads, all, 1, [&](int64_t begin, int64_t end) {
    alignas(64) float buffer[kSlice];
    for (int64_t slice = begin; slice < end; ++slice) {
      const int64_t channel = slice % slices * kSlice;
      const int64_t channels = std::min(kSlice, columns - channel);
      const int64_t result = slice / slices * columns + channel;
      float *sums = out.place(to, result, buffer);
      if (parts == 1)
        reducePart(sums, slice, 0);
      else
        std::memcpy(sums, partial(slice, 0), size_t(channels) * sizeof(float));
      for (int64_t part = 1; part < parts; ++part)
        addRow(sums, partial(slice, part), channels);
      if (factor != 1.0f)
        table->scale(sums, channels, factor);
      out.write(to, result, channels, sums);
    }
  });
  return Status();
}

} // namespace

Tactics cpu::reduceTactics(const LaunchDesc &launch, int threads) {
  ReduceKernel kernel;
  if (!kernel.init(launch, threads))
    return {};
  Tactic tactic =
      memoryTactic("rows", launch.inputs[0],
                   double(ops::sizeOf(launch.inputs[0].type.dtype)), threads);
  tactic.stridedInputs = true;
  return {tactic};
}

KernelOr cpu::createReduce(const LaunchDesc &launch, int threads) {
  return makeKernel<ReduceKernel>(launch, threads, "reduction");
}
