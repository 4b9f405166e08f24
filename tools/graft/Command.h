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

#include "compiler/Compiler.h"
#include "support/Status.h"

#include <CLI/CLI.hpp>
#include <functional>

namespace graft {

/// The work of the chosen subcommand.
using Action = std::function<Status()>;

void addConvertCommand(CLI::App &app, Action &action);
void addBuildCommand(CLI::App &app, Action &action);
void addRunCommand(CLI::App &app, Action &action);
void addBenchCommand(CLI::App &app, Action &action);
void addInspectCommand(CLI::App &app, Action &action);
void addFreezeCommand(CLI::App &app, Action &action);

/// MODEL, --signature, --inputs and --outputs.
void addModelOptions(CLI::App &command, ModelSource &model);

/// --precision, --tune, --timing-cache and --threads.
void addEngineOptions(CLI::App &command, EngineOptions &options);

/// --shapes x=1x224x224x3 or x=1..32x224x224x3, as often as needed.
void addShapeOption(CLI::App &command, ShapeMap &shapes);

/// "x=1..32x224x224x3" into the map. Errors (Usage) show the form.
Status parseShape(const std::string &text, ShapeMap &shapes);

} // namespace graft

#endif // GRAFT_TOOLS_GRAFT_COMMAND_H
