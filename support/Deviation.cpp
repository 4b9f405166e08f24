//===- Deviation.cpp - how far values are from exact ones -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/Deviation.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace graft;

void Deviation::add(double exact, double other) {
  ++elements;
  bool same = exact == other || (std::isnan(exact) && std::isnan(other));
  double error = same ? 0.0 : std::fabs(exact - other);
  if (std::isnan(error))
    error = std::numeric_limits<double>::infinity();
  most = std::max(most, error);
  noise += error * error;
  // What is the same on both sides, but no number, says nothing of angles.
  if (!std::isfinite(exact) || !std::isfinite(other))
    return;
  range = std::max(range, std::fabs(exact));
  signal += exact * exact;
  otherSignal += other * other;
  product += exact * other;
}

double Deviation::signalToNoise() const {
  if (noise == 0.0)
    return std::numeric_limits<double>::infinity();
  return 10.0 * (std::log10(signal) - std::log10(noise));
}

double Deviation::cosine() const {
  if (noise == 0.0)
    return 1.0;
  if (!std::isfinite(noise) || signal == 0.0 || otherSignal == 0.0)
    return 0.0;
  return product / (std::sqrt(signal) * std::sqrt(otherSignal));
}
