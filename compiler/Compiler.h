//===- Compiler.h - from a model to a plan or a converted model -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The whole compilation as functions: importer, pipeline, exporter. The command
// line and all other interfaces call these, so that all of them produce the
// same bytes. A failure's message is one line that names the file and, if there
// is one, the node.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_COMPILER_H
#define GRAFT_COMPILER_COMPILER_H

#include "calibration/Algorithms.h"
#include "calibration/Samples.h"
#include "exporters/Output.h"
#include "importers/ModelSource.h"
#include "support/Precision.h"
#include "support/ShapeMap.h"
#include "support/Status.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace graft {

/// The processor of this machine.
inline constexpr const char *kDefaultTarget = "cpu";

/// The options of a plan.
struct EngineOptions {
  /// Best is the fastest of fp32, bf16 and int8 for each layer, which is
  /// measured where the table does not say it.
  Precision precision = Precision::FP32;
  /// What plans run on: `name[:architecture]`.
  std::string target = kDefaultTarget;
  /// Regular expression: nodes of such a name stay in fp32.
  std::string keepWide;
  bool tune = false;       ///< time the candidates instead of estimating them
  std::string timingCache; ///< a file that keeps the times; empty for none
  int threads = 0;         ///< that tactics are chosen for; 0: as many as cores
  /// For int8 and best: a file that holds a table of ranges, or the table's
  /// text; or samples to measure them on.
  std::string calibration;
  SampleData calibrationData;
  CalibrationAlgorithm calibrationAlgorithm; ///< of the measuring
  bool equalize = false; ///< ranges of channels are equalized before it
  /// The largest error of the outputs on that data, as AccuracyBudget has it;
  /// empty for any.
  std::string accuracyBudget;
  /// Told of what passes warn of, each cause once, when the work is done. A
  /// conversion has it in its report instead.
  std::function<void(const std::string &text)> warn;
};

class Compilation;

struct ConvertOptions {
  EngineOptions engine;
  int64_t minimumSegmentSize = 3;
  std::vector<std::string> deny;      ///< operators that stay native
  std::vector<std::string> denyNodes; ///< nodes that stay native
  int64_t maximumEngines = 0;         ///< the largest are kept; 0 keeps all
  /// What the user states about inputs; stateShapes() of it is in `prepare`.
  ShapeMap shapes;
  /// Changes the imported graph first.
  std::function<Status(Compilation &)> prepare;
};

/// A node that stays native, and why.
struct NativeNode {
  std::string node, op, code, reason;
};

struct EngineReport {
  std::string name;
  int64_t nodes = 0, launches = 0;
  /// Launches by the precision of their arithmetic, as plans have it.
  std::map<std::string, int64_t> precisions;
};

struct ConversionReport {
  int64_t nodes = 0;     ///< of the graph before conversion
  int64_t converted = 0; ///< of them in engines or superfluous
  std::vector<EngineReport> engines;
  std::vector<NativeNode> native;
  std::vector<std::string> warnings; ///< of passes, each cause once
};

/// Called when a step begins: its number, the number of steps and its name; and
/// within a step, with a finer name. False stops the work, which then fails
/// with "cancelled".
using Progress = std::function<bool(int step, int of, std::string_view name)>;

/// Compiles the whole model into a plan.
Status buildPlan(const ModelSource &model, const ShapeMap &shapes,
                 const EngineOptions &options, const Output &output,
                 const Progress &progress);

/// Replaces the convertible segments of a model by engines. A frozen GraphDef
/// gives a GraphDef. A SavedModel gives a SavedModel directory; it gives a
/// GraphDef in memory, and where the output's name ends in .pb or .pbtxt.
Expected<ConversionReport> convertModel(const ModelSource &model,
                                        const ConvertOptions &options,
                                        const Output &output,
                                        const Progress &progress);

/// A table of the ranges of the model's tensors on the samples in `data`, by
/// `options.calibrationAlgorithm`. For precision best, or with an accuracy
/// budget, it also has each layer's precision. With `histograms` the table can
/// be merged with others.
Status calibrateModel(const ModelSource &model, const ShapeMap &shapes,
                      const SampleData &data, bool histograms,
                      const EngineOptions &options, const Output &output,
                      const Progress &progress);

/// One table for those in `paths`, which have histograms: the same as
/// calibrateModel returns for all of their data. Without `algorithm`, ranges
/// are chosen as they were.
Status mergeCalibrations(const std::vector<std::string> &paths,
                         const std::optional<CalibrationAlgorithm> &algorithm,
                         bool histograms, const Output &output);

/// Writes the model as a GraphDef whose variables are constants.
Status freezeModel(const ModelSource &model, const Output &output,
                   const Progress &progress);

/// The contents of a model.
struct ModelSummary {
  int64_t nodes = 0; ///< of the main graph and of all functions
  int64_t functions = 0;
  std::map<std::string, int64_t> ops;       ///< nodes by operator
  std::vector<std::string> inputs, outputs; ///< "name: type"
};

/// A node of the main graph.
struct GraphNode {
  std::string name, op;
  std::vector<size_t> inputs; ///< nodes that it reads or waits for, in order
};

/// The nodes of the main graph, in the order of the file.
Expected<std::vector<GraphNode>> listNodes(const ModelSource &model,
                                           const Progress &progress);

/// Reads a model and counts. Nothing is run or changed.
Expected<ModelSummary> summarizeModel(const ModelSource &model,
                                      const Progress &progress);

} // namespace graft

#endif // GRAFT_COMPILER_COMPILER_H
