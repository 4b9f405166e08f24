//===- Observation.h - what calibration has seen of a tensor --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Observations add up: those of two parts of the data are those of all of it,
// whatever the parts.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_CALIBRATION_OBSERVATION_H
#define GRAFT_CALIBRATION_OBSERVATION_H

#include "runtime/ops/Observation.h"

#include <limits>
#include <utility>
#include <vector>

namespace graft {

/// How often which numbers were there: `observe`'s histogram, over
/// [-2^exponent, 2^exponent].
struct Histogram {
  int exponent = ops::kMinWidthExponent;
  std::vector<int64_t> counts = std::vector<int64_t>(ops::kNumBins);

  /// Adds what was counted in a histogram of any width.
  void add(int otherExponent, const int64_t *otherCounts);
  int64_t total() const;
  /// How many magnitudes each bin of the positive side and its mirror image
  /// hold.
  std::vector<int64_t> magnitudes() const;
  /// The upper end of the `bin`-th bin of magnitudes() and of its predecessors.
  double upperEnd(int64_t bin) const {
    return std::ldexp(static_cast<double>(bin + 1),
                      exponent - ops::kLogBinsPerSide);
  }
};

struct Observation {
  float min = std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();
  Histogram histogram;
  /// The limits of each batch, in the order of the batches.
  std::vector<std::pair<float, float>> batches;
  /// The sum over all samples of the mean of each channel; empty if nobody
  /// asked.
  std::vector<double> sums;

  /// Whether there was a finite number.
  bool isEmpty() const { return min > max; }
  /// Notes one batch of `samples` samples: its limits, its histogram, and the
  /// mean of each channel, if there are any.
  void addBatch(int64_t samples, float least, float most, const int64_t *counts,
                const float *means, size_t channels);
  /// Appends what was seen after this.
  void add(const Observation &later);
};

} // namespace graft

#endif // GRAFT_CALIBRATION_OBSERVATION_H
