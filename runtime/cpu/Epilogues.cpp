//===- Epilogues.cpp - epilogues of the cpu provider ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Epilogues.h"

#include "runtime/cpu/Functions.h"

#include <limits>

using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

/// Strides of a full operand, whose pixels are taken as an image or as one row.
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

bool cpu::readEpilogues(const LaunchDesc &launch, bool asRows,
                        Epilogues &epilogues) {
  epilogues = Epilogues();
  const ops::Shape &out = launch.outputs[0].type.shape;
  size_t position = 0;
  for (const ops::Epilogue &epilogue : launch.op.epilogues) {
    RowEpilogue resolved;
    resolved.alpha = float(epilogue.alpha);
    resolved.beta = float(epilogue.beta);
    bool first = epilogues.rest.empty();
    if (epilogue.operand < 0) {
      bool relu = epilogue.kind == "relu";
      if (first && !epilogues.clamp && (relu || epilogue.kind == "clip")) {
        epilogues.clamp = true;
        epilogues.low = relu ? 0.0f : resolved.alpha;
        epilogues.high =
            relu ? std::numeric_limits<float>::infinity() : resolved.beta;
        ++position;
        continue;
      }
      resolved.unary = findUnary(epilogue.kind);
      if (!resolved.unary)
        return false;
    } else {
      size_t index = size_t(epilogue.operand);
      resolved.operand = unsigned(index);
      if (index >= launch.inputs.size() ||
          !readSpread(launch.inputs[index].type.shape, out, resolved.spread))
        return false;
      bool full = resolved.spread == Spread::Full;
      if (full && !readOperandStrides(launch, index, asRows, resolved.strides))
        return false;
      if (full && first && !epilogues.clamp && epilogues.residual < 0 &&
          epilogue.kind == "add") {
        epilogues.residual = int(index);
        epilogues.residualStrides = resolved.strides;
        epilogues.residualEpilogue = int(position++);
        continue;
      }
      resolved.binary = findBinary(epilogue.kind);
      if (!resolved.binary)
        return false;
    }
    epilogues.rest.push_back(resolved);
    ++position;
  }
  return true;
}

bool cpu::areEven(const Epilogues &epilogues, const Conv2D &conv) {
  bool even = epilogues.residual < 0 || isEven(conv, epilogues.residualStrides);
  for (const RowEpilogue &epilogue : epilogues.rest)
    even &= epilogue.spread != Spread::Full || isEven(conv, epilogue.strides);
  return even;
}

void cpu::applyEpilogues(const Epilogues &epilogues, const void *const *inputs,
                         float *out, int64_t image, int64_t row, int64_t column,
                         int64_t channel, int64_t count) {
  const Pixel64 pixel = {row, column};
  applyEpilogues(epilogues, inputs, out, image, &pixel, 1, channel, count);
}

void cpu::applyEpilogues(const Epilogues &epilogues, const void *const *inputs,
                         float *out, int64_t image, const Pixel64 *pixels,
                         int64_t numPixels, int64_t channel, int64_t count) {
  for (const RowEpilogue &epilogue : epilogues.rest) {
    if (epilogue.unary) {
      epilogue.unary(out, out, numPixels * count, epilogue.alpha,
                     epilogue.beta);
      continue;
    }
    const float *operand = static_cast<const float *>(inputs[epilogue.operand]);
    if (epilogue.spread == Spread::Scalar) {
      epilogue.binary(out, out, operand, numPixels * count, false, true);
      continue;
    }
    operand += channel;
    for (int64_t p = 0; p < numPixels; ++p) {
      int64_t at = epilogue.spread == Spread::Channel
                       ? 0
                       : image * epilogue.strides.image +
                             pixels[p].row * epilogue.strides.row +
                             pixels[p].column * epilogue.strides.pixel;
      float *values = out + p * count;
      epilogue.binary(values, values, operand + at, count, false, false);
    }
  }
}
