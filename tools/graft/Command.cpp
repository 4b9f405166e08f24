//===- Command.cpp - options that several subcommands share ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Flags are made of the table of options: "timing_cache" is --timing-cache.
//===----------------------------------------------------------------------===//
#include "tools/graft/Command.h"

#include "api/Objects.h"
#include "compare/Compare.h"
#include "compiler/Report.h"
#include "compiler/embedded/EmbeddedEngines.h"
#include "support/AtomicFile.h"
#include "tools/graft/Progress.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <sstream>

using namespace graft;

namespace {
/// Takes an option's value as text.
using SetOption =
    std::function<Status(const char *name, const std::string &value)>;
} // namespace

static void addFlag(CLI::App &command, const OptionInfo &info, SetOption set) {
  std::string flag = std::string("--") + info.name;
  std::replace(flag.begin() + 2, flag.end(), '_', '-');
  auto apply = [name = info.name, set](const std::string &value) {
    if (Status status = set(name, value); !status)
      throw CLI::ValidationError(status.message());
  };
  switch (info.kind) {
  case OptionKind::Flag:
    command.add_flag_callback(flag, [apply] { apply("true"); }, info.doc);
    return;
  case OptionKind::List:
    command
        .add_option_function<std::vector<std::string>>(
            flag,
            [apply](const std::vector<std::string> &parts) {
              std::string value;
              for (const std::string &part : parts)
                value += (value.empty() ? "" : ",") + part;
              apply(value);
            },
            info.doc)
        ->delimiter(',');
    return;
  case OptionKind::Text:
  case OptionKind::Integer:
  case OptionKind::File: {
    CLI::Option *option =
        command.add_option_function<std::string>(flag, apply, info.doc);
    if (*info.choices)
      option->type_name(std::string("{") + info.choices + "}");
    else if (info.kind == OptionKind::Integer)
      option->type_name("INT");
    if (*info.defaultValue)
      option->default_str(info.defaultValue);
    return;
  }
  }
}

/// Adds a flag for each option of the group.
static void addGroup(CLI::App &command, OptionGroup group,
                     const SetOption &set) {
  for (const OptionInfo *info = optionsBegin(); info != optionsEnd(); ++info)
    if (info->group == group)
      addFlag(command, *info, set);
}

static void addModel(CLI::App &command, std::string &model) {
  command
      .add_option("MODEL", model,
                  "frozen GraphDef (.pb, .pbtxt) or SavedModel directory")
      ->required();
}

CLI::Validator graft::notEmpty() {
  return {[](const std::string &text) -> std::string {
            return text.empty() ? "must name a file, got ''" : "";
          },
          "PATH"};
}

CLI::Validator graft::numberUpTo(double most) {
  return {[most](const std::string &text) -> std::string {
            double number;
            if (CLI::detail::lexical_cast(text, number) && number >= 0 &&
                number <= most)
              return "";
            return "must be a number of at least 0" +
                   (most < std::numeric_limits<double>::max()
                        ? " and at most " + CLI::detail::to_string(most)
                        : std::string()) +
                   ", got '" + text + "'";
          },
          "NUMBER"};
}

void graft::addApiCall(CLI::App &command, unsigned function,
                       const std::string &outputDescription, ApiCall &call) {
  addModel(command, call.model);
  addOutput(command, outputDescription, call);
  addApiOptions(command, function, call);
}

void graft::addOutput(CLI::App &command, const std::string &description,
                      ApiCall &call) {
  command.add_option("-o,--output", call.output, description)->required();
}

void graft::addApiOptions(CLI::App &command, unsigned function, ApiCall &call) {
  graft_options *options = nullptr;
  if (graft_options_create(&options) != GRAFT_OK)
    throw std::bad_alloc();
  call.options.reset(options);
  for (const OptionInfo *info = optionsBegin(); info != optionsEnd(); ++info)
    if (functionsOf(info->group) & function)
      addFlag(command, *info,
              [options](const char *name, const std::string &value) {
                return toStatus(
                    graft_options_set(options, name, value.c_str()));
              });
}

void graft::notePrecision(std::string_view precision) {
  if (precision == getName(Precision::FP16))
    std::fputs(
        "graft: note: on this CPU fp16 is computed in fp32, and each "
        "layer's result is rounded to fp16: it is slower than fp32; bf16 "
        "is the 16-bit precision that is faster\n",
        stderr);
}

/// `calibrated`: with a table or samples.
static void noteBest(bool isBest, bool calibrated) {
  if (isBest && !calibrated)
    std::fputs("graft: note: without calibration data or a table, best chooses "
               "between fp32 and bf16 for a model that states no ranges\n",
               stderr);
}

void graft::notePrecision(const graft_options *options) {
  std::string_view precision = graft_options_get(options, "precision");
  notePrecision(precision);
  noteBest(precision == getName(Precision::Best),
           *graft_options_get(options, "calibration") ||
               *graft_options_get(options, "calibration_data"));
}

void graft::printWarning(const std::string &text) {
  std::fprintf(stderr, "graft: warning: %s\n", text.c_str());
}

void graft::showWarnings(graft_options &options, ProgressLine &progress) {
  auto show = [](void *line, const char *text) {
    static_cast<ProgressLine *>(line)->clear();
    printWarning(text);
  };
  // Setting fails only for null.
  (void)graft_options_set_warning(&options, show, &progress);
}

Status graft::settleSizes(ModelSource &model, const std::string &archive) {
  Expected<NpzHeaders> headers = readNpzHeaders(archive);
  GRAFT_RETURN_IF_ERROR(headers.status());
  for (const auto &[name, header] : *headers)
    model.arrays[name] = header.shape;
  return Status();
}

/// Opens a plan that is to be run on inputs of these shapes.
static Expected<LoadedEngine> openPlan(const std::string &path,
                                       const ShapeMap &shapes) {
  Expected<LoadedEngine> loaded = openEngine(path);
  GRAFT_RETURN_IF_ERROR(loaded.status());
  const graft_engine *engine = loaded->engine.get();
  std::vector<std::string> names;
  for (size_t i = 0; i < graft_engine_num_inputs(engine); ++i)
    names.emplace_back(graft_engine_input(engine, i).name);
  GRAFT_RETURN_IF_ERROR(checkInputNames(shapes, names, "plan"));
  return loaded;
}

Expected<LoadedEngine> graft::loadOrBuild(const ModelSource &model,
                                          const ShapeMap &shapes,
                                          EngineOptions options,
                                          ProgressLine &progress) {
  if (isPlan(model.path))
    return openPlan(model.path, shapes);
  noteBest(options.precision == Precision::Best,
           !options.calibration.empty() || !options.calibrationData.empty());
  options.warn = [&](const std::string &text) {
    progress.clear();
    printWarning(text);
  };
  LoadedEngine loaded;
  Expected<std::vector<EmbeddedEngine>> engines = buildWithEngines(
      model, shapes, options, loaded.planBytes, progress.callback());
  GRAFT_RETURN_IF_ERROR(engines.status());
  std::istringstream notes(toText(*engines));
  for (std::string note; std::getline(notes, note);)
    std::fprintf(stderr, "graft: note: %s: %s\n", model.path.c_str(),
                 note.c_str());
  GRAFT_RETURN_IF_ERROR(loadEngine(loaded));
  return loaded;
}

Status graft::toStatus(graft_code code) {
  if (code == GRAFT_OK)
    return Status();
  return {static_cast<StatusCode>(code), graft_last_error()};
}

namespace {
struct DestroyReport {
  void operator()(graft_report *report) const { graft_report_destroy(report); }
};
} // namespace

Status graft::runReported(const ApiCall &call, decltype(graft_convert) *work) {
  if (!call.report.empty())
    GRAFT_RETURN_IF_ERROR(AtomicFile::check(call.report, kReportFile));
  ProgressLine progress;
  progress.show(*call.options);
  graft_model model = call.source();
  notePrecision(call.options.get());
  graft_report *report = nullptr;
  graft_code code =
      work(&model, call.options.get(), call.output.c_str(), nullptr, &report);
  std::unique_ptr<graft_report, DestroyReport> owned(report);
  GRAFT_RETURN_IF_ERROR(toStatus(code));
  progress.clear();
  if (!call.report.empty()) {
    Bytes json;
    GRAFT_RETURN_IF_ERROR(toStatus(graft_report_json(report, &json)));
    GRAFT_RETURN_IF_ERROR(
        AtomicFile::writeAll(call.report, json.view(), kReportFile));
  }
  Bytes text;
  GRAFT_RETURN_IF_ERROR(toStatus(graft_report_text(report, &text)));
  std::printf("%s: ", call.output.c_str());
  std::fwrite(text.data, 1, text.size, stdout);
  return Status();
}

void graft::addModelOptions(CLI::App &command, ModelSource &model) {
  addModel(command, model.path);
  addGroup(command, OptionGroup::Model,
           [&model](const char *name, const std::string &value) {
             Options options;
             std::swap(options.model, model);
             Status status = setOption(options, name, value);
             std::swap(options.model, model);
             return status;
           });
}

void graft::addEngineOptions(CLI::App &command, EngineOptions &engine) {
  for (OptionGroup group : {OptionGroup::Precision, OptionGroup::Engine,
                            OptionGroup::Algorithm, OptionGroup::Threads})
    addGroup(command, group,
             [&engine](const char *name, const std::string &value) {
               Options options;
               std::swap(options.convert.engine, engine);
               Status status = setOption(options, name, value);
               std::swap(options.convert.engine, engine);
               return status;
             });
}

void graft::addShapeOption(CLI::App &command, ShapeMap &shapes) {
  addGroup(command, OptionGroup::Shapes,
           [&shapes](const char *name, const std::string &value) {
             Options options;
             Status status = setOption(options, name, value);
             shapes = std::move(options.shapes);
             return status;
           });
}
