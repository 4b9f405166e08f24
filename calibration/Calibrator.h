//===- Calibrator.h - from observations to a table of ranges --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Accumulates the observations of an instrumented engine
// (nn-instrument-ranges), run by run. Tables with the observations of parts of
// the data add up to the table of all of it.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_CALIBRATION_CALIBRATOR_H
#define GRAFT_CALIBRATION_CALIBRATOR_H

#include "calibration/Algorithms.h"
#include "calibration/RangeTable.h"
#include "calibration/Samples.h"

namespace graft {

class Calibrator {
public:
  /// `outputs` are the names of the engine's outputs.
  explicit Calibrator(const std::vector<std::string> &outputs);

  /// Whether the engine observes no tensor.
  bool isEmpty() const { return tensors.empty(); }

  /// Adds the results of one run on this many samples, in the order of the
  /// outputs.
  void note(const std::vector<NpyArray> &outputs, int64_t samples);

  /// The table so far, with its observations, without tensors that had no
  /// finite value.
  RangeTable makeTable(const CalibrationAlgorithm &algorithm,
                       const SampleCounts &counts) const;

private:
  /// A tensor, and the outputs that observe it.
  struct Tensor {
    std::string name;
    size_t limits = 0, counts = 0;
    std::optional<size_t> mean;
    Observation seen;
  };
  std::vector<Tensor> tensors;
};

/// A table, and its name in messages: that of its file.
struct NamedTable {
  std::string name;
  RangeTable table;
};

/// Merges the observations of one or more tables, in their order. Without
/// `algorithm`, ranges are chosen as in the first. Errors (BadInput) name a
/// table that has no observations, or is of another model.
Expected<RangeTable>
mergeTables(const std::vector<NamedTable> &tables,
            const std::optional<CalibrationAlgorithm> &algorithm);

} // namespace graft

#endif // GRAFT_CALIBRATION_CALIBRATOR_H
