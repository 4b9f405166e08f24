//===- OutputsTest.cpp - where two answers differ -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compare/Compare.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace graft;

template <typename T>
static NpyArray array(const char *dtype, std::vector<T> values) {
  const auto *bytes = reinterpret_cast<const char *>(values.data());
  return {dtype,
          {static_cast<int64_t>(values.size())},
          values.empty() ? std::string()
                         : std::string(bytes, values.size() * sizeof(T))};
}

template <typename T>
static OutputDifference compare(const char *dtype, std::vector<T> left,
                                std::vector<T> right, double relative = 0,
                                double absolute = 0) {
  ComparisonReport report =
      compareOutputs({{"y", array(dtype, left)}}, {{"y", array(dtype, right)}},
                     {relative, absolute, {}});
  EXPECT_EQ(report.equal(), report.outputs[0].beyond == 0);
  return report.outputs[0];
}

TEST(CompareOutputs, MeasuresTheLargestDifference) {
  OutputDifference y = compare<float>("f4", {1, 2, -4}, {1, 2.5, -8});
  EXPECT_EQ(y.maxAbsolute, 4);
  EXPECT_EQ(y.maxRelative, 0.5);
  EXPECT_EQ(y.worst, 2);
  EXPECT_EQ(y.beyond, 2);
  EXPECT_EQ(y.elements, 3);
}

TEST(CompareOutputs, AllowsWhatTheTolerancesSay) {
  EXPECT_EQ(compare<double>("f8", {1.0}, {1.5}, 0, 0.5).beyond, 0);
  EXPECT_EQ(compare<double>("f8", {1.0}, {1.5}, 0, 0.49).beyond, 1);
  // Relative to the second one.
  EXPECT_EQ(compare<double>("f8", {1.0}, {2.0}, 0.5).beyond, 0);
  EXPECT_EQ(compare<double>("f8", {2.0}, {1.0}, 0.5).beyond, 1);
}

TEST(CompareOutputs, WantsNaNsAndInfinitiesInTheSamePlaces) {
  float inf = std::numeric_limits<float>::infinity(), nan = NAN;
  EXPECT_EQ(compare<float>("f4", {inf, -inf, nan}, {inf, -inf, nan}).beyond, 0);
  // No tolerance makes these equal.
  OutputDifference y = compare<float>("f4", {inf, 1, nan, 1, inf},
                                      {1, inf, 1, nan, -inf}, 10, 1e30);
  EXPECT_EQ(y.beyond, 5);
  EXPECT_TRUE(std::isinf(y.maxAbsolute));
  ComparisonReport report;
  report.subject = "outputs";
  report.outputs.push_back(y);
  EXPECT_NE(toJson(report).find("\"max_absolute\": null"), std::string::npos);
}

TEST(CompareOutputs, ReadsEveryType) {
  // 1.5 and -2^-24, the smallest half.
  OutputDifference half =
      compare<uint16_t>("f2", {0x3e00, 0x8001}, {0x3c00, 0x0000});
  EXPECT_EQ(half.maxAbsolute, 0.5);
  EXPECT_EQ(half.beyond, 2);
  OutputDifference brain = compare<uint16_t>("V2", {0x3fc0}, {0x4000});
  EXPECT_EQ(brain.maxAbsolute, 0.5);
  // A double cannot tell these apart.
  int64_t large = (int64_t(1) << 53) + 1;
  EXPECT_EQ(compare<int64_t>("i8", {large}, {large - 1}).maxAbsolute, 1);
  uint64_t most = std::numeric_limits<uint64_t>::max();
  EXPECT_EQ(compare<uint64_t>("u8", {most}, {most - 1}).beyond, 1);
  EXPECT_EQ(compare<uint8_t>("b1", {1, 0}, {1, 1}).beyond, 1);
}

TEST(CompareOutputs, MatchesByName) {
  NpyArray one = array<float>("f4", {1}), two = array<float>("f4", {2});
  // Single outputs are compared whatever their names.
  EXPECT_TRUE(compareOutputs({{"a", one}}, {{"b", one}}, {0, 0, {}}).equal());
  ComparisonReport report = compareOutputs(
      {{"a", one}, {"b", two}}, {{"b", two}, {"c", one}}, {0, 0, {}});
  ASSERT_EQ(report.outputs.size(), 3u);
  EXPECT_EQ(report.differenceCount, 2);
  EXPECT_EQ(report.outputs[0].left, "f4[1]");
  EXPECT_EQ(report.outputs[0].right, "");
  EXPECT_TRUE(report.outputs[1].comparable);
  EXPECT_EQ(report.outputs[2].left, "");
}

TEST(CompareOutputs, RefusesOtherTypesAndShapes) {
  NpyArray number = array<float>("f4", {1}),
           integer = array<int32_t>("i4", {1}),
           longer = array<float>("f4", {1, 1});
  for (const NpyArray &other : {integer, longer}) {
    ComparisonReport report =
        compareOutputs({{"y", number}}, {{"y", other}}, {1, 1, {}});
    EXPECT_FALSE(report.equal());
    EXPECT_FALSE(report.outputs[0].comparable);
  }
}

TEST(CompareOutputs, MeasuresNoise) {
  // 100 of signal, 1 of noise.
  OutputDifference y = compare<float>("f4", {6, 8}, {6, 9});
  EXPECT_NEAR(y.deviation.signalToNoise(), 20, 1e-9);
  EXPECT_NEAR(y.deviation.cosine(), 108 / (10 * std::sqrt(117.0)), 1e-12);
  EXPECT_EQ(y.deviation.largestError(), 1);
  EXPECT_EQ(y.deviation.largest(), 8);
  float inf = std::numeric_limits<float>::infinity();
  OutputDifference same = compare<float>("f4", {NAN, inf, 2}, {NAN, inf, 2});
  EXPECT_EQ(same.deviation.signalToNoise(), inf);
  EXPECT_EQ(same.deviation.cosine(), 1);
  OutputDifference lost = compare<float>("f4", {1, 2}, {NAN, 2});
  EXPECT_EQ(lost.deviation.signalToNoise(), -inf);
  EXPECT_EQ(lost.deviation.cosine(), 0);
  EXPECT_EQ(compare<float>("f4", {}, {}).deviation.cosine(), 1);
}

TEST(CompareOutputs, AgreesByNoiseAlone) {
  NpyArray exact = array<float>("f4", {6, 8}), off = array<float>("f4", {6, 9});
  NpzArrays left = {{"y", exact}}, right = {{"y", off}};
  EXPECT_TRUE(compareOutputs(left, right, {0, 0, 19.9}).equal());
  EXPECT_FALSE(compareOutputs(left, right, {1, 1, 20.1}).equal());
  EXPECT_TRUE(compareOutputs(left, left, {0, 0, 1e9}).equal());
  EXPECT_FALSE(compareOutputs(left, {}, {0, 0, -1e9}).equal());
}

TEST(CompareOutputs, CountsRowsThatPutTheSameFirst) {
  NpyArray left = array<float>("f4", {0, 1, 2, 3, 4, 5, 9, 0, 0, 0, 0, 0});
  NpyArray right = array<float>("f4", {9, 1, 2, 3, 4, 5, 0, 1, 1, 1, 1, 1});
  left.shape = right.shape = {2, 6};
  ComparisonReport report =
      compareOutputs({{"y", left}}, {{"y", right}}, OutputTolerance());
  EXPECT_EQ(report.outputs[0].tops.rows, 2);
  EXPECT_EQ(report.outputs[0].tops.same, 0);
  EXPECT_EQ(report.outputs[0].tops.inFive, 1);
  report = compareOutputs({{"y", left}}, {{"y", left}}, OutputTolerance());
  EXPECT_EQ(report.outputs[0].tops.same, 2);
}
