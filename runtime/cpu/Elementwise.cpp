//===- Elementwise.cpp - functions of one or two tensors ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Families.h"
#include "runtime/cpu/Functions.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/Threads.h"

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

/// Parameters of the functions that have some, where the launch has none: those
/// of the operations' definitions.
struct Parameters {
  const char *kind;
  double alpha, beta;
};
const Parameters defaults[] = {
    {"elu", 1.0, 0.0}, {"hard_sigmoid", 0.2, 0.5}, {"leaky_relu", 0.2, 0.0}};

class ElementwiseKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threadCount);
  Status run(const void *const *inputs, void *const *outputs,
             void *scratch) override;

private:
  UnaryRowFn unary = nullptr;
  BinaryRowFn binary = nullptr;
  float alpha = 0, beta = 0;
  StridedLoop loop; ///< output, then inputs
  int threads = 1;
};

bool ElementwiseKernel::init(const LaunchDesc &launch, int threadCount) {
  if (!allOf(launch, ops::DType::F32) || launch.outputs.size() != 1 ||
      !launch.op.epilogues.empty())
    return false;
  const ops::Attributes &attrs = launch.op.attributes;
  if (launch.inputs.size() == 1)
    unary = findUnary(launch.op.kind);
  else if (launch.inputs.size() == 2)
    binary = findBinary(launch.op.kind);
  if (!unary && !binary)
    return false;
  // A clip without bounds is no launch worth a kernel.
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
  const Slot &out = launch.outputs[0];
  if (!out.type.isStatic())
    return false;
  std::vector<std::vector<int64_t>> strides = {stridesOf(out)};
  for (const Slot &slot : launch.inputs) {
    strides.emplace_back();
    if (!slot.type.isStatic() ||
        !broadcastStrides(slot, out.type.shape, strides.back()))
      return false;
  }
  loop = StridedLoop(out.type.shape, strides);
  if (loop.total() <= 0)
    return false;
  if (loop.inner() > 1) {
    if (loop.innerStride(0) != 1)
      return false;
    for (size_t i = 1; i < strides.size(); ++i)
      if (loop.innerStride(i) > 1)
        return false;
  }
  threads = threadsFor(loop.total(), threadCount);
  return true;
}

Status ElementwiseKernel::run(const void *const *inputs, void *const *outputs,
                              void *) {
  float *out = static_cast<float *>(outputs[0]);
  const float *x = static_cast<const float *>(inputs[0]);
  const float *y = binary ? static_cast<const float *>(inputs[1]) : nullptr;
  bool xRepeats = loop.innerStride(1) == 0;
  bool yRepeats = binary && loop.innerStride(2) == 0;
  parallelFor(threads, loop.total(), 64, [&](int64_t begin, int64_t end) {
    loop.forRuns(begin, end, [&](const int64_t *at, int64_t count) {
      if (binary) {
        binary(out + at[0], x + at[1], y + at[2], count, xRepeats, yRepeats);
      } else if (xRepeats && count > 1) {
        unary(out + at[0], x + at[1], 1, alpha, beta);
        for (int64_t i = 1; i < count; ++i)
          out[at[0] + i] = out[at[0]];
      } else {
        unary(out + at[0], x + at[1], count, alpha, beta);
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

Tactics cpu::elementwiseTactics(const LaunchDesc &launch, int threads) {
  ElementwiseKernel kernel;
  if (!kernel.init(launch, threads))
    return {};
  int64_t count = 0;
  (void)ops::countElements(launch.outputs[0].type.shape, count);
  Tactic tactic;
  tactic.name = "rows";
  tactic.stridedInputs = tactic.stridedOutputs = true;
  tactic.seconds = memorySeconds(
      4.0 * double(count) * double(launch.inputs.size() + 1), threads);
  return {tactic};
}

KernelOr cpu::createElementwise(const LaunchDesc &launch, int threads) {
  auto kernel = std::make_unique<ElementwiseKernel>();
  if (!kernel->init(launch, threads))
    return Status::failed("cpu: no kernel for this element-wise operation");
  return std::unique_ptr<Kernel>(std::move(kernel));
}
