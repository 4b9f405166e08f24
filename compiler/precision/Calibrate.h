//===- Calibrate.h - ranges of a model's tensors --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// int8 needs to know which numbers a tensor holds. They come from running the
// model on samples, or from a table that an earlier run wrote, or stand in the
// graph already.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_PRECISION_CALIBRATE_H
#define GRAFT_COMPILER_PRECISION_CALIBRATE_H

#include "calibration/RangeTable.h"
#include "compiler/Session.h"

namespace graft {

/// Reads a table of ranges. Errors name the file.
Expected<RangeTable> readRangeTable(const std::string &path);

/// Writes a table, with what was seen if `whole`.
Status writeRangeTable(const RangeTable &table, bool whole,
                       const Output &output);

/// For precision int8 and best: gives the session's module the ranges that its
/// options name, from a table or from samples. For best, each layer's fastest
/// precision is in it, measured now unless the table has some. Where nodes stay
/// native, it is what engines compute without them. Nothing for other
/// precisions and for a graph that states its ranges. Errors (Usage): int8
/// without ranges, or ranges for another precision.
Status provideRanges(Session &session);

/// Steps of a session that provideRanges adds.
inline int countCalibrationSteps(const EngineOptions &options) {
  return options.calibrationData.empty() && options.precision != Precision::Best
             ? 0
             : 2;
}

} // namespace graft

#endif // GRAFT_COMPILER_PRECISION_CALIBRATE_H
