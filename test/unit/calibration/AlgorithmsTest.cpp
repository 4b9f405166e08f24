//===- AlgorithmsTest.cpp - ranges against those of NumPy -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The expectations are NumPy's, on the numbers themselves where the algorithms
// have a histogram: sorted for percentiles; for mse the least of 4000
// thresholds, each with every number rounded and cut. For entropy it is the
// search of the literature written with NumPy's arrays, on the same bins.
//===----------------------------------------------------------------------===//
#include "calibration/Algorithms.h"

#include <gtest/gtest.h>

using namespace graft;

namespace {

/// The quantiles of an exponential distribution.
std::vector<float> exponential() {
  constexpr int n = 20000;
  std::vector<float> x;
  for (int i = 0; i < n; ++i)
    x.push_back(static_cast<float>(-std::log(1 - (i + 0.5) / n)));
  return x;
}

std::vector<float> alternate(std::vector<float> x) {
  for (size_t i = 0; i < x.size(); i += 2)
    x[i] = -x[i];
  return x;
}

void note(Observation &seen, const std::vector<float> &x) {
  float least = *std::min_element(x.begin(), x.end());
  float most = *std::max_element(x.begin(), x.end());
  int exponent =
      ops::findWidthExponent(std::max(std::fabs(least), std::fabs(most)));
  std::vector<int64_t> counts(ops::kNumBins);
  for (float value : x)
    ++counts[static_cast<size_t>(ops::findBin(value, exponent))];
  seen.addBatch(1, least, most, counts.data(), nullptr, 0);
}

std::pair<float, float> choose(const std::vector<float> &x, const char *name,
                               double percentile = 99.99) {
  Observation seen;
  note(seen, x);
  return chooseRange(seen, {name, percentile});
}

/// The mean square of what rounding to `levels` steps up to `threshold` and
/// cutting change.
double meanSquare(const std::vector<float> &x, double threshold, int levels,
                  bool isSigned) {
  double step = threshold / levels, sum = 0;
  for (float value : x) {
    double code = std::nearbyint(value / step);
    code = std::min<double>(std::max<double>(code, isSigned ? -levels : 0),
                            levels);
    sum += (code * step - value) * (code * step - value);
  }
  return sum / static_cast<double>(x.size());
}

TEST(Algorithms, KnowsTheirNames) {
  for (const char *name :
       {"minmax", "moving-average", "percentile", "entropy", "mse"})
    EXPECT_TRUE(isCalibrationAlgorithm(name)) << name;
  EXPECT_FALSE(isCalibrationAlgorithm("median"));
}

TEST(Algorithms, MinMaxSpansAllAndZero) {
  EXPECT_EQ(choose({-3, 1, 2}, "minmax"), std::pair(-3.0f, 2.0f));
  EXPECT_EQ(choose({1, 2}, "minmax"), std::pair(0.0f, 2.0f));
  EXPECT_EQ(choose({-2, -1}, "minmax"), std::pair(-2.0f, 0.0f));
}

TEST(Algorithms, MovingAverageForgets) {
  Observation seen;
  note(seen, {-1, 2});
  note(seen, {-3, 4});
  note(seen, {-1, 8});
  auto [min, max] = chooseRange(seen, {"moving-average", 0});
  EXPECT_FLOAT_EQ(min, 0.9f * (0.9f * -1 + 0.1f * -3) + 0.1f * -1);
  EXPECT_FLOAT_EQ(max, 0.9f * (0.9f * 2 + 0.1f * 4) + 0.1f * 8);
}

TEST(Algorithms, PercentileIsNumPysWithinABin) {
  const float bin = 16.0f / ops::kBinsPerSide;
  for (auto [percentile, want] :
       {std::pair(90.0, 2.302335f), {99.0, 4.6026735f}, {99.9, 6.883063f}}) {
    auto [min, max] = choose(exponential(), "percentile", percentile);
    EXPECT_EQ(min, 0.0f);
    EXPECT_GE(max, want);
    EXPECT_LE(max, want + bin);
    std::tie(min, max) =
        choose(alternate(exponential()), "percentile", percentile);
    EXPECT_EQ(min, -max);
    EXPECT_GE(max, want);
    EXPECT_LE(max, want + bin);
  }
  EXPECT_EQ(choose(exponential(), "percentile", 100),
            std::pair(0.0f, 10.596635f));
}

TEST(Algorithms, PercentileCutsOneSideAlone) {
  std::vector<float> x = exponential();
  for (size_t i = 0; i < 100; ++i)
    x[i] = -0.25f;
  auto [min, max] = choose(x, "percentile", 99);
  EXPECT_EQ(min, -0.25f);
  EXPECT_NEAR(max, 4.6, 0.1);
}

TEST(Algorithms, MseIsTheLeast) {
  std::vector<float> x = exponential();
  auto [min, max] = choose(x, "mse");
  EXPECT_EQ(min, 0.0f);
  EXPECT_LE(meanSquare(x, max, 255, false), 1.02 * 1.4025460e-4);
  std::vector<float> both = alternate(x);
  std::tie(min, max) = choose(both, "mse");
  EXPECT_EQ(min, std::max(-max, -9.498022f)); // the least that there is
  EXPECT_LE(meanSquare(both, max, 127, true), 1.02 * 5.2568517e-4);
}

TEST(Algorithms, EntropyIsTheLiteratures) {
  EXPECT_EQ(choose(exponential(), "entropy").second, 10.596635f);
  EXPECT_EQ(choose(alternate(exponential()), "entropy"),
            std::pair(-9.498022f, 9.53515625f));
}

TEST(Algorithms, OutliersAreCutAsNumPyHasIt) {
  std::vector<float> x = exponential();
  x.insert(x.end(), {40.0f, 40.0f});
  float mse = choose(x, "mse").second;
  EXPECT_LE(meanSquare(x, mse, 255, false), 1.02 * 2.0225109e-3);
  EXPECT_EQ(choose(x, "entropy").second, 9.5f);
  EXPECT_EQ(choose(x, "minmax").second, 40.0f);
}

TEST(Algorithms, TakesWhatHardlyHasNumbers) {
  for (const char *name :
       {"minmax", "moving-average", "percentile", "entropy", "mse"}) {
    EXPECT_EQ(choose({0, 0}, name), std::pair(0.0f, 0.0f)) << name;
    // Within the one bin that is filled.
    EXPECT_NEAR(choose({3}, name).second, 3, 4.0 / ops::kBinsPerSide) << name;
    EXPECT_EQ(choose({3}, name).first, 0.0f) << name;
    EXPECT_NEAR(choose({-1e-30f}, name).first, -1e-30, 1e-33) << name;
    EXPECT_NEAR(choose({3e38f}, name).second, 3e38, 1e35) << name;
  }
}

} // namespace
