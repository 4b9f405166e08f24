//===- RangeTable.h - which numbers each tensor holds ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What calibration finds and quantization needs: a JSON text with a line for
// each tensor, sorted by name, so that two tables compare with `diff`. It comes
// from outside, and all of it is checked.
//
//   {"schema_version": 1, "algorithm": "percentile", "percentile": 99.99,
//    "data": {"hash": "0123456789abcdef", "samples": 128},
//    "tensors": {
//     "conv1/Relu": {"min": 0, "max": 5.9, "observed": [0, 6.2], "mean": [...]}
//    }}
//
// "equalized" is true where nn-equalize was run in front. Where a budget had to
// be met, "budget" names it; where the precisions were
// chosen by speed, "speed" says what the whole takes in each. "wide" has the
// layers that are wider than int8 for it, each with its precision.
//
// A tensor may also have what was seen of it: "exponent" and "counts" of its
// histogram, where a negative number -n stands for n empty bins, the limits of
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

/// What comes before a tensor's name in those of the outputs that an
/// instrumented engine has for it. No node of TensorFlow has a space.
inline constexpr char kLimitsOf[] = "limits of ";
inline constexpr char kCountsOf[] = "counts of ";
inline constexpr char kMeanOf[] = "mean of ";

/// The numbers of one tensor.
struct TensorRange {
  /// What an 8-bit type has to span.
  float min = 0, max = 0;
  /// The smallest and largest number that was seen.
  float observedMin = 0, observedMax = 0;
  /// The mean of each channel, the last dimension; empty if nobody asked.
  std::vector<float> mean;
  /// All of it, if it was kept.
  std::optional<Observation> seen;
};

/// A layer that is wider than int8, so that a budget is met or because it is
/// faster.
struct WideLayer {
  std::string node;                      ///< one of those that it stands for
  Precision precision = Precision::FP32; ///< or BF16
  /// What the outputs lose, in the budget's metric, when it alone is narrow;
  /// nothing if nobody asked.
  std::optional<double> error;
  /// What this precision costs there: less than nothing where it is faster.
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
  /// Errors (BadInput) say what must be there; they do not name the file.
  static Expected<RangeTable> parse(std::string_view text);
  /// The same table gives the same bytes. What was seen is left out unless
  /// `whole`.
  std::string write(bool whole = false) const;

  /// The range of the tensor of that name (ValueNames.h), or null.
  const TensorRange *find(std::string_view name) const;
  void set(const std::string &name, TensorRange range);
  const std::map<std::string, TensorRange, std::less<>> &getRanges() const {
    return ranges;
  }

  /// How the ranges were chosen; `percentile` matters to that algorithm alone.
  std::string algorithm;
  double percentile = 0;
  /// The ranges are those behind nn-equalize.
  bool equalized = false;
  /// The sum of a hash of each sample, and how many there were.
  uint64_t dataHash = 0;
  uint64_t samples = 0;
  /// The budget that the outputs had to meet ("top1<=0.01") and what they lose
  /// with the layers of `wide`; empty if there was none.
  std::string budget;
  double reached = 0;
  /// If the precisions were chosen by it.
  std::optional<MeasuredSpeed> speed;
  std::vector<WideLayer> wide;

  /// Whether somebody has chosen each layer's precision, if only int8 for all.
  bool hasChoices() const { return !budget.empty() || speed; }

private:
  std::map<std::string, TensorRange, std::less<>> ranges;
};

} // namespace graft

#endif // GRAFT_CALIBRATION_RANGETABLE_H
