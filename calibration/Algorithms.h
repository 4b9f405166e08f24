//===- Algorithms.h - which part of a tensor's numbers matters ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Eight bits have few steps: a range that spans a rare outlier makes all others
// coarse, and a range that is too narrow cuts. Each algorithm weighs the two in
// its own way.
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
  ///   "minmax"          all that was seen;
  ///   "moving-average"  the limits of a batch, averaged with weights that fall
  ///                     by kMomentum with each later batch;
  ///   "percentile"      the least range that has so many of the magnitudes;
  ///   "entropy"         the range whose quantized distribution tells most of
  ///                     the distribution itself (Kullback and Leibler);
  ///   "mse"             the range with the least mean square of what rounding
  ///                     and cutting change.
  std::string name = "percentile";
  /// Of "percentile".
  double percentile = 99.99;

  static constexpr double kMomentum = 0.9;
};

/// Whether there is an algorithm of that name.
bool isCalibrationAlgorithm(std::string_view name);

/// The range for a tensor in which something finite was seen. It has zero in
/// it, which padding and relu need to be exact.
std::pair<float, float> chooseRange(const Observation &seen,
                                    const CalibrationAlgorithm &algorithm);

} // namespace graft

#endif // GRAFT_CALIBRATION_ALGORITHMS_H
