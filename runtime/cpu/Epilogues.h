//===- Epilogues.h - epilogues of the cpu provider ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The epilogues of a launch, resolved to functions on rows of floats. The
// kernel itself applies a residual and a clamp that come first, in registers;
// the other epilogues are applied to each tile while it is in the first-level
// cache.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_EPILOGUES_H
#define GRAFT_RUNTIME_CPU_EPILOGUES_H

#include "runtime/cpu/Problem.h"
#include "runtime/cpu/kernels/Rows.h"

namespace graft::runtime::cpu {

struct RowEpilogue {
  UnaryRowFn unary = nullptr;   ///< or
  BinaryRowFn binary = nullptr; ///< with `operand`
  float alpha = 0;
  float beta = 0;
  unsigned operand = 0;
  Spread spread = Spread::Scalar;
  ImageStrides strides; ///< of a full operand
};

struct Epilogues {
  int residual = -1; ///< input that is added first
  ImageStrides residualStrides;
  int residualEpilogue = -1;
  bool clamp = false;
  float low = 0, high = 0;
  std::vector<RowEpilogue> rest;
};

/// Resolves the epilogues of `launch`. With `asRows` the output is one row of
/// pixels, as in readMatMulAsConv(). False if an epilogue has no kernel.
bool readEpilogues(const LaunchDesc &launch, bool asRows, Epilogues &epilogues);

/// Whether the pixels of each full operand have one stride.
bool areEven(const Epilogues &epilogues, const Conv2D &conv);

/// Applies epilogues.rest to `count` channels of one pixel, from `channel` on.
/// The value of that channel is at `out`.
void applyEpilogues(const Epilogues &epilogues, const void *const *inputs,
                    float *out, int64_t image, int64_t row, int64_t column,
                    int64_t channel, int64_t count);
/// The same for several pixels, whose values follow each other.
void applyEpilogues(const Epilogues &epilogues, const void *const *inputs,
                    float *out, int64_t image, const Pixel64 *pixels,
                    int64_t numPixels, int64_t channel, int64_t count);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_EPILOGUES_H
