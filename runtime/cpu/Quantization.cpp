//===- Quantization.cpp - floats to quantized values, and back ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handles one scale, or one for each position of the last dimension. The kernel
// multiplies with the reciprocal of the scale, so a result may differ from the
// reference where the quotient is almost a tie.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Families.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/QuantizedRows.h"
#include "runtime/cpu/Threads.h"

#include <cmath>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

class QuantizationKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threadCount);
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;

private:
  bool readScales(const LaunchDesc &launch);
  void convert(const void *in, void *out, const int64_t *at, int64_t count,
               const RowScale &scale) const {
    if (quantizes)
      quantizeRow(quantized, out, at[0], static_cast<const float *>(in) + at[1],
                  count, scale);
    else
      dequantizeRow(quantized, static_cast<float *>(out) + at[0], in, at[1],
                    count, scale);
  }

  bool quantizes = false;
  ops::DType quantized = ops::DType::U8;
  std::vector<float> factors, zeros;
  StridedLoop loop; ///< output, input; without the last dimension if
  int64_t row = 0;  ///< rows of so many elements have their own scales
  int threads = 1;
};

bool QuantizationKernel::readScales(const LaunchDesc &launch) {
  const ops::Attributes &attrs = launch.op.attributes;
  std::vector<double> scales = attrs.getFloats("scale");
  std::vector<int64_t> points = attrs.getInts("zero_point");
  if (scales.empty())
    scales = {attrs.getFloat("scale")};
  if (points.empty())
    points.assign(scales.size(), attrs.getInt("zero_point"));
  if (points.size() != scales.size())
    return false;
  const ops::Shape &shape = launch.outputs[0].type.shape;
  if (scales.size() > 1) {
    int64_t axis = attrs.getInt("axis", -1);
    if (shape.empty() || (axis != -1 && axis != int64_t(shape.size()) - 1) ||
        shape.back() != int64_t(scales.size()))
      return false;
    row = shape.back();
  }
  for (size_t i = 0; i < scales.size(); ++i) {
    // If the reciprocal does not fit a float, other kernels divide.
    double factor = quantizes ? 1.0 / scales[i] : scales[i];
    if (!(scales[i] > 0) || !std::isnormal(float(factor)) || points[i] < -255 ||
        points[i] > 255)
      return false;
    factors.push_back(float(factor));
    zeros.push_back(float(points[i]));
  }
  return true;
}

bool QuantizationKernel::init(const LaunchDesc &launch, int threadCount) {
  quantizes = launch.op.kind == "quantize";
  if ((!quantizes && launch.op.kind != "dequantize") ||
      launch.inputs.size() != 1 || launch.outputs.size() != 1 ||
      !launch.op.epilogues.empty())
    return false;
  const Slot &in = launch.inputs[0], &out = launch.outputs[0];
  quantized = (quantizes ? out : in).type.dtype;
  if (!isQuantized(quantized) ||
      (quantizes ? in : out).type.dtype != ops::DType::F32 ||
      !in.type.isStatic() || in.type.shape != out.type.shape ||
      !readScales(launch))
    return false;
  ops::Shape shape = out.type.shape;
  std::vector<std::vector<int64_t>> strides = {stridesOf(out), stridesOf(in)};
  if (row) {
    if (strides[0].back() != 1 || strides[1].back() != 1)
      return false;
    shape.pop_back();
    strides[0].pop_back();
    strides[1].pop_back();
  }
  loop = StridedLoop(shape, strides);
  int64_t count = 0;
  if (!ops::countElements(out.type.shape, count) || count <= 0)
    return false;
  threads = threadsFor(count, threadCount);
  return true;
}

Status QuantizationKernel::enqueue(const void *const *inputs,
                                   void *const *outputs, ExecutionContext &) {
  const RowScale scale = {factors.data(), zeros.data(), row == 0};
  const int64_t steps[] = {loop.innerStride(0), loop.innerStride(1)};
  bool isRun = row == 0 && steps[0] == 1 && steps[1] == 1;
  parallelFor(
      threads, loop.total(), row ? 1 : 64, [&](int64_t begin, int64_t end) {
        loop.forRuns(begin, end, [&](const int64_t *at, int64_t count) {
          if (isRun)
            return convert(inputs[0], outputs[0], at, count, scale);
          for (int64_t i = 0; i < count; ++i) {
            int64_t one[] = {at[0] + i * steps[0], at[1] + i * steps[1]};
            convert(inputs[0], outputs[0], one, row ? row : 1, scale);
          }
        });
      });
  return Status();
}

} // namespace

Tactics cpu::quantizationTactics(const LaunchDesc &launch, int threads) {
  QuantizationKernel kernel;
  if (!kernel.init(launch, threads))
    return {};
  Tactic tactic = memoryTactic("rows", launch.outputs[0], 5.0, threads);
  tactic.stridedInputs = tactic.stridedOutputs = true;
  return {tactic};
}

KernelOr cpu::createQuantization(const LaunchDesc &launch, int threads) {
  return makeKernel<QuantizationKernel>(launch, threads, "quantization");
}
