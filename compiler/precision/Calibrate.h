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

#include "compiler/Compiler.h"
#include "passes/nn/RangeTable.h"

namespace graft {

/// Runs the model on the samples in `data`, an .npz archive or a
/// directory of them; samples at the end of a file that fill no batch of the
/// model's are left out. With precision best, or an accuracy budget, precisions
/// are chosen too. Where nodes stay native, by `options`, it is what the
/// engines compute without them.
Expected<nn::RangeTable> calibrate(const ModelSource &model,
                                   const ShapeMap &shapes,
                                   const std::string &data,
                                   const ConvertOptions &options,
                                   const Progress &progress);

/// Reads a table of ranges. Errors name the file.
Expected<nn::RangeTable> readRangeTable(const std::string &path);

/// Writes a table, with what was seen if `whole`.
Status writeRangeTable(const nn::RangeTable &table, bool whole,
                       const Output &output);

/// For precision int8 and best: gives the module of `work` the ranges that
/// `options` name, from a table or from samples. For best, each layer's fastest
/// precision is in it, measured now unless the table has some. Nothing for
/// other precisions and for a graph that states its ranges. Errors (Usage):
/// int8 without ranges, or ranges for another precision.
Status provideRanges(Compilation &work, const ModelSource &model,
                     const ShapeMap &shapes, const ConvertOptions &options);

/// Steps of a compilation that provideRanges adds.
inline int countCalibrationSteps(const EngineOptions &options) {
  return options.calibrationData.empty() && options.precision != "best" ? 0 : 1;
}

} // namespace graft

#endif // GRAFT_COMPILER_PRECISION_CALIBRATE_H
