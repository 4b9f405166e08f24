//===- Algorithms.h - which part of a tensor's numbers matters ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Eight bits have few levels: a range with a rare outlier rounds all other
// values coarsely, and a range that is too narrow clips. Each algorithm
// balances the two errors differently.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_CALIBRATION_ALGORITHMS_H
#define GRAFT_CALIBRATION_ALGORITHMS_H

#include "calibration/Observation.h"

#include <string>
#include <string_view>
#include <utility>

namespace graft {

/// How a range is chosen.
struct CalibrationAlgorithm {
  /// One of:
  ///   "minmax"          all observed values;
  ///   "moving-average"  the limits of a batch, averaged with weights that fall
  ///                     by kMomentum with each later batch;
  ///   "percentile"      the least range with this share of the magnitudes;
  ///   "entropy"         the range whose quantized distribution has the least
  ///                     Kullback-Leibler divergence from the distribution;
  ///   "mse"             the range with the least mean square error of rounding
  ///                     and clipping.
  std::string name = "percentile";
  /// Of "percentile".
  double percentile = 99.99;

  static constexpr double kMomentum = 0.9;
};

/// Whether there is an algorithm of that name.
bool isCalibrationAlgorithm(std::string_view name);

/// The range for a tensor with finite observed values. It contains zero, which
/// padding and relu require to be exact.
std::pair<float, float> chooseRange(const Observation &seen,
                                    const CalibrationAlgorithm &algorithm);

} // namespace graft

#endif // GRAFT_CALIBRATION_ALGORITHMS_H
