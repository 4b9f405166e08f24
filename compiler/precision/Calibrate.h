//===- Calibrate.h - ranges of a model's tensors --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// int8 requires the range of each tensor. Ranges come from running the model on
// samples, from a table of an earlier run, or from the graph itself.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_PRECISION_CALIBRATE_H
#define GRAFT_COMPILER_PRECISION_CALIBRATE_H

#include "calibration/RangeTable.h"
#include "compiler/Session.h"

namespace graft {

/// Reads a table of ranges. Errors name the file.
Expected<RangeTable> readRangeTable(const std::string &path);

/// Writes a table, with its observations if `whole`.
Status writeRangeTable(const RangeTable &table, bool whole,
                       const Output &output);

/// For precision int8 and best: sets the ranges of the session's module from
/// the table or the samples that its options name. For best, each layer's
/// fastest precision is in it, measured now unless the table has some. Where
/// nodes stay native, it is what engines compute without them. Nothing for
/// other precisions and for a graph that states its ranges. Errors (Usage):
/// int8 without ranges, or ranges for another precision.
Status provideRanges(Session &session);

/// Steps of a session that provideRanges adds.
inline int countCalibrationSteps(const EngineOptions &options) {
  return options.calibrationData.empty() && options.precision != Precision::Best
             ? 0
             : 2;
}

} // namespace graft

#endif // GRAFT_COMPILER_PRECISION_CALIBRATE_H
