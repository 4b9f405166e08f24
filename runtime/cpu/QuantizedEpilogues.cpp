//===- QuantizedEpilogues.cpp - epilogues of quantized products -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/QuantizedEpilogues.h"

#include "runtime/cpu/Functions.h"
#include "runtime/cpu/QuantizedRows.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

/// Quantized values of a residual branch that are read at a time.
static constexpr int64_t kValuesAtATime = 256;

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

bool cpu::readQuantizedEpilogues(const LaunchDesc &launch, bool asRows,
                                 QuantizedEpilogues &epilogues) {
  epilogues = QuantizedEpilogues();
  const std::vector<ops::Epilogue> &all = launch.op.epilogues;
  size_t begin = 0, end = all.size();
  if (isScale(launch, begin, "mul"))
    epilogues.factors = unsigned(all[begin++].operand);
  else if (!isMean(launch))
    return false;
  if (launch.op.attributes.getInt("has_bias") != 0)
    return false;
  if (!isMean(launch) && isScale(launch, begin, "add"))
    epilogues.bias = all[begin++].operand;
  ops::DType result = launch.outputs[0].type.dtype;
  epilogues.makesQuantized = end > begin && all[end - 1].kind == "quantize";
  if (result != (epilogues.makesQuantized ? ops::DType::U8 : ops::DType::F32))
    return false;
  if (epilogues.makesQuantized) {
    --end;
    epilogues.inverse = float(1.0 / all[end].alpha);
    epilogues.zero = float(all[end].beta);
  }

  LaunchDesc between = launch;
  between.op.epilogues.assign(all.begin() + ptrdiff_t(begin),
                              all.begin() + ptrdiff_t(end));
  if (!readEpilogues(between, asRows, epilogues.between))
    return false;
  for (const RowEpilogue &epilogue : epilogues.between.rest)
    if (epilogue.binary &&
        launch.inputs[epilogue.operand].type.dtype != ops::DType::F32)
      return false;
  if (epilogues.between.residual < 0)
    return true;
  epilogues.residualEpilogue = int(begin) + epilogues.between.residualEpilogue;
  const ops::Epilogue &residual = all[size_t(epilogues.residualEpilogue)];
  ops::DType type = launch.inputs[size_t(residual.operand)].type.dtype;
  epilogues.residualIsQuantized = type == ops::DType::U8;
  if (epilogues.residualIsQuantized && residual.alpha != 0) {
    epilogues.residualScale = float(residual.alpha);
    epilogues.residualShift = float(-residual.alpha * residual.beta);
  }
  return epilogues.residualIsQuantized || type == ops::DType::F32;
}

void cpu::addResidual(const QuantizedEpilogues &epilogues,
                      const void *const *inputs, float *out, int64_t image,
                      int64_t row, int64_t column, int64_t channel,
                      int64_t count) {
  const ImageStrides &strides = epilogues.between.residualStrides;
  const void *residual = inputs[epilogues.between.residual];
  const int64_t at = image * strides.image + row * strides.row +
                     column * strides.pixel + channel;
  if (!epilogues.residualIsQuantized)
    return rows().accumulate(out, static_cast<const float *>(residual) + at,
                             count);
  const float zero = -epilogues.residualShift / epilogues.residualScale;
  alignas(64) float reals[kValuesAtATime];
  for (int64_t i = 0; i < count; i += kValuesAtATime) {
    int64_t some = std::min(count - i, kValuesAtATime);
    dequantizeRow(ops::DType::U8, reals, residual, at + i, some,
                  {&epilogues.residualScale, &zero, true});
    rows().accumulate(out + i, reals, some);
  }
}

void cpu::makeQuantized(const QuantizedEpilogues &epilogues, const float *reals,
                        uint8_t *quantized, int64_t count) {
  quantizedRows().u8.quantize(quantized, reals, count,
                              {&epilogues.inverse, &epilogues.zero, true});
}

uint8_t QuantizedEpilogues::quantizedBound(float real) const {
  uint8_t quantized = 0;
  makeQuantized(*this, &real, &quantized, 1);
  return quantized;
}
