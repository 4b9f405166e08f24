//===- Rescue.cpp - `graft rescue`: TF-TRT's models, native again ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Command.h"
#include "tools/graft/Progress.h"

using namespace graft;

static Status rescue(const ApiCall &call) {
  ProgressLine progress;
  progress.show(*call.options);
  graft_model model = call.source();
  notePrecision(graft_options_get(call.options.get(), "precision"));
  graft_report *report = nullptr;
  graft_code code = graft_rescue(&model, call.options.get(),
                                 call.output.c_str(), nullptr, &report);
  return finish(call, code, report);
}

void graft::addRescueCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "rescue", "Turn a model that TF-TRT wrote into a native one");
  auto call = std::make_shared<ApiCall>();
  command
      ->add_option("OLD", call->model,
                   "GraphDef (.pb, .pbtxt) or SavedModel directory with "
                   "TF-TRT's engines")
      ->required();
  command
      ->add_option("NEW", call->output,
                   "GraphDef or SavedModel directory to write")
      ->required();
  addApiOptions(*command, GRAFT_FOR_RESCUE, *call);
  command->add_option("--report", call->report,
                      "write what was restored, and converted (.json)");
  command->callback(
      [call, &action] { action = [call] { return rescue(*call); }; });
}
