//===- AccuracyBudget.cpp - as narrow as the outputs may be off -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/AccuracyBudget.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace graft;
using llvm::StringRef;

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
    for (int64_t k = 0; k < count; ++k) {
      double error = std::abs(double(a[k]) - double(b[k]));
      sum.noise += error * error;
      sum.signal += double(a[k]) * double(a[k]);
      sum.largestError = std::max(sum.largestError, error);
      sum.largest = std::max(sum.largest, std::abs(double(a[k])));
    }
    const int64_t classes = std::max<int64_t>(exact[i].shape.back(), 1);
    for (int64_t row = 0; row + classes <= count; row += classes) {
      const int64_t top = std::max_element(a + row, a + row + classes) - a;
      const int64_t above = std::count_if(b + row, b + row + classes,
                                          [&](float x) { return x > b[top]; });
      ++sum.rows;
      sum.otherTop += above >= 1;
      sum.notInFive += above >= 5;
    }
  }
}

double OutputLoss::get(const std::string &metric) const {
  double worst =
      metric == "noise_db" ? -std::numeric_limits<double>::infinity() : 0.0;
  for (const Output &sum : outputs) {
    if (sum.rows == 0)
      continue;
    double loss = 0;
    if (metric == "top1")
      loss = double(sum.otherTop) / double(sum.rows);
    else if (metric == "top5")
      loss = double(sum.notInFive) / double(sum.rows);
    else if (metric == "max_error")
      loss = sum.largestError / std::max(sum.largest, 1e-30);
    else
      loss = 10 * std::log10(std::max(sum.noise, 1e-30) /
                             std::max(sum.signal, 1e-30));
    // A NaN is the worst of all.
    worst = loss > worst || std::isnan(loss) ? loss : worst;
  }
  return std::isnan(worst) ? std::numeric_limits<double>::infinity() : worst;
}
