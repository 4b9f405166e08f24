//===- PrecisionSearchTest.cpp - choices by made-up times and losses ------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/precision/PrecisionSearch.h"

#include <gtest/gtest.h>

using namespace graft;

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr Precision Int8 = Precision::Int8;
constexpr Precision BF16 = Precision::BF16;
constexpr Precision F32 = Precision::FP32;

/// A chain of layers. The whole takes what they take and `border` wherever two
/// neighbours differ; each int8 layer has its own loss, a bf16 layer a
/// hundredth of it, and the losses add up.
class Chain : public PrecisionTrials {
public:
  Chain(std::vector<LayerTimes> layers, double border,
        std::vector<double> losses = {})
      : layers(std::move(layers)), losses(std::move(losses)), border(border) {}

  Expected<std::vector<LayerTimes>> timeLayers() override { return layers; }

  Expected<std::vector<double>>
  time(llvm::ArrayRef<PrecisionMix> mixes) override {
    std::vector<double> times;
    for (const PrecisionMix &mix : mixes) {
      double &sum = times.emplace_back(0);
      for (size_t i = 0; i < mix.size(); ++i) {
        EXPECT_TRUE(has(layers[i], mix[i])) << i;
        sum += layers[i][mix[i]];
        sum += i > 0 && mix[i] != mix[i - 1] ? border : 0;
      }
    }
    timed += mixes.size();
    return times;
  }

  Expected<double> lose(const PrecisionMix &mix, const std::string &) override {
    ++measured;
    double sum = least;
    for (size_t i = 0; i < mix.size(); ++i)
      sum += mix[i] == Int8 ? losses[i] : mix[i] == BF16 ? losses[i] / 100 : 0;
    return sum;
  }

  Status announce(const std::string &) override {
    return --patience < 0 ? Status::failed("cancelled") : Status();
  }

  size_t timed = 0, measured = 0;
  double least = 0;
  int patience = 1000;

private:
  std::vector<LayerTimes> layers;
  std::vector<double> losses;
  double border;
};

FoundPrecisions search(Chain &chain, bool fastest,
                       std::optional<double> limit = {}) {
  std::optional<AccuracyBudget> budget;
  if (limit)
    budget = AccuracyBudget{"max_error", *limit};
  Expected<FoundPrecisions> found = searchPrecisions(chain, fastest, budget);
  EXPECT_TRUE(found) << found.status().message();
  return *std::move(found);
}

TEST(PrecisionSearch, TakesEachLayersOwnBest) {
  Chain chain({{10, 20, 30}, {20, 10, 30}, {30, 20, 10}}, /*border=*/1);
  FoundPrecisions found = search(chain, /*fastest=*/true);
  EXPECT_EQ(found.mix, (PrecisionMix{Int8, BF16, F32}));
  EXPECT_EQ(found.time, 32);
  EXPECT_EQ(found.uniform, (LayerTimes{60, 50, 70}));
}

/// What a layer gains is less than its borders cost; what several do is more.
TEST(PrecisionSearch, PaysForBordersOnlyWhereTheyAreWorthIt) {
  std::vector<LayerTimes> layers(12, {10, kNever, 30});
  layers[3] = {12, kNever, 10};
  layers[8] = layers[9] = layers[10] = layers[11] = {20, kNever, 10};
  Chain chain(layers, /*border=*/5);
  FoundPrecisions found = search(chain, /*fastest=*/true);
  PrecisionMix want(12, Int8);
  std::fill(want.begin() + 8, want.end(), F32);
  EXPECT_EQ(found.mix, want);
  EXPECT_EQ(found.time, 7 * 10 + 12 + 4 * 10 + 5);
}

/// The sum of the layers promises half the time, and is a lie.
TEST(PrecisionSearch, IsNeverSlowerThanOnePrecisionForAll) {
  std::vector<LayerTimes> layers;
  for (int i = 0; i < 40; ++i)
    layers.push_back(i % 2 ? LayerTimes{10, kNever, 20}
                           : LayerTimes{21, kNever, 10});
  Chain chain(layers, /*border=*/100);
  FoundPrecisions found = search(chain, /*fastest=*/true);
  EXPECT_EQ(found.mix, PrecisionMix(40, F32));
  EXPECT_EQ(found.time, 600);
}

/// A gain within the noise of timing is none.
TEST(PrecisionSearch, MixesOnlyForAClearGain) {
  std::vector<LayerTimes> layers(100, {10, kNever, 20});
  layers[99] = {10, kNever, 9};
  Chain chain(layers, /*border=*/0);
  EXPECT_EQ(search(chain, /*fastest=*/true).mix, PrecisionMix(100, Int8));
}

/// Of each other layer fp32 is a trifle faster, by which no trial is worth it.
TEST(PrecisionSearch, TriesOnlyWhatMatters) {
  std::vector<LayerTimes> layers;
  for (int i = 0; i < 100; ++i)
    layers.push_back({10, kNever, i % 2 ? 9.5 : 20});
  Chain chain(layers, /*border=*/0);
  EXPECT_EQ(search(chain, /*fastest=*/true).mix, PrecisionMix(100, Int8));
  EXPECT_EQ(chain.timed, 4u) << "one precision for all, at first and at last";
}

TEST(PrecisionSearch, KnowsLayersWithoutInt8) {
  Chain chain({{kNever, 10, 30}, {kNever, kNever, 30}}, /*border=*/1);
  FoundPrecisions found = search(chain, /*fastest=*/true);
  EXPECT_EQ(found.mix, (PrecisionMix{BF16, F32}));
  EXPECT_EQ(found.uniform, (LayerTimes{kNever, 41, 60}));
}

TEST(PrecisionSearch, HasNothingToChooseWithoutLayers) {
  Chain chain({}, /*border=*/1);
  EXPECT_TRUE(search(chain, /*fastest=*/true).mix.empty());
  EXPECT_TRUE(search(chain, /*fastest=*/false, 0.5).mix.empty());
}

TEST(PrecisionSearch, AsksForNoTimeOfTheWholeForABudgetAlone) {
  Chain chain({{10, kNever, 30}, {10, kNever, 30}}, 1, {0.1, 0.2});
  FoundPrecisions found = search(chain, /*fastest=*/false, 0.5);
  EXPECT_EQ(found.mix, PrecisionMix(2, Int8));
  EXPECT_NEAR(found.loss, 0.3, 1e-9);
  EXPECT_EQ(chain.timed, 0u);
  EXPECT_EQ(chain.measured, 1u) << "all of it, and that was enough";
}

/// The third loses as much as the first, and costs less to widen.
TEST(PrecisionSearch, WidensWhatLosesMostForItsTime) {
  Chain chain({{10, kNever, 100}, {10, kNever, 20}, {10, kNever, 20}}, 1,
              {0.5, 0.1, 0.5});
  FoundPrecisions found = search(chain, /*fastest=*/false, 0.6);
  EXPECT_EQ(found.mix, (PrecisionMix{Int8, Int8, F32}));
  EXPECT_NEAR(found.loss, 0.6, 1e-9);
  EXPECT_EQ(found.losses[0], 0.5);
  found = search(chain, /*fastest=*/false, 0.05);
  EXPECT_EQ(found.mix, PrecisionMix(3, F32));
}

/// bf16 where that is the faster way to be accurate enough, fp32 where not even
/// all of it is.
TEST(PrecisionSearch, WidensToTheFasterPrecision) {
  std::vector<LayerTimes> layers{{10, 15, 30}, {10, 40, 30}, {10, 15, 30}};
  Chain chain(layers, 0, {0.4, 0.4, 0.01});
  FoundPrecisions found = search(chain, /*fastest=*/true, 0.05);
  EXPECT_EQ(found.mix, (PrecisionMix{BF16, F32, Int8}));
  EXPECT_LE(found.loss, 0.05);
  found = search(chain, /*fastest=*/true, 0.001);
  EXPECT_EQ(found.mix[0], F32);
  EXPECT_LE(found.loss, 0.001);
}

/// What meets the budget in one precision wins over a slower mix that does.
TEST(PrecisionSearch, ComparesWithWhatTheBudgetAllows) {
  std::vector<LayerTimes> layers(4, {10, 14, 15});
  Chain chain(layers, /*border=*/10, {1, 0, 1, 0});
  FoundPrecisions found = search(chain, /*fastest=*/true, 0.001);
  EXPECT_EQ(found.mix, PrecisionMix(4, F32));
  EXPECT_EQ(found.time, 60);
  found = search(chain, /*fastest=*/true, 0.02);
  EXPECT_EQ(found.mix, PrecisionMix(4, BF16));
  EXPECT_EQ(found.time, 56);
  EXPECT_NEAR(found.loss, 0.02, 1e-9);
}

TEST(PrecisionSearch, SaysWhenF32DoesNotMeetTheBudget) {
  Chain chain({{10, kNever, 30}}, 1, {0.5});
  chain.least = 0.2;
  EXPECT_GT(search(chain, /*fastest=*/false, 0.1).loss, 0.1);
}

TEST(PrecisionSearch, EndsWhenTheUserWants) {
  Chain chain({{10, 20, 30}, {20, 10, 30}, {30, 20, 10}}, 1);
  chain.patience = 1;
  Expected<FoundPrecisions> found = searchPrecisions(chain, true, {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.status().message(), "cancelled");
}

TEST(AccuracyBudget, IsAMetricAndANumber) {
  Expected<AccuracyBudget> budget = AccuracyBudget::parse("noise_db <= -30.5");
  ASSERT_TRUE(budget) << budget.status().message();
  EXPECT_EQ(budget->metric, "noise_db");
  EXPECT_EQ(budget->limit, -30.5);
  for (const char *text : {"", "top1", "top1<=", "top1<=nan", "accuracy<=1"}) {
    Expected<AccuracyBudget> wrong = AccuracyBudget::parse(text);
    ASSERT_FALSE(wrong) << text;
    EXPECT_EQ(wrong.status().code(), StatusCode::Usage) << text;
  }
}

} // namespace
