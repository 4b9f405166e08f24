//===- Observation.h - what calibration notes of a tensor -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The histogram of `observe`, for its writers and readers. Its width is a power
// of two, and each bin is closed at its outer end, so two adjacent bins of one
// histogram are exactly one bin of the next wider one. Counts of parts of the
// data add up to the counts of all of it.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_OBSERVATION_H
#define GRAFT_RUNTIME_OPS_OBSERVATION_H

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace graft::ops {

/// Bins on each side of zero, from the most negative one on.
inline constexpr int64_t kBinsPerSide = 4096;
inline constexpr int64_t kNumBins = 2 * kBinsPerSide;
inline constexpr int kLogBinsPerSide = 12;

/// The least exponent of a width: a histogram of zeros has it.
inline constexpr int kMinWidthExponent = -100;

/// The k of the narrowest histogram [-2^k, 2^k] that contains a finite
/// `magnitude`.
inline int findWidthExponent(double magnitude) {
  int exponent = 0;
  // In [1/2, 1), times two to the exponent.
  double fraction = std::frexp(magnitude, &exponent);
  if (fraction == 0.0)
    return kMinWidthExponent;
  return std::max(fraction == 0.5 ? exponent - 1 : exponent, kMinWidthExponent);
}

/// The bin of a finite `value` in the histogram of width 2^exponent, which
/// contains it. Bin i on the side of zero holds magnitudes of (i w, (i + 1) w]
/// with w = 2^exponent / kBinsPerSide; zero is with the smallest positive ones.
inline int64_t findBin(double value, int exponent) {
  double steps = std::ldexp(std::fabs(value), kLogBinsPerSide - exponent);
  auto bin = std::max<int64_t>(static_cast<int64_t>(std::ceil(steps)), 1) - 1;
  return value < 0 ? kBinsPerSide - 1 - bin : kBinsPerSide + bin;
}

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_OBSERVATION_H
