//===- Observation.h - what calibration has seen of a tensor --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Observations add up: those of the parts of the data add up to those of all of
// it, however it is split.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_CALIBRATION_OBSERVATION_H
#define GRAFT_CALIBRATION_OBSERVATION_H

#include "runtime/ops/Observation.h"

#include <limits>
#include <utility>
#include <vector>

namespace graft {

/// The histogram of `observe`, over [-2^exponent, 2^exponent].
struct Histogram {
  int exponent = ops::kMinWidthExponent;
  std::vector<int64_t> counts = std::vector<int64_t>(ops::kNumBins);

  /// Adds the counts of a histogram of any width.
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
  /// The sum over all samples of the mean of each channel; empty if it was not
  /// requested.
  std::vector<double> sums;

  /// Whether there was a finite value.
  bool isEmpty() const { return min > max; }
  /// Adds one batch of `samples` samples: its limits, its histogram, and the
  /// mean of each channel, if there are any.
  void addBatch(int64_t samples, float least, float most, const int64_t *counts,
                const float *means, size_t channels);
  /// Appends later observations.
  void add(const Observation &later);
};

} // namespace graft

#endif // GRAFT_CALIBRATION_OBSERVATION_H
