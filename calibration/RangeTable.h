//===- RangeTable.h - which numbers each tensor holds ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The result of calibration and input of quantization: a JSON text with a line
// for each tensor, sorted by name, so that two tables compare with `diff`. The
// text is not trusted: all of it is checked.
//
//   {"schema_version": 1, "algorithm": "percentile", "percentile": 99.99,
//    "data": {"hash": "0123456789abcdef", "samples": 128},
//    "tensors": {
//     "conv1/Relu": {"min": 0, "max": 5.9, "observed": [0, 6.2], "mean": [...]}
//    }}
//
// "equalized" is true if nn-equalize ran before. If there was an error budget,
// "budget" states it; if the precisions were chosen by speed, "speed" has the
// time of the model in each. "wide" has the layers that are in f32 or bf16
// instead of int8, each with its precision.
//
// A tensor may also have its observations: "exponent" and "counts" of its
// histogram, in which a negative number -n means n empty bins, the limits of
// its "batches", and the "sums" of the channels' means.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_CALIBRATION_RANGETABLE_H
#define GRAFT_CALIBRATION_RANGETABLE_H

#include "calibration/Observation.h"
#include "support/Precision.h"
#include "support/Status.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace graft {

/// The prefixes of a tensor's name in the names of the outputs that observe it.
/// No node of TensorFlow has a space.
inline constexpr char kLimitsOf[] = "limits of ";
inline constexpr char kCountsOf[] = "counts of ";
inline constexpr char kMeanOf[] = "mean of ";

/// The range of one tensor.
struct TensorRange {
  /// The range that an 8-bit type must span.
  float min = 0, max = 0;
  /// The least and the greatest observed value.
  float observedMin = 0, observedMax = 0;
  /// The mean of each channel (the last dimension); empty if it was not
  /// requested.
  std::vector<float> mean;
  /// All observations, if they were kept.
  std::optional<Observation> seen;
};

/// A layer in f32 or bf16 instead of int8, to meet a budget or because it is
/// faster.
struct WideLayer {
  std::string node;                      ///< one of the nodes it was made of
  Precision precision = Precision::FP32; ///< or BF16
  /// The error of the outputs, in the budget's metric, if this layer alone is
  /// int8; nothing if it was not measured.
  std::optional<double> error;
  /// The extra time of this precision; negative if it is faster.
  double microseconds = 0;
};

/// Microseconds of the whole.
struct MeasuredSpeed {
  int64_t threads = 0;
  /// By precision's name: those that all layers had, and the table's own, best.
  std::map<std::string, double> microseconds;
};

class RangeTable {
public:
  /// Errors (BadInput) state the rule; they do not name the file.
  static Expected<RangeTable> parse(std::string_view text);
  /// Equal tables have equal bytes. Observations are omitted unless
  /// `whole`.
  std::string write(bool whole = false) const;

  /// The range of the tensor of that name (ValueNames.h), or null.
  const TensorRange *find(std::string_view name) const;
  void set(const std::string &name, TensorRange range);
  const std::map<std::string, TensorRange, std::less<>> &getRanges() const {
    return ranges;
  }

  /// How the ranges were chosen; only that algorithm reads `percentile`.
  std::string algorithm;
  double percentile = 0;
  /// The ranges are those behind nn-equalize.
  bool equalized = false;
  /// The sum of a hash of each sample, and how many there were.
  uint64_t dataHash = 0;
  uint64_t samples = 0;
  /// The error budget of the outputs ("top1<=0.01") and their measured error
  /// with the layers of `wide`; empty if there was none.
  std::string budget;
  double reached = 0;
  /// The times, if the precisions were chosen by speed.
  std::optional<MeasuredSpeed> speed;
  std::vector<WideLayer> wide;

  /// Whether each layer's precision has been chosen, even if int8 for all.
  bool hasChoices() const { return !budget.empty() || speed; }

private:
  std::map<std::string, TensorRange, std::less<>> ranges;
};

} // namespace graft

#endif // GRAFT_CALIBRATION_RANGETABLE_H
