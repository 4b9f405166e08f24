//===- Calibrate.cpp - ranges of a model's tensors ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/precision/Calibrate.h"

#include "calibration/Calibrator.h"
#include "calibration/RangeTableFile.h"
#include "compiler/precision/PlanTrials.h"
#include "passes/nn/LayerPrecisions.h"
#include "support/AtomicFile.h"
#include "support/MappedFile.h"

#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace graft;

//===----------------------------------------------------------------------===//
// Runs on samples
//===----------------------------------------------------------------------===//

namespace {

/// An engine that observes its tensors, and its observations.
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

/// Runs what the session has fused on the samples in `data`; samples at the end
/// of a file that fill no batch of the model's are left out. With precision
/// best, or an accuracy budget, precisions are chosen too.
static Expected<RangeTable> measureRanges(Session &session,
                                          const SampleData &data) {
  const EngineOptions &options = session.getOptions().engine;
  const bool chooses = wantsChoices(options);
  GRAFT_RETURN_IF_ERROR(session.beginCalibrationStep("compile"));
  Expected<TrialEngine> trial = session.buildInstrumented(
      /*last=*/session.isForCalibration() && !chooses);
  GRAFT_RETURN_IF_ERROR(trial.status());
  InstrumentedEngine engine(trial->engine.get(), options.threads);
  GRAFT_RETURN_IF_ERROR(session.beginCalibrationStep("run"));
  Progress within = session.getWork().within();
  int64_t done = 0;
  bool hasValues = false;
  std::vector<NpzArrays> kept; // to measure the loss on
  Expected<SampleCounts> counts = readSamples(
      data, sampleInputs(trial->engine.get(), session.getStatedShapes()),
      inputCheck(trial->engine.get(), /*anyBatch=*/true),
      [&](const NpzArrays &arrays, int64_t samples) -> Status {
        if (within && !within(0, 0, std::to_string(done) + " samples are done"))
          return Status::failed(session.getModel().path + ": cancelled");
        if (!options.accuracyBudget.empty() && done < kMostSamples)
          kept.push_back(arrays);
        done += samples;
        for (const auto &[name, array] : arrays)
          hasValues |= !array.bytes.empty();
        return engine.run(arrays, samples);
      });
  GRAFT_RETURN_IF_ERROR(counts.status());
  Expected<RangeTable> table =
      engine.getCalibrator().makeTable(options.calibrationAlgorithm, *counts);
  GRAFT_RETURN_IF_ERROR(table.status());
  if (table->getRanges().empty() && !engine.getCalibrator().isEmpty())
    return Status::badInput(
        data.name() + ": must give tensors finite values, got " +
        (hasValues ? "nothing but NaN and infinities in each of the model's"
                   : "empty arrays"));
  table->equalized = options.equalize;
  if (chooses && !session.statesRanges())
    GRAFT_RETURN_IF_ERROR(choosePrecisions(session, std::move(kept), *table));
  return table;
}

/// Of a session for calibration.
static int countSteps(const ConvertOptions &options) {
  const bool measures = !options.engine.calibrationData.empty();
  return (options.prepare ? 3 : 2) + (measures ? 2 : 0) +
         (wantsChoices(options.engine) ? 1 : 0);
}

/// Runs `measure` on the session for calibration: `session`, or a separate one.
/// `isComputable` is set to whether engines compute anything from the model's
/// inputs alone.
static Status withCalibrated(Session &session, bool &isComputable,
                             llvm::function_ref<Status(Session &)> measure) {
  Compilation &work = session.getWork();
  GRAFT_RETURN_IF_ERROR(work.beginStep("fuse"));
  if (!session.calibratesApart()) {
    GRAFT_RETURN_IF_ERROR(session.fuse());
    session.rest();
    GRAFT_RETURN_IF_ERROR(work.beginStep("calibrate"));
    Status measured = measure(session);
    isComputable = !session.isUncomputable();
    return measured;
  }
  GRAFT_RETURN_IF_ERROR(work.beginStep("calibrate"));
  const ConvertOptions &options = session.getOptions();
  Session own(session.getModel(), work.within(), options,
              SessionGoal::Calibration, countSteps(options));
  GRAFT_RETURN_IF_ERROR(own.load(session.getShapes()));
  GRAFT_RETURN_IF_ERROR(own.prepare());
  GRAFT_RETURN_IF_ERROR(own.getWork().beginStep("fuse"));
  Status fused = own.fuse();
  isComputable = !own.isUncomputable();
  GRAFT_RETURN_IF_ERROR(fused);
  Status measured = measure(own);
  work.addWarnings(own.getWork().getWarnings());
  return measured;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

static Expected<RangeTable> parseTable(std::string_view text,
                                       const std::string &path) {
  Expected<RangeTable> table = RangeTable::parse(text);
  if (!table)
    return Status(table.status().code(),
                  path + ": " + table.status().message());
  return table;
}

Expected<RangeTable> graft::readRangeTable(const std::string &path) {
  Expected<MappedFile> file = MappedFile::open(path);
  GRAFT_RETURN_IF_ERROR(file.status());
  return parseTable(file->bytes(), path);
}

Status graft::writeRangeTable(const RangeTable &table, bool whole,
                              const Output &output) {
  std::string text = table.write(whole);
  return output.buffer
             ? output.buffer->write(text)
             : AtomicFile::writeAll(output.path, text, kRangeTableFile);
}

static Status refuseCalibration(Precision precision) {
  return Status::usage("calibration is for precision int8 and best, got " +
                       std::string(getName(precision)));
}

Status graft::calibrateModel(const ModelSource &model, const ShapeMap &shapes,
                             const SampleData &data, bool histograms,
                             const EngineOptions &options, const Output &output,
                             const Progress &progress) {
  if (options.precision == Precision::BF16 ||
      options.precision == Precision::FP16)
    return refuseCalibration(options.precision);
  GRAFT_RETURN_IF_ERROR(checkOutput(output, kRangeTableFile));
  ConvertOptions conversion;
  conversion.engine = options;
  conversion.engine.calibrationData = data;
  Session session(model, progress, conversion, SessionGoal::Calibration,
                  countSteps(conversion));
  auto measure = [&]() -> Expected<RangeTable> {
    GRAFT_RETURN_IF_ERROR(session.load(shapes));
    GRAFT_RETURN_IF_ERROR(session.prepare());
    GRAFT_RETURN_IF_ERROR(session.getWork().beginStep("fuse"));
    GRAFT_RETURN_IF_ERROR(session.fuse());
    return measureRanges(session, data);
  };
  Expected<RangeTable> table = measure();
  session.getWork().tellWarnings(options);
  GRAFT_RETURN_IF_ERROR(table.status());
  return writeRangeTable(*table, histograms, output);
}

Status
graft::mergeCalibrations(const std::vector<std::string> &paths,
                         const std::optional<CalibrationAlgorithm> &algorithm,
                         bool histograms, const Output &output) {
  std::vector<NamedTable> tables;
  for (const std::string &path : paths) {
    Expected<RangeTable> table = readRangeTable(path);
    GRAFT_RETURN_IF_ERROR(table.status());
    tables.push_back({path, *std::move(table)});
  }
  Expected<RangeTable> merged = mergeTables(tables, algorithm);
  GRAFT_RETURN_IF_ERROR(merged.status());
  return writeRangeTable(*merged, histograms, output);
}

static Expected<RangeTable> readGivenTable(const std::string &given,
                                           const std::string &path) {
  // A text is never a path: it is a JSON object.
  return given.front() == '{' ? parseTable(given, path) : readRangeTable(given);
}

Status graft::provideRanges(Session &session) {
  const EngineOptions &options = session.getOptions().engine;
  const std::string &path = session.getModel().path;
  const bool hasTable = !options.calibration.empty();
  const bool hasData = !options.calibrationData.empty();
  const bool isBest = options.precision == Precision::Best;
  if (!options.accuracyBudget.empty() && !hasData)
    return Status::usage("an accuracy budget needs calibration data to be "
                         "measured on");
  if (options.precision != Precision::Int8 && !isBest)
    return hasTable || hasData ? refuseCalibration(options.precision)
                               : Status();
  if (hasTable && hasData)
    return Status::usage("give either a calibration table or calibration "
                         "data, got both");
  const bool stated = session.statesRanges();
  if (!hasTable && !hasData && stated)
    return Status();
  if (!hasTable && !hasData && !isBest)
    return Status::usage(path +
                         ": int8 needs the ranges of the model's tensors: give "
                         "calibration data (an .npz of inputs) or a table of "
                         "`graft calibrate`");
  RangeTable table;
  table.algorithm = options.calibrationAlgorithm.name;
  if (hasTable) {
    Expected<RangeTable> known = readGivenTable(options.calibration, path);
    GRAFT_RETURN_IF_ERROR(known.status());
    table = *std::move(known);
  }
  // Choices of a table are not measured again.
  if (hasData || (isBest && !table.hasChoices() && !stated)) {
    bool isComputable = true;
    Status done =
        withCalibrated(session, isComputable, [&](Session &used) -> Status {
          if (!hasData)
            return choosePrecisions(used, /*samples=*/{}, table);
          Expected<RangeTable> measured =
              measureRanges(used, options.calibrationData);
          GRAFT_RETURN_IF_ERROR(measured.status());
          table = *std::move(measured);
          return Status();
        });
    // Of what TensorFlow computes first no range is known: it stays fp32.
    if (isComputable)
      GRAFT_RETURN_IF_ERROR(done);
    else if (const std::string &file = options.calibrationData.path;
             !file.empty() && !llvm::sys::fs::is_directory(file))
      GRAFT_RETURN_IF_ERROR(readNpzHeaders(file).status());
  }
  nn::holdTable(session.getWork().getModule(), table);
  return Status();
}
