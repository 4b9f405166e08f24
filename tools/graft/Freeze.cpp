//===- Freeze.cpp - `graft freeze`: variables become constants ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Command.h"
#include "tools/graft/Progress.h"

using namespace graft;

static Status freeze(const ApiCall &call) {
  ProgressLine progress;
  progress.show(*call.options);
  graft_model model = call.source();
  return toStatus(
      graft_freeze(&model, call.options.get(), call.output.c_str(), nullptr));
}

void graft::addFreezeCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "freeze", "Write a model as one GraphDef whose variables are constants");
  auto call = std::make_shared<ApiCall>();
  addApiCall(*command, GRAFT_FOR_FREEZE,
             "GraphDef to write (.pb, or .pbtxt for text)", *call);
  command->callback(
      [call, &action] { action = [call] { return freeze(*call); }; });
}
