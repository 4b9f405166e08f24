//===- AccuracyBudget.h - as narrow as the outputs may be off -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A budget says what the outputs may lose against fp32.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_PRECISION_ACCURACYBUDGET_H
#define GRAFT_COMPILER_PRECISION_ACCURACYBUDGET_H

#include "support/Deviation.h"
#include "support/Npz.h"
#include "support/Status.h"

#include <map>
#include <string>
#include <string_view>

namespace graft {

/// "METRIC<=LIMIT".
struct AccuracyBudget {
  /// One of
  ///   "top1"       share of rows whose largest element is another one;
  ///   "top5"       share of rows whose largest element in fp32 is none of the
  ///                five largest;
  ///   "max_error"  largest difference, relative to the largest magnitude;
  ///   "noise_db"   noise over signal, in dB: at -25 the signal is 25 dB over
  ///                the noise.
  /// The worst of several outputs counts.
  std::string metric;
  double limit = 0;

  /// Errors (Usage) name the metrics.
  static Expected<AccuracyBudget> parse(std::string_view text);
};

/// The error of outputs, over any number of runs.
class OutputLoss {
public:
  /// Takes one run's outputs of type f32; others are skipped.
  void add(const NpzArrays &exact, const NpzArrays &rounded);
  /// The error in the metric of that name; 0 without runs.
  double get(const std::string &metric) const;

private:
  struct Output {
    Deviation deviation;
    TopAgreement tops;
  };
  std::map<std::string, Output> outputs;
};

} // namespace graft

#endif // GRAFT_COMPILER_PRECISION_ACCURACYBUDGET_H
