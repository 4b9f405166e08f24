//===- QuantizedEpilogues.h - epilogues of quantized products -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The epilogues of a launch that sums products of codes of 8 bits: a factor for
// each channel makes a number of the sum, a bias may follow, then come the
// steps that there are on floats, and at the end the number may become a code
// again.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_QUANTIZEDEPILOGUES_H
#define GRAFT_RUNTIME_CPU_QUANTIZEDEPILOGUES_H

#include "runtime/cpu/Epilogues.h"

namespace graft::runtime::cpu {

struct QuantizedEpilogues {
  /// Input: f32, one for each channel; of a mean, one for all, or 0 for none.
  unsigned factors = 0;
  int bias = -1;     ///< input: the same, or -1
  Epilogues between; ///< those between, on floats
  /// What steps.residual holds: codes of u8, code * scale + shift, or floats.
  bool residualIsQuantized = false;
  float residualScale = 1, residualShift = 0;
  int residualEpilogue = -1;   ///< its position among all epilogues
  bool makesQuantized = false; ///< u8; else the result is f32
  float inverse = 1, zero = 0; ///< code = round(number * inverse + zero)

  /// A bound of numbers as one of codes.
  uint8_t quantizedBound(float real) const;
};

/// Reads the epilogues of a launch with u8 input and i8 weights. `asRows` as
/// readEpilogues() has it. False if there is no kernel for them.
bool readQuantizedEpilogues(const LaunchDesc &launch, bool asRows,
                            QuantizedEpilogues &epilogues);

/// Adds the residual branch, which there is, to `count` channels from `channel`
/// on of one pixel, whose value lies at `out`.
void addResidual(const QuantizedEpilogues &epilogues, const void *const *inputs,
                 float *out, int64_t image, int64_t row, int64_t column,
                 int64_t channel, int64_t count);

/// `count` numbers as codes.
void makeQuantized(const QuantizedEpilogues &epilogues, const float *reals,
                   uint8_t *quantized, int64_t count);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_QUANTIZEDEPILOGUES_H
