//===- QuantizedValues.cpp - the real values of quantized tensors ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/QuantizedValues.h"
#include "runtime/ops/Element.h"
#include "runtime/ops/Indexing.h"

using namespace graft;
using namespace graft::runtime;

static bool holdsQuantized(const PlanTensor &tensor) {
  return tensor.type.dtype == ops::DType::I8 ||
         tensor.type.dtype == ops::DType::U8;
}

/// How the last epilogue of `op` quantizes its result.
static QuantizationParams paramsOf(const ops::OpDesc &op) {
  for (auto epilogue = op.epilogues.rbegin(); epilogue != op.epilogues.rend();
       ++epilogue)
    if (epilogue->kind == "quantize")
      return {epilogue->alpha, epilogue->beta};
  if (op.kind != "quantize")
    return {};
  const std::vector<double> &scales = op.attributes.getFloats("scale");
  const std::vector<int64_t> &zeros = op.attributes.getInts("zero_point");
  // Only weights have a scale for each channel, and no launch writes them.
  if (scales.size() != 1 || zeros.size() != 1)
    return {};
  return {scales[0], double(zeros[0])};
}

std::vector<std::vector<QuantizationParams>>
runtime::findQuantizationParams(const Plan &plan) {
  std::vector<std::vector<QuantizationParams>> found;
  // Tensors that share memory have one scale at a time: the parts of a
  // concatenation, and an operand that a later result overwrites.
  std::vector<QuantizationParams> current(plan.tensors.size());
  auto find = [&](uint32_t tensor) -> QuantizationParams & {
    while (plan.tensors[tensor].parent >= 0)
      tensor = static_cast<uint32_t>(plan.tensors[tensor].parent);
    return current[tensor];
  };
  for (const PlanLaunch &launch : plan.launches) {
    std::vector<QuantizationParams> &written = found.emplace_back();
    for (uint32_t output : launch.outputs) {
      QuantizationParams &params = written.emplace_back();
      if (!holdsQuantized(plan.tensors[output]))
        continue;
      params = paramsOf(launch.op);
      for (size_t i = 0; params.scale == 0.0 && i < launch.inputs.size(); ++i)
        if (plan.tensors[launch.inputs[i]].type.dtype ==
            plan.tensors[output].type.dtype)
          params = find(launch.inputs[i]);
    }
    for (size_t i = 0; i < launch.outputs.size(); ++i)
      find(launch.outputs[i]) = written[i];
  }
  return found;
}

void runtime::readRealValues(const ops::TensorType &type,
                             const int64_t *strides, const void *data,
                             QuantizationParams params, float *reals) {
  std::vector<int64_t> elementStrides(strides, strides + type.shape.size());
  ops::visitAny(type.dtype, [&](auto tag) {
    const auto *elements =
        static_cast<const typename decltype(tag)::type *>(data);
    ops::forEachOffset<1>(
        type.shape, {elementStrides}, [&](const auto &offsets) {
          auto element = static_cast<double>(ops::widen(elements[offsets[0]]));
          if (params.scale != 0.0)
            element = (element - params.zeroPoint) * params.scale;
          *reals++ = static_cast<float>(element);
        });
  });
}
