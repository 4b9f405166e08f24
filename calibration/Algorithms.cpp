//===- Algorithms.cpp - which part of a tensor's numbers matters ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All but two find a threshold for the magnitudes, at the end of one of the
// histogram's bins, and clip the observed range to it.
//===----------------------------------------------------------------------===//
#include "calibration/Algorithms.h"

using namespace graft;

namespace {

/// The magnitudes of a tensor, bin by bin.
struct Magnitudes {
  explicit Magnitudes(const Observation &seen)
      : histogram(seen.histogram), counts(histogram.magnitudes()),
        steps(seen.min < 0 ? 127 : 255) {
    while (!counts.empty() && counts.back() == 0)
      counts.pop_back();
  }

  /// The end of the first `bins` bins.
  double thresholdOf(size_t bins) const {
    return histogram.upperEnd(static_cast<int64_t>(bins) - 1);
  }

  const Histogram &histogram;
  std::vector<int64_t> counts; ///< up to the last that is not zero
  size_t steps;                ///< of 8 bits, from zero to the threshold
};

} // namespace

/// Exponential moving averages, from the first batch on.
static std::pair<float, float> averageLimits(const Observation &seen) {
  constexpr double momentum = CalibrationAlgorithm::kMomentum;
  std::pair<double, double> average = seen.batches.front();
  for (const auto &[least, most] : seen.batches) {
    average.first = momentum * average.first + (1 - momentum) * least;
    average.second = momentum * average.second + (1 - momentum) * most;
  }
  return {static_cast<float>(average.first),
          static_cast<float>(average.second)};
}

static double findPercentile(const Magnitudes &x, double percentile) {
  int64_t all = 0;
  for (int64_t count : x.counts)
    all += count;
  double wanted = std::ceil(static_cast<double>(all) * percentile / 100.0);
  int64_t below = 0;
  for (size_t bins = 1; bins < x.counts.size(); ++bins) {
    below += x.counts[bins - 1];
    if (static_cast<double>(below) >= wanted)
      return x.thresholdOf(bins);
  }
  return x.thresholdOf(x.counts.size());
}

/// The information lost if the first `bins` bins become `levels` values and all
/// other bins the last of them.
static double findDivergence(const std::vector<double> &counts,
                             const std::vector<double> &sums, size_t bins,
                             size_t levels) {
  // A value without a count in the quantized distribution is not impossible.
  constexpr double smoothing = 1e-7;
  double all = sums.back();
  double outliers = all - sums[bins];
  double inside = sums[bins];
  if (inside <= 0)
    return std::numeric_limits<double>::infinity();
  double divergence = 0;
  for (size_t level = 0; level < levels; ++level) {
    size_t begin = level * bins / levels, end = (level + 1) * bins / levels;
    auto at = [&](size_t bin) {
      return counts[bin] + (bin + 1 == bins ? outliers : 0.0);
    };
    size_t filled = 0;
    for (size_t bin = begin; bin < end; ++bin)
      filled += at(bin) > 0;
    if (filled == 0)
      continue;
    double q = (sums[end] - sums[begin]) / (inside * double(filled));
    for (size_t bin = begin; bin < end; ++bin)
      if (double p = at(bin) / all; p > 0)
        divergence += p * std::log(p / (q + smoothing));
  }
  return divergence;
}

static double minimizeDivergence(const Magnitudes &x) {
  // A distance between candidates of less than half a percent.
  constexpr size_t stride = 16;
  size_t levels = x.steps == 127 ? 128 : 255, used = x.counts.size();
  std::vector<double> counts(x.counts.begin(), x.counts.end());
  // Zeros are exact in any range, and would dominate after a relu.
  if (used > 1)
    counts[0] = counts[1];
  std::vector<double> sums(used + 1, 0.0);
  for (size_t bin = 0; bin < used; ++bin)
    sums[bin + 1] = sums[bin] + counts[bin];
  size_t best = used;
  double least = std::numeric_limits<double>::infinity();
  // Starts from the widest: of equal candidates, clip less.
  for (size_t bins = used; bins >= levels; bins -= stride) {
    double divergence = findDivergence(counts, sums, bins, levels);
    if (divergence < least) {
      least = divergence;
      best = bins;
    }
  }
  return x.thresholdOf(best);
}

static double minimizeSquares(const Magnitudes &x) {
  // Sums of 1, x and x^2 over the bins from the last one down give the clipping
  // error; each value has a rounding error of a twelfth of the squared step.
  // Zeros, which are in the first bin, have no error.
  double count = 0, sum = 0, squares = 0;
  int64_t others = 0;
  for (size_t bin = 1; bin < x.counts.size(); ++bin)
    others += x.counts[bin];
  size_t best = x.counts.size();
  double least = std::numeric_limits<double>::infinity();
  for (size_t bins = x.counts.size(); bins > 0; --bins) {
    double threshold = x.thresholdOf(bins);
    double step = threshold / static_cast<double>(x.steps);
    double rounding = step * step / 12 * (static_cast<double>(others) - count);
    double cutting =
        squares - 2 * threshold * sum + threshold * threshold * count;
    if (rounding + cutting < least) {
      least = rounding + cutting;
      best = bins;
    }
    double center = (threshold + (bins > 1 ? x.thresholdOf(bins - 1) : 0)) / 2;
    auto more = static_cast<double>(x.counts[bins - 1]);
    count += more;
    sum += more * center;
    squares += more * center * center;
  }
  return x.thresholdOf(best);
}

bool graft::isCalibrationAlgorithm(std::string_view name) {
  return name == "minmax" || name == "moving-average" || name == "percentile" ||
         name == "entropy" || name == "mse";
}

std::pair<float, float>
graft::chooseRange(const Observation &seen,
                   const CalibrationAlgorithm &algorithm) {
  std::pair<float, float> range(seen.min, seen.max);
  if (algorithm.name == "moving-average") {
    range = averageLimits(seen);
  } else if (algorithm.name != "minmax") {
    Magnitudes x(seen);
    auto threshold = static_cast<float>(
        algorithm.name == "entropy" ? minimizeDivergence(x)
        : algorithm.name == "mse"   ? minimizeSquares(x)
                                    : findPercentile(x, algorithm.percentile));
    range.first = std::max(range.first, -threshold);
    range.second = std::min(range.second, threshold);
  }
  return {std::min(range.first, 0.0f), std::max(range.second, 0.0f)};
}
