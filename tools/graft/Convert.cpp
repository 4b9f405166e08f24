//===- Convert.cpp - `graft convert`: engines grafted into a model --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Command.h"
#include "tools/graft/Progress.h"

using namespace graft;

static Status convert(const ApiCall &call) {
  ProgressLine progress;
  progress.show(*call.options);
  graft_model model = call.source();
  notePrecision(graft_options_get(call.options.get(), "precision"));
  graft_report *report = nullptr;
  graft_code code = graft_convert(&model, call.options.get(),
                                  call.output.c_str(), nullptr, &report);
  return finish(call, code, report);
}

void graft::addConvertCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "convert", "Replace the parts of a model that an engine runs better");
  auto call = std::make_shared<ApiCall>();
  addApiCall(*command, GRAFT_FOR_CONVERT,
             "GraphDef (.pb, .pbtxt) or SavedModel directory to write", *call);
  command->add_option("--report", call->report,
                      "write what was converted, and what not and why (.json)");
  command->callback(
      [call, &action] { action = [call] { return convert(*call); }; });
}
