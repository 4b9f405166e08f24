//===- CodeSteps.cpp - epilogues of products of codes ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/CodeSteps.h"

#include "runtime/cpu/CodeRows.h"
#include "runtime/cpu/Functions.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

/// Codes of a residual branch that are read at a time.
static constexpr int64_t kCodesAtATime = 256;

static bool isMean(const LaunchDesc &launch) {
  return launch.op.kind == "avg_pool2d";
}

/// Whether epilogue `position` is `kind` with f32[channels]; of a mean, with
/// one f32.
static bool isScale(const LaunchDesc &launch, size_t position,
                    const char *kind) {
  if (position >= launch.op.epilogues.size())
    return false;
  const ops::Epilogue &epilogue = launch.op.epilogues[position];
  if (epilogue.kind != kind || epilogue.operand < 0 ||
      size_t(epilogue.operand) >= launch.inputs.size())
    return false;
  const Slot &slot = launch.inputs[size_t(epilogue.operand)];
  const ops::Shape &out = launch.outputs[0].type.shape;
  return slot.type.dtype == ops::DType::F32 && isDense(slot) && !out.empty() &&
         (isMean(launch)
              ? slot.type.shape.empty() || slot.type.shape == ops::Shape{1}
              : slot.type.shape == ops::Shape{out.back()});
}

bool cpu::readCodeSteps(const LaunchDesc &launch, bool asRows,
                        CodeSteps &steps) {
  steps = CodeSteps();
  const std::vector<ops::Epilogue> &all = launch.op.epilogues;
  size_t begin = 0, end = all.size();
  if (isScale(launch, begin, "mul"))
    steps.factors = unsigned(all[begin++].operand);
  else if (!isMean(launch))
    return false;
  if (launch.op.attributes.getInt("has_bias") != 0)
    return false;
  if (!isMean(launch) && isScale(launch, begin, "add"))
    steps.bias = all[begin++].operand;
  ops::DType result = launch.outputs[0].type.dtype;
  steps.makesCodes = end > begin && all[end - 1].kind == "quantize";
  if (result != (steps.makesCodes ? ops::DType::U8 : ops::DType::F32))
    return false;
  if (steps.makesCodes) {
    --end;
    steps.inverse = float(1.0 / all[end].alpha);
    steps.zero = float(all[end].beta);
  }

  LaunchDesc between = launch;
  between.op.epilogues.assign(all.begin() + ptrdiff_t(begin),
                              all.begin() + ptrdiff_t(end));
  if (!readSteps(between, asRows, steps.steps))
    return false;
  for (const Step &step : steps.steps.rest)
    if (step.binary &&
        launch.inputs[step.operand].type.dtype != ops::DType::F32)
      return false;
  if (steps.steps.residual < 0)
    return true;
  steps.residualEpilogue = int(begin) + steps.steps.residualEpilogue;
  const ops::Epilogue &residual = all[size_t(steps.residualEpilogue)];
  ops::DType type = launch.inputs[size_t(residual.operand)].type.dtype;
  steps.residualIsCodes = type == ops::DType::U8;
  if (steps.residualIsCodes && residual.alpha != 0) {
    steps.residualScale = float(residual.alpha);
    steps.residualShift = float(-residual.alpha * residual.beta);
  }
  return steps.residualIsCodes || type == ops::DType::F32;
}

void cpu::addResidual(const CodeSteps &steps, const void *const *inputs,
                      float *out, int64_t image, int64_t row, int64_t column,
                      int64_t channel, int64_t count) {
  const ImageStrides &strides = steps.steps.residualStrides;
  const void *residual = inputs[steps.steps.residual];
  const int64_t at = image * strides.image + row * strides.row +
                     column * strides.pixel + channel;
  if (!steps.residualIsCodes)
    return rows().accumulate(out, static_cast<const float *>(residual) + at,
                             count);
  const float zero = -steps.residualShift / steps.residualScale;
  alignas(64) float numbers[kCodesAtATime];
  for (int64_t i = 0; i < count; i += kCodesAtATime) {
    int64_t some = std::min(count - i, kCodesAtATime);
    dequantizeRow(ops::DType::U8, numbers, residual, at + i, some,
                  {&steps.residualScale, &zero, true});
    rows().accumulate(out + i, numbers, some);
  }
}

void cpu::makeCodes(const CodeSteps &steps, const float *numbers,
                    uint8_t *codes, int64_t count) {
  codeRows().u8.quantize(codes, numbers, count,
                         {&steps.inverse, &steps.zero, true});
}

uint8_t CodeSteps::codeOf(float number) const {
  uint8_t code = 0;
  makeCodes(*this, &number, &code, 1);
  return code;
}
