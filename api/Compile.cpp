//===- Compile.cpp - the compiler's C functions ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "api/Objects.h"

#include "compare/Compare.h"
#include "compiler/ModelInputs.h"
#include "compiler/Report.h"
#include "compiler/embedded/EmbeddedEngines.h"
#include "runtime/core/CApiGuard.h"

#include <algorithm>

using namespace graft;

/// The choices that a call makes. Errors (Usage): an option that was set for
/// another function.
static Expected<graft_options> resolve(const graft_options *given,
                                       unsigned function, const char *name) {
  graft_options options = given ? *given : graft_options();
  for (const auto &[option, text] : options.texts)
    if (!(functionsOf(findOption(option)->group) & function))
      return Status::usage("option '" + std::string(option) + "' is none of " +
                           name + "; it is set to '" + text + "'");
  if (!options.values.convert.engine.calibrationData.items.empty() &&
      !(functionsOf(OptionGroup::Algorithm) & function))
    return Status::usage("samples are none of " + std::string(name) +
                         "; the options have some");
  return options;
}

/// The same of a call on a model. Errors (Usage): there is none.
static Expected<graft_options> resolve(const graft_model *model,
                                       const graft_options *given,
                                       unsigned function, const char *name) {
  if (!model || (!model->path && !model->data))
    return missingArgument("the model, or its path and data,");
  Expected<graft_options> options = resolve(given, function, name);
  GRAFT_RETURN_IF_ERROR(options.status());
  ModelSource &source = options->values.model;
  source.path = model->path ? model->path : "GraphDef";
  if (model->data)
    source.bytes.emplace(static_cast<const char *>(model->data), model->size);
  return options;
}

/// Runs `work` with a place for its result: the file `path`, or `bytes`.
template <typename Work>
static Status deliver(const char *path, graft_bytes *bytes, Work work) {
  if (!path == !bytes)
    return Status::usage(
        "give either a path for the result or bytes to put it into");
  if (path)
    return work(Output(std::string(path)));
  *bytes = {nullptr, 0, 0};
  ByteBuffer buffer;
  GRAFT_RETURN_IF_ERROR(work(Output(buffer)));
  handOut(std::move(buffer), bytes);
  return Status();
}

/// Hands out the report, if it is wanted.
template <typename Report>
static void describe(const Report &done, const graft_options &options,
                     graft_report **report) {
  Precision precision = options.values.convert.engine.precision;
  if (report)
    *report =
        new graft_report{toJson(done, precision), toText(done, precision)};
}

extern "C" {

graft_code graft_convert(const graft_model *model, const graft_options *options,
                         const char *output, graft_bytes *graph,
                         graft_report **report) {
  return guard([&]() -> Status {
    if (report)
      *report = nullptr;
    Expected<graft_options> all =
        resolve(model, options, GRAFT_FOR_CONVERT, "graft_convert");
    GRAFT_RETURN_IF_ERROR(all.status());
    ConvertOptions conversion = all->values.convert;
    conversion.shapes = all->values.shapes;
    conversion.prepare = stateShapes(conversion.shapes);
    return deliver(output, graph, [&](const Output &to) -> Status {
      Expected<ConversionReport> done =
          convertModel(all->values.model, conversion, to, all->progress);
      GRAFT_RETURN_IF_ERROR(done.status());
      describe(*done, *all, report);
      return Status();
    });
  });
}

graft_code graft_rescue(const graft_model *model, const graft_options *options,
                        const char *output, graft_bytes *graph,
                        graft_report **report) {
  return guard([&]() -> Status {
    if (report)
      *report = nullptr;
    Expected<graft_options> all =
        resolve(model, options, GRAFT_FOR_RESCUE, "graft_rescue");
    GRAFT_RETURN_IF_ERROR(all.status());
    const Options &values = all->values;
    RescueOptions rescue;
    rescue.keepDevices = values.keepDevices;
    if (values.convertRescued)
      rescue.conversion = values.convert;
    for (const auto &[option, text] : all->texts)
      if (!values.convertRescued &&
          findOption(option)->group != OptionGroup::Rescue)
        return Status::usage("option '" + std::string(option) +
                             "' is for a conversion: set 'convert' too");
    if (!values.convertRescued &&
        !values.convert.engine.calibrationData.empty())
      return Status::usage("samples are for a conversion: set 'convert' too");
    return deliver(output, graph, [&](const Output &to) -> Status {
      Expected<RescueReport> done =
          rescueModel(values.model, rescue, to, all->progress);
      GRAFT_RETURN_IF_ERROR(done.status());
      describe(*done, *all, report);
      return Status();
    });
  });
}

graft_code graft_build(const graft_model *model, const graft_options *options,
                       const char *output, graft_bytes *plan) {
  return guard([&]() -> Status {
    Expected<graft_options> all =
        resolve(model, options, GRAFT_FOR_BUILD, "graft_build");
    GRAFT_RETURN_IF_ERROR(all.status());
    return deliver(output, plan, [&](const Output &to) {
      return buildPlan(all->values.model, all->values.shapes,
                       all->values.convert.engine, to, all->progress);
    });
  });
}

graft_code graft_build_with_engines(const graft_model *model,
                                    const graft_options *options,
                                    const char *output, graft_bytes *plan,
                                    graft_report **report) {
  return guard([&]() -> Status {
    if (report)
      *report = nullptr;
    Expected<graft_options> all =
        resolve(model, options, GRAFT_FOR_BUILD, "graft_build_with_engines");
    GRAFT_RETURN_IF_ERROR(all.status());
    return deliver(output, plan, [&](const Output &to) -> Status {
      Expected<std::vector<EmbeddedEngine>> engines =
          buildWithEngines(all->values.model, all->values.shapes,
                           all->values.convert.engine, to, all->progress);
      GRAFT_RETURN_IF_ERROR(engines.status());
      if (report)
        *report = new graft_report{toJson(*engines), toText(*engines)};
      return Status();
    });
  });
}

graft_code graft_calibrate(const graft_model *model, const char *data,
                           const graft_options *options, const char *output,
                           graft_bytes *table) {
  return guard([&]() -> Status {
    Expected<graft_options> all =
        resolve(model, options, GRAFT_FOR_CALIBRATE, "graft_calibrate");
    GRAFT_RETURN_IF_ERROR(all.status());
    const Options &values = all->values;
    SampleData samples = values.convert.engine.calibrationData;
    if (!data == samples.items.empty())
      return data ? Status::usage("calibration data are files or samples that "
                                  "were added, got both")
                  : missingArgument("data, or samples in the options,");
    if (data)
      samples = SampleData(data);
    return deliver(output, table, [&](const Output &to) {
      return calibrateModel(values.model, values.shapes, samples,
                            values.histograms, values.convert.engine, to,
                            all->progress);
    });
  });
}

graft_code graft_merge_calibrations(const char *const *paths, size_t count,
                                    const graft_options *options,
                                    const char *output, graft_bytes *table) {
  return guard([&]() -> Status {
    if (!paths || count == 0 || std::count(paths, paths + count, nullptr))
      return missingArgument("the paths of one or more tables");
    Expected<graft_options> all =
        resolve(options, GRAFT_FOR_CALIBRATE, "graft_merge_calibrations");
    GRAFT_RETURN_IF_ERROR(all.status());
    std::optional<CalibrationAlgorithm> algorithm;
    if (all->texts.count("calibration_algorithm") ||
        all->texts.count("calibration_percentile"))
      algorithm = all->values.convert.engine.calibrationAlgorithm;
    return deliver(output, table, [&](const Output &to) {
      return mergeCalibrations({paths, paths + count}, algorithm,
                               all->values.histograms, to);
    });
  });
}

graft_code graft_freeze(const graft_model *model, const graft_options *options,
                        const char *output, graft_bytes *graph) {
  return guard([&]() -> Status {
    Expected<graft_options> all =
        resolve(model, options, GRAFT_FOR_FREEZE, "graft_freeze");
    GRAFT_RETURN_IF_ERROR(all.status());
    return deliver(output, graph, [&](const Output &to) {
      return freezeModel(all->values.model, to, all->progress);
    });
  });
}

graft_code graft_model_summary(const graft_model *model,
                               const graft_options *options,
                               graft_bytes *json) {
  return guard([&]() -> Status {
    if (!json)
      return missingArgument("json");
    *json = {nullptr, 0, 0};
    Expected<graft_options> all =
        resolve(model, options, GRAFT_FOR_SUMMARY, "graft_model_summary");
    GRAFT_RETURN_IF_ERROR(all.status());
    Expected<ModelSummary> summary =
        summarizeModel(all->values.model, all->progress);
    GRAFT_RETURN_IF_ERROR(summary.status());
    return handOut(toJson(*summary), json);
  });
}

graft_code graft_compare(const graft_model *left, const graft_model *right,
                         int64_t limit, graft_bytes *json, graft_bytes *text) {
  return guard([&]() -> Status {
    if (!json && !text)
      return missingArgument("json or text");
    for (graft_bytes *result : {json, text})
      if (result)
        *result = {nullptr, 0, 0};
    // No option belongs to it: the models are compared as they are.
    Expected<graft_options> first = resolve(left, nullptr, 0, "graft_compare");
    GRAFT_RETURN_IF_ERROR(first.status());
    Expected<graft_options> second =
        resolve(right, nullptr, 0, "graft_compare");
    GRAFT_RETURN_IF_ERROR(second.status());
    CompareOptions options;
    options.limit = limit;
    Expected<ComparisonReport> report =
        compareFiles(first->values.model, second->values.model, options);
    GRAFT_RETURN_IF_ERROR(report.status());
    ByteBuffer asJson, asText; // both, or neither
    GRAFT_RETURN_IF_ERROR(asJson.write(toJson(*report)));
    GRAFT_RETURN_IF_ERROR(asText.write(toText(*report)));
    if (json)
      handOut(std::move(asJson), json);
    if (text)
      handOut(std::move(asText), text);
    return Status();
  });
}

} // extern "C"
