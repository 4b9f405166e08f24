//===- Calibrate.cpp - ranges of a model's tensors ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Calibrate.h"

#include "calibration/Calibrator.h"
#include "compiler/AccuracyBudget.h"
#include "compiler/Compilation.h"
#include "compiler/Engine.h"
#include "exporters/plan/PlanExporter.h"
#include "passes/graph/Passes.h"
#include "passes/nn/Passes.h"
#include "support/AtomicFile.h"
#include "support/MappedFile.h"

using namespace mlir;
using namespace graft;

//===----------------------------------------------------------------------===//
// Runs on samples
//===----------------------------------------------------------------------===//

namespace {

/// An engine that says what its tensors hold, and what it has said.
class InstrumentedEngine {
public:
  /// `engine` outlives the object.
  InstrumentedEngine(const graft_engine *engine, int threads)
      : engine(engine), threads(threads), calibrator(outputNames(engine)) {}

  Status run(const NpzArrays &inputs, int64_t samples);
  const Calibrator &getCalibrator() const { return calibrator; }

private:
  static std::vector<std::string> outputNames(const graft_engine *engine);

  const graft_engine *engine;
  int threads;
  Calibrator calibrator;
  /// For inputs of these shapes.
  std::vector<std::vector<int64_t>> shapes;
  ContextPtr context;
  std::vector<NpyArray> outputs;
};

} // namespace

std::vector<std::string>
InstrumentedEngine::outputNames(const graft_engine *engine) {
  std::vector<std::string> names;
  for (size_t i = 0; i < graft_engine_num_outputs(engine); ++i)
    names.emplace_back(graft_engine_output(engine, i).name);
  return names;
}

Status InstrumentedEngine::run(const NpzArrays &inputs, int64_t samples) {
  std::vector<std::vector<int64_t>> wanted;
  for (const auto &[name, array] : inputs)
    wanted.push_back(array.shape);
  if (!context || wanted != shapes) {
    Expected<ContextPtr> made = makeContext(engine, inputs, threads);
    GRAFT_RETURN_IF_ERROR(made.status());
    context = *std::move(made);
    outputs = makeOutputs(engine, context.get());
    shapes = std::move(wanted);
  }
  GRAFT_RETURN_IF_ERROR(runContext(context.get(), inputPointers(engine, inputs),
                                   outputPointers(outputs)));
  calibrator.note(outputs, samples);
  return Status();
}

/// Nodes that no engine takes need TensorFlow, and what reads them does, too.
static void addComputablePart(OpPassManager &pm) {
  graph::SegmentOptions fed;
  fed.fetchFed = true;
  pm.addPass(graph::createSegment(fed));
  pm.addPass(graph::createEliminateDeadOutputs());
}

/// The plan of the instrumented model, in f32.
static Status buildInstrumented(
    Compilation &work, const ShapeMap &shapes, const EngineOptions &options,
    const std::function<Status(Compilation &)> &prepare, ByteBuffer &plan) {
  GRAFT_RETURN_IF_ERROR(work.load(shapes));
  if (prepare)
    GRAFT_RETURN_IF_ERROR(prepare(work));
  // The same kernels, which round alike, whatever the number of threads.
  EnginePipelineOptions pipeline;
  pipeline.threads = 1;
  GRAFT_RETURN_IF_ERROR(work.run("compile", [&](OpPassManager &pm) {
    buildBuildPipeline(pm, pipeline,
                       [](ExtensionPoint point, OpPassManager &pm) {
                         if (point == ExtensionPoint::AfterGraphCleanup)
                           addComputablePart(pm);
                         if (point == ExtensionPoint::AfterFusion)
                           pm.addPass(nn::createInstrumentRanges());
                       });
  }));
  Expected<plan::EngineOp> engine = plan::findEngine(work.getModule());
  GRAFT_RETURN_IF_ERROR(engine.status());
  return plan::exportPlan(
      *engine, [&](std::string_view piece) { return plan.write(piece); });
}

Expected<nn::RangeTable>
graft::calibrate(const ModelSource &model, const ShapeMap &shapes,
                 const std::string &data, const EngineOptions &options,
                 const std::function<Status(Compilation &)> &prepare,
                 const Progress &progress) {
  const int steps = prepare ? 4 : 3;
  LoadedEngine loaded;
  {
    Compilation work(model, progress, steps);
    GRAFT_RETURN_IF_ERROR(
        buildInstrumented(work, shapes, options, prepare, loaded.planBytes));
  }
  GRAFT_RETURN_IF_ERROR(loadEngine(loaded));
  InstrumentedEngine engine(loaded.engine.get(), options.threads);
  int64_t done = 0;
  auto announce = [&]() -> Status {
    std::string name = "run: " + std::to_string(done) + " samples are done";
    return progress && !progress(steps, steps, name)
               ? Status::failed(model.path + ": cancelled")
               : Status();
  };
  Expected<SampleCounts> counts =
      readSamples(data, sampleInputs(loaded.engine.get(), shapes),
                  [&](const NpzArrays &arrays, int64_t samples) -> Status {
                    GRAFT_RETURN_IF_ERROR(announce());
                    done += samples;
                    return engine.run(arrays, samples);
                  });
  GRAFT_RETURN_IF_ERROR(counts.status());
  Expected<nn::RangeTable> table =
      engine.getCalibrator().makeTable(options.calibrationAlgorithm, *counts);
  if (table && !options.accuracyBudget.empty())
    GRAFT_RETURN_IF_ERROR(
        meetBudget(model, shapes, data, options, *table, progress));
  return table;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

static Expected<nn::RangeTable> parseTable(std::string_view text,
                                           const std::string &path) {
  Expected<nn::RangeTable> table = nn::RangeTable::parse(text);
  if (!table)
    return Status(table.status().code(),
                  path + ": " + table.status().message());
  return table;
}

Expected<nn::RangeTable> graft::readRangeTable(const std::string &path) {
  Expected<MappedFile> file = MappedFile::open(path);
  GRAFT_RETURN_IF_ERROR(file.status());
  return parseTable(file->bytes(), path);
}

Status graft::writeRangeTable(const nn::RangeTable &table, bool whole,
                              const Output &output) {
  std::string text = table.write(whole);
  return output.buffer ? output.buffer->write(text)
                       : AtomicFile::writeAll(output.path, text);
}

Status graft::calibrateModel(const ModelSource &model, const ShapeMap &shapes,
                             const std::string &data, bool histograms,
                             const EngineOptions &options, const Output &output,
                             const Progress &progress) {
  Expected<nn::RangeTable> table =
      calibrate(model, shapes, data, options, /*prepare=*/{}, progress);
  GRAFT_RETURN_IF_ERROR(table.status());
  return writeRangeTable(*table, histograms, output);
}

Status
graft::mergeCalibrations(const std::vector<std::string> &paths,
                         const std::optional<CalibrationAlgorithm> &algorithm,
                         bool histograms, const Output &output) {
  std::vector<NamedTable> tables;
  for (const std::string &path : paths) {
    Expected<nn::RangeTable> table = readRangeTable(path);
    GRAFT_RETURN_IF_ERROR(table.status());
    tables.push_back({path, *std::move(table)});
  }
  Expected<nn::RangeTable> merged = mergeTables(tables, algorithm);
  GRAFT_RETURN_IF_ERROR(merged.status());
  return writeRangeTable(*merged, histograms, output);
}

/// Whether the model says itself how its tensors are rounded.
static bool statesRanges(ModuleOp module) {
  return module
      .walk([](graph::NodeOp node) {
        StringRef op = node.getOp();
        return op.starts_with("FakeQuantWithMinMax") ||
                       op.starts_with("QuantizeAndDequantize")
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

static void setRanges(ModuleOp module, const nn::RangeTable &table) {
  module->setAttr(nn::kRangesAttr,
                  StringAttr::get(module.getContext(), table.write()));
}

Status
graft::provideRanges(Compilation &work, const ModelSource &model,
                     const ShapeMap &shapes, const EngineOptions &options,
                     const std::function<Status(Compilation &)> &prepare) {
  bool hasTable = !options.calibration.empty();
  bool hasData = !options.calibrationData.empty();
  if (!options.accuracyBudget.empty() && !hasData)
    return Status::usage("an accuracy budget needs calibration data to be "
                         "measured on");
  if (options.precision != "int8")
    return hasTable || hasData
               ? Status::usage("calibration is for precision int8, got " +
                               options.precision)
               : Status();
  if (hasTable && hasData)
    return Status::usage("give either a calibration table or calibration "
                         "data, got both");
  if (hasTable) {
    // A text is never a path: it is a JSON object.
    Expected<nn::RangeTable> table =
        options.calibration.front() == '{'
            ? parseTable(options.calibration, model.path)
            : readRangeTable(options.calibration);
    GRAFT_RETURN_IF_ERROR(table.status());
    setRanges(work.getModule(), *table);
    return Status();
  }
  if (hasData) {
    GRAFT_RETURN_IF_ERROR(work.beginStep("calibrate"));
    Expected<nn::RangeTable> table =
        calibrate(model, shapes, options.calibrationData, options, prepare,
                  work.within());
    GRAFT_RETURN_IF_ERROR(table.status());
    setRanges(work.getModule(), *table);
    return Status();
  }
  if (statesRanges(work.getModule()))
    return Status();
  return Status::usage(model.path +
                       ": int8 needs the ranges of the model's tensors: give "
                       "calibration data (an .npz of inputs) or a table of "
                       "`graft calibrate`");
}
