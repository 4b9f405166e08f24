//===- PrecisionSearch.h - which layer is computed in what ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One search with two goals: the highest speed, and a loss within a budget. It
// queries times and losses through an interface and knows neither plans nor
// clocks, so that tests can provide both.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_PRECISION_PRECISIONSEARCH_H
#define GRAFT_COMPILER_PRECISION_PRECISIONSEARCH_H

#include "compiler/precision/AccuracyBudget.h"
#include "support/Precision.h"
#include "support/Status.h"

#include "llvm/ADT/ArrayRef.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace graft {

/// What a layer may be computed in, the widest first.
inline constexpr Precision kLayerPrecisions[] = {
    Precision::FP32, Precision::BF16, Precision::Int8};

/// One of them for each layer.
using PrecisionMix = std::vector<Precision>;

/// Microseconds by precision; infinite where the layer does not have it. Every
/// layer has fp32.
struct LayerTimes {
  double int8, bf16, fp32;

  static double LayerTimes::*of(Precision precision) {
    return precision == Precision::Int8   ? &LayerTimes::int8
           : precision == Precision::BF16 ? &LayerTimes::bf16
                                          : &LayerTimes::fp32;
  }
  double &operator[](Precision precision) { return this->*of(precision); }
  double operator[](Precision precision) const { return this->*of(precision); }
  bool operator==(const LayerTimes &other) const {
    return int8 == other.int8 && bf16 == other.bf16 && fp32 == other.fp32;
  }
};

inline bool has(const LayerTimes &layer, Precision precision) {
  return layer[precision] < std::numeric_limits<double>::infinity();
}

/// The queries of a search.
class PrecisionTrials {
public:
  virtual ~PrecisionTrials() = default;
  /// The layers in the order of their work.
  virtual Expected<std::vector<LayerTimes>> timeLayers() = 0;
  /// Microseconds of the whole in each of the mixes, taken in turns.
  virtual Expected<std::vector<double>>
  time(llvm::ArrayRef<PrecisionMix> mixes) = 0;
  /// The loss of the outputs, in a metric of AccuracyBudget.
  virtual Expected<double> lose(const PrecisionMix &mix,
                                const std::string &metric) = 0;
  /// Says what is done next; a failure ends the search.
  virtual Status announce(const std::string &what) = 0;
};

struct FoundPrecisions {
  PrecisionMix mix;
  std::vector<LayerTimes> layers;
  /// By layer: the loss if this layer alone is narrow, if it was measured.
  std::vector<std::optional<double>> losses;
  double loss = 0; ///< of the mix; only with a budget
  /// Microseconds of the whole, if speed was asked for: in the mix, and with
  /// one precision for all layers that have it, infinite where none has.
  double time = 0;
  LayerTimes uniform{};
};

/// With `fastest`, finds the fastest mix: it starts with each layer's own best
/// and then tries one run of layers after another, because the casts between
/// precisions are in no layer's time. A mix must be clearly faster than one
/// precision for all. Without it, every layer is int8 that can be.
///
/// With a budget, layers become wider until it holds: first those that lose
/// most for the time that it costs, as few as suffice. A loss above the limit
/// says that fp32 itself does not meet it.
Expected<FoundPrecisions>
searchPrecisions(PrecisionTrials &trials, bool fastest,
                 const std::optional<AccuracyBudget> &budget);

} // namespace graft

#endif // GRAFT_COMPILER_PRECISION_PRECISIONSEARCH_H
