//===- AccuracyBudget.cpp - as narrow as the outputs may be off -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/precision/AccuracyBudget.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace graft;
using llvm::StringRef;

/// In dB: a value that two f32 tensors only have if they are equal.
static constexpr double kLeastNoise = 300;

Expected<AccuracyBudget> AccuracyBudget::parse(std::string_view text) {
  auto [metric, limit] = StringRef(text).split("<=");
  AccuracyBudget budget;
  budget.metric = metric.trim().str();
  bool known = llvm::is_contained({"top1", "top5", "max_error", "noise_db"},
                                  StringRef(budget.metric));
  if (!known || limit.trim().getAsDouble(budget.limit) ||
      !std::isfinite(budget.limit))
    return Status::usage("an accuracy budget must be top1, top5, max_error or "
                         "noise_db, '<=' and a number, got '" +
                         std::string(text) + "'");
  return budget;
}

void OutputLoss::add(const NpzArrays &exact, const NpzArrays &rounded) {
  for (const auto &[name, wanted] : exact) {
    const NpyArray &got = rounded.at(name);
    if (wanted.dtype != "f4" || wanted.shape.empty() ||
        wanted.bytes.size() != got.bytes.size())
      continue;
    Output &sum = outputs[name];
    const auto *a = reinterpret_cast<const float *>(wanted.bytes.data());
    const auto *b = reinterpret_cast<const float *>(got.bytes.data());
    const auto count =
        static_cast<int64_t>(wanted.bytes.size() / sizeof(float));
    for (int64_t k = 0; k < count; ++k)
      sum.deviation.add(a[k], b[k]);
    const int64_t classes = std::max<int64_t>(wanted.shape.back(), 1);
    for (int64_t row = 0; row + classes <= count; row += classes)
      sum.tops.add(
          classes, [&](int64_t k) { return a[row + k]; },
          [&](int64_t k) { return b[row + k]; });
  }
}

double OutputLoss::get(const std::string &metric) const {
  double worst =
      metric == "noise_db" ? -std::numeric_limits<double>::infinity() : 0.0;
  for (const auto &[name, sum] : outputs) {
    const TopAgreement &tops = sum.tops;
    if (tops.rows == 0)
      continue;
    double loss = 0;
    if (metric == "top1")
      loss = double(tops.rows - tops.same) / double(tops.rows);
    else if (metric == "top5")
      loss = double(tops.rows - tops.inFive) / double(tops.rows);
    else if (metric == "max_error")
      loss = sum.deviation.largestError() /
             std::max(sum.deviation.largest(), 1e-30);
    else
      // A table has finite values.
      loss = std::max(-sum.deviation.signalToNoise(), -kLeastNoise);
    worst = std::max(worst, loss);
  }
  return worst;
}
