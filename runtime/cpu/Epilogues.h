//===- Epilogues.h - epilogues of the cpu provider ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The epilogues of a launch, resolved to functions on rows of floats. A
// residual and a clamp in front are left to the kernel, which has them in
// registers; the rest is applied to each tile while it is in the first cache.
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

/// Resolves `launch`'s epilogues. `asRows` says that the output is taken as one
/// row of pixels, as readMatMulAsConv() does. False if one has no kernel.
bool readEpilogues(const LaunchDesc &launch, bool asRows, Epilogues &epilogues);

/// Whether all of an image's pixels are as far apart as the first two in every
/// full operand.
bool areEven(const Epilogues &epilogues, const Conv2D &conv);

/// Applies steps.rest to `count` channels from `channel` on of one pixel, whose
/// value lies at `out`.
void applyEpilogues(const Epilogues &epilogues, const void *const *inputs,
                    float *out, int64_t image, int64_t row, int64_t column,
                    int64_t channel, int64_t count);
/// The same for several pixels, each of which has its `count` values behind
/// those of the one before.
void applyEpilogues(const Epilogues &epilogues, const void *const *inputs,
                    float *out, int64_t image, const Pixel64 *pixels,
                    int64_t numPixels, int64_t channel, int64_t count);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_EPILOGUES_H
