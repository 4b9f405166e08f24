//===- Command.h - the subcommands of `graft` -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each subcommand adds its options to the parser and leaves behind what is to
// be done once the command line is known to be good. Results go to stdout,
// everything else to stderr.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TOOLS_GRAFT_COMMAND_H
#define GRAFT_TOOLS_GRAFT_COMMAND_H

#include "api/include/graft.h"
#include "compiler/Compiler.h"
#include "engine/Engine.h"
#include "support/Status.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

namespace graft {

class ProgressLine;

/// The work of the chosen subcommand.
using Action = std::function<Status()>;

void addConvertCommand(CLI::App &app, Action &action);
void addBuildCommand(CLI::App &app, Action &action);
void addRunCommand(CLI::App &app, Action &action);
void addBenchCommand(CLI::App &app, Action &action);
void addInspectCommand(CLI::App &app, Action &action);
void addFreezeCommand(CLI::App &app, Action &action);
void addCompareCommand(CLI::App &app, Action &action);
void addExplainCommand(CLI::App &app, Action &action);
void addCalibrateCommand(CLI::App &app, Action &action);
void addRescueCommand(CLI::App &app, Action &action);

struct DestroyOptions {
  void operator()(graft_options *o) const { graft_options_destroy(o); }
};
using OptionsPtr = std::unique_ptr<graft_options, DestroyOptions>;

/// Bytes that the C API handed out.
struct Bytes : graft_bytes {
  Bytes() : graft_bytes{nullptr, 0, 0} {}
  Bytes(const Bytes &) = delete;
  ~Bytes() { graft_bytes_free(this); }

  std::string_view view() const {
    return {static_cast<const char *>(data), size};
  }
};

/// A call of the C API: what convert, build, freeze and rescue have in common.
struct ApiCall {
  std::string model, output;
  std::string report; ///< a file for the report as JSON; empty for none
  OptionsPtr options;

  graft_model source() const { return {model.c_str(), nullptr, 0}; }
};

/// MODEL, --output and a flag for each option of the C API's table that is for
/// `function` (GRAFT_FOR_*). The call's options do not change their place.
void addApiCall(CLI::App &command, unsigned function,
                const std::string &outputDescription, ApiCall &call);

/// Adds --output alone.
void addOutput(CLI::App &command, const std::string &description,
               ApiCall &call);

/// Adds the flags alone. The call's options do not change their place.
void addApiOptions(CLI::App &command, unsigned function, ApiCall &call);

/// What a function of the C API gave.
Status toStatus(graft_code code);

/// Makes the call through `work`, graft_convert or graft_rescue, with a line of
/// progress. Its report is written where the call wants it, and printed.
Status runReported(const ApiCall &call, decltype(graft_convert) *work);

/// MODEL, --signature, --inputs and --outputs.
void addModelOptions(CLI::App &command, ModelSource &model);

/// Says on stderr what a pass warns of.
void printWarning(const std::string &text);

/// The same of a call whose result has no report, under its line of progress.
void showWarnings(graft_options &options, ProgressLine &progress);

/// Says on stderr what a user of an engine of that precision ought to know.
void notePrecision(std::string_view precision);

/// The same of an engine that is about to be built.
void notePrecision(const graft_options *options);

/// Has the model built for the shapes of the arrays in `archive` (.npz).
Status settleSizes(ModelSource &model, const std::string &archive);

/// Loads a plan, or builds one from a model in memory first. The engines of a
/// converted model run as they are; stderr says which, and why others do not.
Expected<LoadedEngine> loadOrBuild(const ModelSource &model,
                                   const ShapeMap &shapes,
                                   EngineOptions options,
                                   ProgressLine &progress);

/// Checks that an option names a file, not the empty text that means none.
CLI::Validator notEmpty();

/// Checks that a number is not negative, at most `most`, and none of the
/// infinite ones and NaN.
CLI::Validator numberUpTo(double most);

/// --precision, --tune, --threads and the others that a plan is made with.
void addEngineOptions(CLI::App &command, EngineOptions &options);

/// --shapes x=1x224x224x3 or x=1..32x224x224x3, as often as needed.
void addShapeOption(CLI::App &command, ShapeMap &shapes);

} // namespace graft

#endif // GRAFT_TOOLS_GRAFT_COMMAND_H
