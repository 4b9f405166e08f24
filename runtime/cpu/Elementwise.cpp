//===- Elementwise.cpp - functions of one or two tensors ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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

/// Default parameters of functions, as the operations' definitions state them.
struct Parameters {
  const char *kind;
  double alpha, beta;
};
const Parameters defaults[] = {
    {"elu", 1.0, 0.0}, {"hard_sigmoid", 0.2, 0.5}, {"leaky_relu", 0.2, 0.0}};

/// Elements that are converted at a time: they fit into the first-level cache.
constexpr int64_t kBlock = 512;

/// A cast. Between float types, all the work is reading and writing.
void copyRow(float *out, const float *x, int64_t count, float, float) {
  if (out != x)
    std::memcpy(out, x, size_t(count) * sizeof(float));
}

class ElementwiseKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threadCount);
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;

private:
  UnaryRowFn unary = nullptr;
  BinaryRowFn binary = nullptr;
  float alpha = 0, beta = 0;
  StridedLoop loop; ///< output, then inputs
  FloatRows out, x, y;
  bool blocks = false; ///< in which rows are converted
  /// If one operand is a short row that repeats for each pixel of dense
  /// tensors: its length, else 0, and its index.
  int64_t repeated = 0;
  bool repeatsX = false;
  int threads = 1;

  void runBlock(void *output, const void *const *inputs, const int64_t *at,
                int64_t count, bool xRepeats, bool yRepeats) const;
  void runRepeated(void *output, const void *const *inputs, int64_t begin,
                   int64_t end) const;
};

bool ElementwiseKernel::init(const LaunchDesc &launch, int threadCount) {
  if (launch.outputs.size() != 1 || launch.inputs.empty() ||
      !launch.op.epilogues.empty())
    return false;
  for (const std::vector<Slot> *slots : {&launch.inputs, &launch.outputs})
    for (const Slot &slot : *slots) {
      if (!FloatRows::holds(slot.type.dtype))
        return false;
      blocks |= is16BitFloat(slot.type.dtype);
    }
  out = FloatRows(launch.outputs[0].type.dtype);
  x = FloatRows(launch.inputs[0].type.dtype);
  y = FloatRows(launch.inputs.back().type.dtype);
  const ops::Attributes &attrs = launch.op.attributes;
  if (launch.inputs.size() == 1)
    unary = launch.op.kind == "cast" ? copyRow : findUnary(launch.op.kind);
  else if (launch.inputs.size() == 2)
    binary = findBinary(launch.op.kind);
  if (!unary && !binary)
    return false;
  // A clip without bounds needs no kernel.
  if (launch.op.kind == "clip" && (!attrs.find("alpha") || !attrs.find("beta")))
    return false;
  double a = 0, b = 0;
  for (const Parameters &row : defaults)
    if (launch.op.kind == row.kind) {
      a = row.alpha;
      b = row.beta;
    }
  alpha = float(attrs.getFloat("alpha", a));
  beta = float(attrs.getFloat("beta", b));
  const Slot &result = launch.outputs[0];
  if (!result.type.isStatic())
    return false;
  std::vector<std::vector<int64_t>> strides = {stridesOf(result)};
  for (const Slot &slot : launch.inputs) {
    strides.emplace_back();
    if (!slot.type.isStatic() ||
        !broadcastStrides(slot, result.type.shape, strides.back()))
      return false;
  }
  loop = StridedLoop(result.type.shape, strides);
  if (loop.total() <= 0)
    return false;
  if (loop.inner() > 1) {
    if (loop.innerStride(0) != 1)
      return false;
    for (size_t i = 1; i < strides.size(); ++i)
      if (loop.innerStride(i) > 1)
        return false;
  }
  if (binary && isDense(launch))
    for (size_t i = 0; i < 2; ++i) {
      Spread spread;
      int64_t row = result.type.shape.empty() ? 0 : result.type.shape.back();
      if (launch.inputs[1 - i].type.shape == result.type.shape && row > 1 &&
          row <= kBlock / 2 &&
          readSpread(launch.inputs[i].type.shape, result.type.shape, spread) &&
          spread == Spread::Channel) {
        repeated = row;
        repeatsX = i == 0;
      }
    }
  threads = threadsFor(loop.total(), threadCount);
  return true;
}

void ElementwiseKernel::runBlock(void *output, const void *const *inputs,
                                 const int64_t *at, int64_t count,
                                 bool xRepeats, bool yRepeats) const {
  alignas(64) float buffers[3][kBlock];
  float *to = out.place(output, at[0], buffers[0]);
  const float *a = x.read(inputs[0], at[1], xRepeats ? 1 : count, buffers[1]);
  if (binary) {
    const float *b = y.read(inputs[1], at[2], yRepeats ? 1 : count, buffers[2]);
    binary(to, a, b, count, xRepeats, yRepeats);
  } else if (xRepeats && count > 1) {
    unary(to, a, 1, alpha, beta);
    std::fill(to + 1, to + count, to[0]);
  } else {
    unary(to, a, count, alpha, beta);
  }
  out.write(output, at[0], count, to);
}

/// Computes rows [begin, end) of the output, a block at a time. The repeated
/// row is copied once for all rows of a block.
void ElementwiseKernel::runRepeated(void *output, const void *const *inputs,
                                    int64_t begin, int64_t end) const {
  alignas(64) float copies[kBlock], buffers[2][kBlock];
  const float *row =
      (repeatsX ? x : y)
          .read(inputs[repeatsX ? 0 : 1], 0, repeated, buffers[0]);
  int64_t rows = std::min(kBlock / repeated, end - begin);
  for (int64_t i = 0; i < rows; ++i)
    std::copy(row, row + repeated, copies + i * repeated);
  for (int64_t at = begin; at < end; at += rows) {
    int64_t start = at * repeated;
    int64_t count = std::min(rows, end - at) * repeated;
    float *to = out.place(output, start, buffers[0]);
    const float *other =
        (repeatsX ? y : x)
            .read(inputs[repeatsX ? 1 : 0], start, count, buffers[1]);
    binary(to, repeatsX ? copies : other, repeatsX ? other : copies, count,
           false, false);
    out.write(output, start, count, to);
  }
}

Status ElementwiseKernel::enqueue(const void *const *inputs,
                                  void *const *outputs, ExecutionContext &) {
  if (repeated) {
    parallelFor(threads, loop.total() / repeated, 1,
                [&](int64_t begin, int64_t end) {
                  runRepeated(outputs[0], inputs, begin, end);
                });
    return Status();
  }
  bool xRepeats = loop.innerStride(1) == 0;
  bool yRepeats = binary && loop.innerStride(2) == 0;
  parallelFor(threads, loop.total(), 64, [&](int64_t begin, int64_t end) {
    loop.forRuns(begin, end, [&](const int64_t *start, int64_t count) {
      if (!blocks)
        return runBlock(outputs[0], inputs, start, count, xRepeats, yRepeats);
      for (int64_t i = 0; i < count; i += kBlock) {
        int64_t at[] = {start[0] + i, start[1] + (xRepeats ? 0 : i),
                        binary ? start[2] + (yRepeats ? 0 : i) : 0};
        runBlock(outputs[0], inputs, at, std::min(kBlock, count - i), xRepeats,
                 yRepeats);
      }
    });
  });
  return Status();
}

} // namespace

double cpu::memorySeconds(double bytes, int threads) {
  constexpr double kBandwidth = 30e9; // of caches and memory, per thread
  constexpr double kOverhead = 1e-6;
  return kOverhead + bytes / kBandwidth / std::max(threads, 1);
}

Tactic cpu::memoryTactic(const char *name, const Slot &slot, double bytes,
                         int threads) {
  int64_t count = 0;
  (void)ops::countElements(slot.type.shape, count);
  Tactic tactic;
  tactic.name = name;
  tactic.seconds = memorySeconds(bytes * double(count), threads);
  return tactic;
}

Tactics cpu::elementwiseTactics(const LaunchDesc &launch, int threads) {
  ElementwiseKernel kernel;
  if (!kernel.init(launch, threads))
    return {};
  Tactic tactic = memoryTactic("rows", launch.outputs[0],
                               4.0 * double(launch.inputs.size() + 1), threads);
  tactic.stridedInputs = tactic.stridedOutputs = true;
  return {tactic};
}

KernelOr cpu::createElementwise(const LaunchDesc &launch, int threads) {
  return makeKernel<ElementwiseKernel>(launch, threads,
                                       "element-wise operation");
}
