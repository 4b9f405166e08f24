//===- Codes.cpp - the numbers that codes stand for -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/Codes.h"
#include "runtime/ops/Element.h"
#include "runtime/ops/Indexing.h"

using namespace graft;
using namespace graft::runtime;

static bool holdsCodes(const PlanTensor &tensor) {
  return tensor.type.dtype == ops::DType::I8 ||
         tensor.type.dtype == ops::DType::U8;
}

/// What the last step of `op` makes of its numbers.
static CodeScale scaleOf(const ops::OpDesc &op) {
  for (auto step = op.epilogues.rbegin(); step != op.epilogues.rend(); ++step)
    if (step->kind == "quantize")
      return {step->alpha, step->beta};
  if (op.kind != "quantize")
    return {};
  const std::vector<double> &scales = op.attributes.getFloats("scale");
  const std::vector<int64_t> &zeros = op.attributes.getInts("zero_point");
  // One for each channel is for weights, which no launch makes.
  if (scales.size() != 1 || zeros.size() != 1)
    return {};
  return {scales[0], double(zeros[0])};
}

std::vector<std::vector<CodeScale>> runtime::findCodeScales(const Plan &plan) {
  std::vector<std::vector<CodeScale>> scales;
  // All that shares memory is of one scale at a time: the parts of a
  // concatenation, and an operand with what is written in its place later.
  std::vector<CodeScale> current(plan.tensors.size());
  auto find = [&](uint32_t tensor) -> CodeScale & {
    while (plan.tensors[tensor].parent >= 0)
      tensor = static_cast<uint32_t>(plan.tensors[tensor].parent);
    return current[tensor];
  };
  for (const PlanLaunch &launch : plan.launches) {
    std::vector<CodeScale> &written = scales.emplace_back();
    for (uint32_t output : launch.outputs) {
      CodeScale &scale = written.emplace_back();
      if (!holdsCodes(plan.tensors[output]))
        continue;
      scale = scaleOf(launch.op);
      for (size_t i = 0; scale.scale == 0.0 && i < launch.inputs.size(); ++i)
        if (plan.tensors[launch.inputs[i]].type.dtype ==
            plan.tensors[output].type.dtype)
          scale = find(launch.inputs[i]);
    }
    for (size_t i = 0; i < launch.outputs.size(); ++i)
      find(launch.outputs[i]) = written[i];
  }
  return scales;
}

void runtime::readNumbers(const ops::TensorType &type, const int64_t *strides,
                          const void *data, CodeScale scale, float *numbers) {
  std::vector<int64_t> steps(strides, strides + type.shape.size());
  ops::visitAny(type.dtype, [&](auto tag) {
    const auto *elements =
        static_cast<const typename decltype(tag)::type *>(data);
    ops::forEachOffset<1>(type.shape, {steps}, [&](const auto &offsets) {
      auto element = static_cast<double>(ops::widen(elements[offsets[0]]));
      if (scale.scale != 0.0)
        element = (element - scale.zeroPoint) * scale.scale;
      *numbers++ = static_cast<float>(element);
    });
  });
}
