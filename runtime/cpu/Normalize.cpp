//===- Normalize.cpp - softmax and layer normalisation of rows ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Both read a row from memory once and compute on it in the first-level cache,
// in f32. bf16 and f16 rows are converted when they are read and rounded once.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Families.h"
#include "runtime/cpu/FloatRows.h"
#include "runtime/cpu/Functions.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/Problem.h"
#include "runtime/cpu/Threads.h"

#include <cmath>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

class NormalizeKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threadCount);
  uint64_t scratchBytes() const override {
    return uint64_t(threads) * uint64_t(columns) * sizeof(float);
  }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;

private:
  void softmax(float *out, const float *in) const;
  void layerNorm(float *out, const float *in, const float *scale,
                 const float *offset) const;

  const RowTable *table = nullptr;
  BinaryRowFn add = nullptr, sub = nullptr, mul = nullptr;
  FloatRows in, out;
  bool isSoftmax = false;
  float epsilon = 0;
  int64_t numRows = 0, columns = 0;
  int64_t inStride = 0, outStride = 0;
  int threads = 1;
};

bool NormalizeKernel::init(const LaunchDesc &launch, int threadCount) {
  isSoftmax = launch.op.kind == "softmax";
  if ((!isSoftmax && launch.op.kind != "layer_norm") ||
      launch.inputs.size() != (isSoftmax ? 1u : 3u) ||
      launch.outputs.size() != 1 || !launch.op.epilogues.empty() ||
      !FloatRows::holds(launch.inputs[0].type.dtype) ||
      !FloatRows::holds(launch.outputs[0].type.dtype))
    return false;
  in = FloatRows(launch.inputs[0].type.dtype);
  out = FloatRows(launch.outputs[0].type.dtype);
  int64_t rank = int64_t(launch.inputs[0].type.shape.size());
  int64_t axis = launch.op.attributes.getInt("axis", -1);
  int64_t outRows = 0, outColumns = 0;
  if ((axis != -1 && axis != rank - 1) ||
      !collapseRows(launch.inputs[0], numRows, columns, inStride) ||
      !collapseRows(launch.outputs[0], outRows, outColumns, outStride) ||
      outRows != numRows || outColumns != columns)
    return false;
  for (size_t i = 1; i < launch.inputs.size(); ++i)
    if (launch.inputs[i].type.shape != ops::Shape{columns} ||
        launch.inputs[i].type.dtype != ops::DType::F32 ||
        !isDense(launch.inputs[i]))
      return false;
  epsilon = float(launch.op.attributes.getFloat("epsilon", 1e-3));
  table = &rows();
  add = findBinary("add");
  sub = findBinary("sub");
  mul = findBinary("mul");
  threads = threadsFor(numRows * columns * 4, threadCount);
  return true;
}

void NormalizeKernel::softmax(float *out, const float *in) const {
  float largest = table->largest(in, columns);
  float sum = table->exponentials(out, in, columns, largest);
  table->scale(out, columns, 1.0f / sum);
}

void NormalizeKernel::layerNorm(float *out, const float *in, const float *scale,
                                const float *offset) const {
  float mean = table->sum(in, columns) / float(columns);
  sub(out, in, &mean, columns, false, true);
  float variance = table->sumOfSquares(out, columns) / float(columns);
  table->scale(out, columns, 1.0f / std::sqrt(variance + epsilon));
  mul(out, out, scale, columns, false, false);
  add(out, out, offset, columns, false, false);
}

Status NormalizeKernel::enqueue(const void *const *inputs, void *const *outputs,
                                ExecutionContext &context) {
  auto runRow = [&](int64_t row, float *buffer) {
    const float *from = in.read(inputs[0], row * inStride, columns, buffer);
    float *to = out.place(outputs[0], row * outStride, buffer);
    if (isSoftmax)
      softmax(to, from);
    else
      layerNorm(to, from, static_cast<const float *>(inputs[1]),
                static_cast<const float *>(inputs[2]));
    out.write(outputs[0], row * outStride, columns, to);
  };
  const int64_t parts = std::min<int64_t>(numRows, threads * kPartsPerThread);
  parallel(threads, parts, [&](PartTaker &taker) {
    float *buffer =
        static_cast<float *>(context.scratch()) + taker.thread() * columns;
    for (int64_t part; taker.take(part);)
      for (int64_t row = numRows * part / parts;
           row < numRows * (part + 1) / parts; ++row)
        runRow(row, buffer);
  });
  return Status();
}

} // namespace

Tactics cpu::normalizeTactics(const LaunchDesc &launch, int threads) {
  NormalizeKernel kernel;
  if (!kernel.init(launch, threads))
    return {};
  return {memoryTactic("rows", launch.outputs[0], 16.0, threads)};
}

KernelOr cpu::createNormalize(const LaunchDesc &launch, int threads) {
  return makeKernel<NormalizeKernel>(launch, threads, "normalisation");
}
