//===- Steps.cpp - epilogues of the cpu provider --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Steps.h"

#include "runtime/cpu/Functions.h"

#include <limits>

using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

/// Strides of a full operand, with the output's pixels as they are or in a row.
bool readOperandStrides(const LaunchDesc &launch, size_t index, bool asRows,
                        ImageStrides &strides) {
  Slot slot = launch.inputs[index];
  size_t rank = launch.outputs[0].type.shape.size();
  if (asRows) {
    int64_t rows = 0, columns = 0;
    return collapseRows(slot, rows, columns, strides.pixel);
  }
  std::vector<int64_t> all = stridesOf(slot);
  all.insert(all.begin(), rank - all.size(), 0);
  if (rank != 4 || (all[3] != 1 && launch.outputs[0].type.shape[3] != 1))
    return false;
  strides = {all[0], all[1], all[2]};
  return true;
}

} // namespace

bool cpu::readSteps(const LaunchDesc &launch, bool asRows, Steps &steps) {
  steps = Steps();
  const ops::Shape &out = launch.outputs[0].type.shape;
  size_t position = 0;
  for (const ops::Epilogue &epilogue : launch.op.epilogues) {
    Step step;
    step.alpha = float(epilogue.alpha);
    step.beta = float(epilogue.beta);
    bool first = steps.rest.empty();
    if (epilogue.operand < 0) {
      bool relu = epilogue.kind == "relu";
      if (first && !steps.clamp && (relu || epilogue.kind == "clip")) {
        steps.clamp = true;
        steps.low = relu ? 0.0f : step.alpha;
        steps.high = relu ? std::numeric_limits<float>::infinity() : step.beta;
        ++position;
        continue;
      }
      step.unary = findUnary(epilogue.kind);
      if (!step.unary)
        return false;
    } else {
      size_t index = size_t(epilogue.operand);
      step.operand = unsigned(index);
      if (index >= launch.inputs.size() ||
          !readSpread(launch.inputs[index].type.shape, out, step.spread))
        return false;
      bool full = step.spread == Spread::Full;
      if (full && !readOperandStrides(launch, index, asRows, step.strides))
        return false;
      if (full && first && !steps.clamp && steps.residual < 0 &&
          epilogue.kind == "add") {
        steps.residual = int(index);
        steps.residualStrides = step.strides;
        steps.residualEpilogue = int(position++);
        continue;
      }
      step.binary = findBinary(epilogue.kind);
      if (!step.binary)
        return false;
    }
    steps.rest.push_back(step);
    ++position;
  }
  return true;
}

bool cpu::areEven(const Steps &steps, const Conv2D &conv) {
  bool even = steps.residual < 0 || isEven(conv, steps.residualStrides);
  for (const Step &step : steps.rest)
    even &= step.spread != Spread::Full || isEven(conv, step.strides);
  return even;
}

void cpu::applySteps(const Steps &steps, const void *const *inputs, float *out,
                     int64_t image, int64_t row, int64_t column,
                     int64_t channel, int64_t count) {
  const Pixel64 pixel = {row, column};
  applySteps(steps, inputs, out, image, &pixel, 1, channel, count);
}

void cpu::applySteps(const Steps &steps, const void *const *inputs, float *out,
                     int64_t image, const Pixel64 *pixels, int64_t numPixels,
                     int64_t channel, int64_t count) {
  for (const Step &step : steps.rest) {
    if (step.unary) {
      step.unary(out, out, numPixels * count, step.alpha, step.beta);
      continue;
    }
    const float *operand = static_cast<const float *>(inputs[step.operand]);
    if (step.spread == Spread::Scalar) {
      step.binary(out, out, operand, numPixels * count, false, true);
      continue;
    }
    operand += channel;
    for (int64_t p = 0; p < numPixels; ++p) {
      int64_t at = step.spread == Spread::Channel
                       ? 0
                       : image * step.strides.image +
                             pixels[p].row * step.strides.row +
                             pixels[p].column * step.strides.pixel;
      float *numbers = out + p * count;
      step.binary(numbers, numbers, operand + at, count, false, false);
    }
  }
}
