//===- QuantizedEpilogues.h - epilogues of quantized products -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The epilogues of a launch that sums products of int8 and uint8 values. A
// factor for each channel dequantizes the sum, and a bias may follow. Then come
// the epilogues on floats, and the last one may quantize the result.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_QUANTIZEDEPILOGUES_H
#define GRAFT_RUNTIME_CPU_QUANTIZEDEPILOGUES_H

#include "runtime/cpu/Epilogues.h"

namespace graft::runtime::cpu {

struct QuantizedEpilogues {
  /// Input: f32, one for each channel; for a mean, one for all, or 0 for none.
  unsigned factors = 0;
  int bias = -1;     ///< input: the same, or -1
  Epilogues between; ///< the epilogues on floats
  /// Whether between.residual holds u8 values, which mean quantized * scale +
  /// shift, or floats.
  bool residualIsQuantized = false;
  float residualScale = 1, residualShift = 0;
  int residualEpilogue = -1;   ///< its position among all epilogues
  bool makesQuantized = false; ///< u8; else the result is f32
  float inverse = 1, zero = 0; ///< quantized = round(real * inverse + zero)

  /// The quantized value of a bound.
  uint8_t quantizedBound(float real) const;
};

/// Reads the epilogues of a launch with u8 input and i8 weights. `asRows` is as
/// in readEpilogues(). False if there is no kernel for them.
bool readQuantizedEpilogues(const LaunchDesc &launch, bool asRows,
                            QuantizedEpilogues &epilogues);

/// Adds the residual branch, which must exist, to `count` channels of one
/// pixel, from `channel` on. The value of that channel is at `out`.
void addResidual(const QuantizedEpilogues &epilogues, const void *const *inputs,
                 float *out, int64_t image, int64_t row, int64_t column,
                 int64_t channel, int64_t count);

/// Quantizes `count` real values.
void makeQuantized(const QuantizedEpilogues &epilogues, const float *reals,
                   uint8_t *quantized, int64_t count);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_QUANTIZEDEPILOGUES_H
