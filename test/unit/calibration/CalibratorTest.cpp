//===- CalibratorTest.cpp - observations add up ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "calibration/Calibrator.h"
#include "runtime/ops/Semantics.h"

#include <cstring>
#include <gtest/gtest.h>
#include <random>

using namespace graft;

namespace {

constexpr int64_t kChannels = 3;

template <typename T>
NpyArray makeArray(const char *dtype, const std::vector<T> &elements) {
  NpyArray array{dtype, {static_cast<int64_t>(elements.size())}, ""};
  array.bytes.resize(elements.size() * sizeof(T));
  std::memcpy(array.bytes.data(), elements.data(), array.bytes.size());
  return array;
}

/// The outputs of an instrumented engine for a tensor that is `x`.
std::vector<NpyArray> observe(std::vector<float> x) {
  std::vector<float> limits(2), means(kChannels);
  std::vector<int64_t> counts(ops::kNumBins);
  ops::OpDesc op;
  op.kind = "observe";
  Status status = ops::evaluate(
      op, {{{ops::DType::F32, {int64_t(x.size())}}, x.data(), {}}},
      {{{ops::DType::F32, {2}}, limits.data(), {}},
       {{ops::DType::I64, {ops::kNumBins}}, counts.data(), {}}});
  EXPECT_TRUE(status) << status.message();
  for (size_t i = 0; i < x.size(); ++i)
    means[i % kChannels] +=
        x[i] * float(kChannels) / static_cast<float>(x.size());
  return {makeArray("f4", limits), makeArray("i8", counts),
          makeArray("f4", means), makeArray<float>("f4", {0})};
}

const std::vector<std::string> kOutputs = {"limits of t", "counts of t",
                                           "mean of t", "limits of result"};

/// Batches of very different magnitudes.
std::vector<std::vector<float>> makeBatches() {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> batches(9);
  for (size_t i = 0; i < batches.size(); ++i)
    for (int64_t k = 0; k < 300; ++k)
      batches[i].push_back(normal(random) *
                           std::ldexp(1.0f, int(i * 5 % 9) - 4));
  return batches;
}

RangeTable calibrate(const std::vector<std::vector<float>> &batches,
                     const CalibrationAlgorithm &algorithm) {
  Calibrator calibrator(kOutputs);
  SampleCounts counts;
  for (const std::vector<float> &batch : batches) {
    calibrator.note(observe(batch), 2);
    counts.used += 2;
    counts.hash += 1234567890123456789u;
  }
  return calibrator.makeTable(algorithm, counts);
}

TEST(Calibrator, FindsTheTensors) {
  RangeTable table =
      calibrate({{-1, 0, 3, -1, 0, 5}, {-1, 0, 4, 9, 0, 4}}, {"minmax", 0});
  ASSERT_EQ(table.getRanges().size(), 1u);
  const TensorRange *range = table.find("t");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->observedMin, -1.0f);
  EXPECT_EQ(range->max, 9.0f);
  EXPECT_EQ(range->mean, (std::vector<float>{1.5f, 0.0f, 4.0f}));
  EXPECT_EQ(table.samples, 4u);
}

TEST(Calibrator, LeavesOutWhatIsNeverFinite) {
  EXPECT_TRUE(
      calibrate({{NAN, INFINITY, NAN}}, {"minmax", 0}).getRanges().empty());
  RangeTable table = calibrate({{NAN, INFINITY, NAN}, {1, 2, 3}}, {"mse", 0});
  EXPECT_EQ(table.find("t")->observedMax, 3.0f);
}

/// Tables of parts, wherever the data is divided, merge to the bytes of the
/// table of all of it.
TEST(Calibrator, MergesExactly) {
  std::vector<std::vector<float>> all = makeBatches();
  for (const char *name :
       {"minmax", "moving-average", "percentile", "entropy", "mse"}) {
    CalibrationAlgorithm algorithm;
    algorithm.name = name;
    std::string want = calibrate(all, algorithm).write(/*whole=*/true);
    for (size_t first : {size_t(1), size_t(4), size_t(8)}) {
      std::vector<NamedTable> parts;
      for (auto [begin, end] :
           {std::pair(size_t(0), first), std::pair(first, all.size())}) {
        std::string text = calibrate({all.begin() + ptrdiff_t(begin),
                                      all.begin() + ptrdiff_t(end)},
                                     algorithm)
                               .write(/*whole=*/true);
        Expected<RangeTable> part = RangeTable::parse(text);
        ASSERT_TRUE(part) << part.status().message();
        parts.push_back({"part", *part});
      }
      Expected<RangeTable> merged = mergeTables(parts, std::nullopt);
      ASSERT_TRUE(merged) << merged.status().message();
      EXPECT_EQ(merged->write(/*whole=*/true), want) << name << " " << first;
    }
  }
}

TEST(Calibrator, MergesWithAnotherAlgorithm) {
  std::vector<std::vector<float>> all = makeBatches();
  Expected<RangeTable> merged =
      mergeTables({{"a", calibrate({all[0]}, {"minmax", 0})},
                   {"b", calibrate({all[1]}, {"mse", 0})}},
                  CalibrationAlgorithm{"entropy", 0});
  ASSERT_TRUE(merged) << merged.status().message();
  EXPECT_EQ(merged->write(),
            calibrate({all[0], all[1]}, {"entropy", 0}).write());
}

TEST(Calibrator, RefusesWhatDoesNotMerge) {
  RangeTable table = calibrate({{1, 2, 3}}, {"minmax", 0});
  auto expect = [&](const RangeTable &second, const char *part) {
    Expected<RangeTable> merged =
        mergeTables({{"a", table}, {"b", second}}, std::nullopt);
    ASSERT_FALSE(merged);
    EXPECT_EQ(merged.status().code(), StatusCode::BadInput);
    EXPECT_NE(merged.status().message().find(part), std::string::npos)
        << merged.status().message();
  };
  Expected<RangeTable> ranges = RangeTable::parse(table.write());
  ASSERT_TRUE(ranges);
  expect(*ranges, "b: must have kept its histograms");
  expect(calibrate({{1, 2, 3}}, {"mse", 0}),
         "b: must have ranges that are chosen as in the first");
  RangeTable other = table;
  other.set("u", *table.find("t"));
  expect(other, "b: must have the tensors of the first");
  other = table;
  other.algorithm = table.algorithm = "magic";
  expect(other, "'magic'");
}

} // namespace
