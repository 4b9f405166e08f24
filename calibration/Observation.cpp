//===- Observation.cpp - what calibration has seen of a tensor ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "calibration/Observation.h"

#include <numeric>

using namespace graft;

//===----------------------------------------------------------------------===//
// Histograms
//===----------------------------------------------------------------------===//

/// The bin of a histogram 2^shift times as wide that holds bin `bin`. Bins
/// count from zero on either side.
static int64_t widen(int64_t bin, int shift) {
  int64_t fromZero = bin < ops::kBinsPerSide ? ops::kBinsPerSide - 1 - bin
                                             : bin - ops::kBinsPerSide;
  fromZero = shift < ops::kLogBinsPerSide ? fromZero >> shift : 0;
  return bin < ops::kBinsPerSide ? ops::kBinsPerSide - 1 - fromZero
                                 : ops::kBinsPerSide + fromZero;
}

void Histogram::add(int otherExponent, const int64_t *otherCounts) {
  if (otherExponent > exponent) {
    std::vector<int64_t> narrow(ops::kNumBins);
    narrow.swap(counts);
    int shift = otherExponent - exponent;
    exponent = otherExponent;
    for (int64_t bin = 0; bin < ops::kNumBins; ++bin)
      counts[widen(bin, shift)] += narrow[bin];
  }
  for (int64_t bin = 0; bin < ops::kNumBins; ++bin)
    counts[widen(bin, exponent - otherExponent)] += otherCounts[bin];
}

int64_t Histogram::total() const {
  return std::accumulate(counts.begin(), counts.end(), int64_t(0));
}

std::vector<int64_t> Histogram::magnitudes() const {
  std::vector<int64_t> both(ops::kBinsPerSide);
  for (int64_t bin = 0; bin < ops::kBinsPerSide; ++bin)
    both[bin] =
        counts[ops::kBinsPerSide + bin] + counts[ops::kBinsPerSide - 1 - bin];
  return both;
}

//===----------------------------------------------------------------------===//
// Observations
//===----------------------------------------------------------------------===//

void Observation::addBatch(int64_t samples, float least, float most,
                           const int64_t *counts, const float *means,
                           size_t channels) {
  if (!(least <= most)) // no value was finite
    return;
  min = std::min(min, least);
  max = std::max(max, most);
  batches.emplace_back(least, most);
  int exponent =
      ops::findWidthExponent(std::max(std::fabs(least), std::fabs(most)));
  histogram.add(exponent, counts);
  sums.resize(channels);
  // Rounds to a grid that is fine compared with the values. Sums on the grid
  // are exact, so they do not depend on their order.
  int grid = exponent - 30;
  for (size_t i = 0; i < channels; ++i) {
    double sum = static_cast<double>(means[i]) * static_cast<double>(samples);
    if (std::isfinite(sum))
      sums[i] += std::ldexp(std::nearbyint(std::ldexp(sum, -grid)), grid);
  }
}

void Observation::add(const Observation &later) {
  min = std::min(min, later.min);
  max = std::max(max, later.max);
  histogram.add(later.histogram.exponent, later.histogram.counts.data());
  batches.insert(batches.end(), later.batches.begin(), later.batches.end());
  sums.resize(std::max(sums.size(), later.sums.size()));
  for (size_t i = 0; i < later.sums.size(); ++i)
    sums[i] += later.sums[i];
}
