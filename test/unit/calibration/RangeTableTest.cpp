//===- RangeTableTest.cpp - tables, whole and damaged ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "calibration/RangeTable.h"

#include <gtest/gtest.h>

using namespace graft;

namespace {

RangeTable makeTable() {
  Observation seen;
  std::vector<int64_t> counts(ops::kNumBins);
  counts[0] = 7;
  counts[ops::kBinsPerSide] = 5;
  counts[ops::kBinsPerSide + 1] = 1;
  float means[] = {0.25f, -0.1f};
  seen.addBatch(2, -1.0f, 0.1f, counts.data(), means, 2);
  RangeTable table;
  table.algorithm = "percentile";
  table.percentile = 99.99;
  table.dataHash = 0x0123456789abcdef;
  table.samples = 2;
  table.set("b/Relu:1", {-0.5f, 0.1f, -1.0f, 0.1f, {0.125f, -0.05f}, seen});
  table.set("a \"quoted\"\n", {0.0f, 6.0f, 1.0f, 3.4e38f, {}, {}});
  return table;
}

const char *const kText = R"({
 "schema_version": 1,
 "algorithm": "percentile", "percentile": 99.99,
 "data": {"hash": "0123456789abcdef", "samples": 2},
 "tensors": {
  "a \"quoted\"\n": {"min": 0, "max": 6, "observed": [1, 3.4e+38]},
  "b/Relu:1": {"min": -0.5, "max": 0.1, "observed": [-1, 0.1], "mean": [0.125, -0.05]}
 }
}
)";

TEST(RangeTable, HasALineForEachTensor) {
  EXPECT_EQ(makeTable().write(), kText);
}

TEST(RangeTable, ReadsWhatItWrote) {
  for (bool whole : {false, true}) {
    std::string text = makeTable().write(whole);
    Expected<RangeTable> table = RangeTable::parse(text);
    ASSERT_TRUE(table) << table.status().message();
    EXPECT_EQ(table->write(whole), text);
    EXPECT_EQ(table->samples, 2u);
    const TensorRange *range = table->find("b/Relu:1");
    ASSERT_TRUE(range);
    EXPECT_EQ(range->min, -0.5f);
    EXPECT_EQ(range->observedMin, -1.0f);
    EXPECT_EQ(range->mean, (std::vector<float>{0.125f, -0.05f}));
    EXPECT_EQ(range->seen.has_value(), whole);
    EXPECT_EQ(table->find("c"), nullptr);
  }
}

RangeTable makeChosenTable() {
  RangeTable table = makeTable();
  table.budget = "noise_db<=-30";
  table.reached = -30.5;
  table.speed = MeasuredSpeed{2, {{"best", 70.5}, {"fp32", 100}, {"int8", 71}}};
  table.wide.push_back({"a/Conv2D", Precision::BF16, {}, -3.5});
  table.wide.push_back({"b/Conv2D", Precision::FP32, -25.0, 4});
  return table;
}

TEST(RangeTable, HasALineForEachWideLayer) {
  std::string text = makeChosenTable().write();
  const char *const choices = R"(
 "budget": {"limit": "noise_db<=-30", "reached": -30.5},
 "speed": {"threads": 2, "microseconds": {"best": 70.5, "fp32": 100, "int8": 71}},
 "wide": [
  {"node": "a/Conv2D", "precision": "bf16", "microseconds": -3.5},
  {"node": "b/Conv2D", "precision": "fp32", "error": -25, "microseconds": 4}],
)";
  EXPECT_NE(text.find(choices), std::string::npos) << text;
  Expected<RangeTable> table = RangeTable::parse(text);
  ASSERT_TRUE(table) << table.status().message();
  EXPECT_EQ(table->write(), text);
  EXPECT_TRUE(table->hasChoices());
  EXPECT_FALSE(makeTable().hasChoices());
}

TEST(RangeTable, HasChoicesWhereAllIsInt8) {
  RangeTable table = makeTable();
  table.speed = MeasuredSpeed{1, {{"best", 1}}};
  Expected<RangeTable> read = RangeTable::parse(table.write());
  ASSERT_TRUE(read) << read.status().message();
  EXPECT_TRUE(read->hasChoices());
  EXPECT_TRUE(read->wide.empty() && read->budget.empty());
}

/// Tables of before a wide layer had a precision.
TEST(RangeTable, ReadsWideLayersWithoutAPrecision) {
  std::string text = kText;
  text.insert(text.find(" \"tensors\""),
              R"( "budget": {"limit": "top1<=0", "reached": 0},
 "wide": [{"node": "a", "error": 0.5, "microseconds": 3}],
)");
  Expected<RangeTable> table = RangeTable::parse(text);
  ASSERT_TRUE(table) << table.status().message();
  ASSERT_EQ(table->wide.size(), 1u);
  EXPECT_EQ(table->wide[0].precision, Precision::FP32);
  EXPECT_EQ(table->wide[0].error, 0.5);
}

/// Tables of before fp32 was called so everywhere.
TEST(RangeTable, ReadsF32AsFP32) {
  std::string text = makeChosenTable().write();
  std::string old = text;
  old.replace(old.rfind("fp32"), 4, "f32");
  Expected<RangeTable> table = RangeTable::parse(old);
  ASSERT_TRUE(table) << table.status().message();
  EXPECT_EQ(table->write(), text);
}

TEST(RangeTable, SaysWhetherItIsEqualized) {
  RangeTable table = makeTable();
  table.equalized = true;
  std::string text = table.write();
  EXPECT_NE(text.find("99.99, \"equalized\": true,\n"), std::string::npos);
  Expected<RangeTable> read = RangeTable::parse(text);
  ASSERT_TRUE(read) << read.status().message();
  EXPECT_TRUE(read->equalized);
  EXPECT_FALSE(RangeTable::parse(kText)->equalized);
}

TEST(RangeTable, KeepsHistogramsInFewCharacters) {
  std::string text = makeTable().write(/*whole=*/true);
  EXPECT_NE(text.find("\"exponent\": 0, \"counts\": [7, -4095, 5, 1], "
                      "\"batches\": [[-1, 0.1]], \"sums\": [0.5, -0.2"),
            std::string::npos)
      << text;
}

/// The message for the text with `from` replaced by `to`.
std::string damage(std::string text, const std::string &from,
                   const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  Expected<RangeTable> table = RangeTable::parse(text);
  EXPECT_FALSE(table) << to;
  EXPECT_EQ(table.status().code(), StatusCode::BadInput);
  EXPECT_EQ(table.status().message().find('\n'), std::string::npos);
  return table.status().message();
}

TEST(RangeTable, SaysWhatIsWrong) {
  auto expect = [](const std::string &message, const char *part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  expect(damage(kText, "\"schema_version\": 1", "\"schema_version\": 2"),
         "needs schema_version 1, got 2");
  expect(damage(kText, "\"schema_version\": 1,", ""), "schema_version 1");
  expect(damage(kText, "}\n}\n", ""), "a whole JSON object");
  expect(damage(kText, "-0.5", "NaN"), "a whole JSON object");
  expect(damage(kText, "-0.5", "1"), "'min' and 'max' in this order for "
                                     "tensor 'b/Relu:1'");
  expect(damage(kText, "-0.5", "\"low\""), "finite numbers 'min' and 'max'");
  expect(damage(kText, "-0.5", "-1e39"), "finite numbers 'min' and 'max'");
  expect(damage(kText, "[-1, 0.1]", "[-1]"), "'observed'");
  expect(damage(kText, "[-1, 0.1]", "[1, 0.1]"), "'observed'");
  expect(damage(kText, "[0.125, -0.05]", "[null]"), "numbers in 'mean'");
  expect(damage(kText, "0123456789abcdef", "0123"), "'hash'");
  expect(damage(kText, "0123456789abcdef", "0123456789abcdeg"), "'hash'");
  expect(damage(kText, "\"samples\": 2", "\"samples\": -2"), "'samples'");
  expect(damage(kText, "99.99", "0"), "'percentile'");
  expect(damage(kText, "99.99", "99.99, \"equalized\": 1"), "'equalized'");
  expect(damage(kText, "\"tensors\": {", "\"tensor\": {"), "'tensors'");
}

TEST(RangeTable, SaysWhatIsWrongWithHistograms) {
  std::string whole = makeTable().write(/*whole=*/true);
  auto expect = [&](const char *from, const char *to, const char *part) {
    std::string message = damage(whole, from, to);
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  expect("\"exponent\": 0", "\"exponent\": 1", "'exponent' of what was");
  expect("\"exponent\": 0", "\"exponent\": 0.5", "'exponent'");
  expect("-4095", "-8190", "8192 bins");
  expect("-4095", "0", "8192 bins");
  expect("-4095", "-99999999999999999999", "8192 bins");
  expect("[7,", "[9e99,", "8192 bins");
  expect("[7, -4095, 5, 1]", "[]", "8192 bins");
  expect("[[-1, 0.1]]", "[[0.1, -1]]", "'batches'");
  expect("[[-1, 0.1]]", "[]", "'batches'");
  expect("[0.5,", "[0.5, 1,", "as many 'sums' as means");
}

TEST(RangeTable, SaysWhatIsWrongWithChoices) {
  std::string chosen = makeChosenTable().write();
  auto expect = [&](const char *from, const char *to, const char *part) {
    std::string message = damage(chosen, from, to);
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  expect("\"bf16\"", "\"f64\"", "'precision' fp32 or bf16");
  expect("\"bf16\"", "16", "'precision'");
  expect("\"error\": -25", "\"error\": null", "'error'");
  expect("\"node\"", "\"name\"", "'node'");
  expect("\"threads\": 2", "\"threads\": 2.5", "'threads'");
  expect("70.5", "\"fast\"", "numbers in the 'microseconds'");
  expect("{\"best\": 70.5, \"fp32\": 100, \"int8\": 71}", "[]",
         "an object 'microseconds'");
  expect("\"wide\"", "\"narrow\"", "an array 'wide'");
  expect("\"reached\": -30.5", "\"reached\": \"\"", "'budget'");
}

/// A text that is cut anywhere is refused, and one with another byte is read or
/// refused.
TEST(RangeTable, SurvivesDamage) {
  std::string whole = makeChosenTable().write(/*whole=*/true);
  for (size_t i = 0; i + 1 < whole.size(); ++i) {
    EXPECT_FALSE(RangeTable::parse(whole.substr(0, i))) << i;
    for (char c : {'\0', '"', '9', '-', '\xff', ']'}) {
      std::string changed = whole;
      changed[i] = c;
      if (Expected<RangeTable> table = RangeTable::parse(changed))
        EXPECT_FALSE(table->write(/*whole=*/true).empty());
    }
  }
}

} // namespace
