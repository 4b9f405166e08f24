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

/// In dB: what no two f32 tensors have unless they are equal.
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

void OutputLoss::add(const std::vector<NpyArray> &exact,
                     const std::vector<NpyArray> &rounded) {
  outputs.resize(exact.size());
  for (size_t i = 0; i < exact.size(); ++i) {
    if (exact[i].dtype != "f4" || exact[i].shape.empty() ||
        exact[i].bytes.size() != rounded[i].bytes.size())
      continue;
    Output &sum = outputs[i];
    const auto *a = reinterpret_cast<const float *>(exact[i].bytes.data());
    const auto *b = reinterpret_cast<const float *>(rounded[i].bytes.data());
    const auto count =
        static_cast<int64_t>(exact[i].bytes.size() / sizeof(float));
    for (int64_t k = 0; k < count; ++k)
      sum.deviation.add(a[k], b[k]);
    const int64_t classes = std::max<int64_t>(exact[i].shape.back(), 1);
    for (int64_t row = 0; row + classes <= count; row += classes)
      sum.tops.add(
          classes, [&](int64_t k) { return a[row + k]; },
          [&](int64_t k) { return b[row + k]; });
  }
}

double OutputLoss::get(const std::string &metric) const {
  double worst =
      metric == "noise_db" ? -std::numeric_limits<double>::infinity() : 0.0;
  for (const Output &sum : outputs) {
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
      // A table has finite numbers.
      loss = std::max(-sum.deviation.signalToNoise(), -kLeastNoise);
    worst = std::max(worst, loss);
  }
  return worst;
}
