//===- Calibrator.h - from observations to a table of ranges --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Adds up what an instrumented engine (nn-instrument-ranges) says, run by run.
// What was seen of parts of the data, kept in tables, adds up to the table of
// all of it.
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

  /// Whether the engine says nothing of any tensor.
  bool isEmpty() const { return tensors.empty(); }

  /// Notes what one run on so many samples gave, in the order of the outputs.
  void note(const std::vector<NpyArray> &outputs, int64_t samples);

  /// The table so far, with what was seen. A tensor in which nothing was finite
  /// is left out.
  RangeTable makeTable(const CalibrationAlgorithm &algorithm,
                       const SampleCounts &counts) const;

private:
  /// A tensor, and which outputs speak of it.
  struct Tensor {
    std::string name;
    size_t limits = 0, counts = 0;
    std::optional<size_t> mean;
    Observation seen;
  };
  std::vector<Tensor> tensors;
};

/// A table, and what messages call it: the name of its file.
struct NamedTable {
  std::string name;
  RangeTable table;
};

/// One table of what was seen for one or more, in their order. Without
/// `algorithm`, ranges are chosen as in the first. Errors (BadInput) name the
/// table that has not kept what was seen, or is of another model.
Expected<RangeTable>
mergeTables(const std::vector<NamedTable> &tables,
            const std::optional<CalibrationAlgorithm> &algorithm);

} // namespace graft

#endif // GRAFT_CALIBRATION_CALIBRATOR_H
