//===- Convert.cpp - `graft convert`: engines grafted into a model --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Command.h"

using namespace graft;

void graft::addConvertCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "convert", "Replace the parts of a model that an engine runs better");
  auto call = std::make_shared<ApiCall>();
  addApiCall(*command, GRAFT_FOR_CONVERT,
             "GraphDef (.pb, .pbtxt) or SavedModel directory to write", *call);
  command
      ->add_option("--report", call->report,
                   "write what was converted, and what not and why (.json)")
      ->check(notEmpty());
  command->callback([call, &action] {
    action = [call] { return runReported(*call, graft_convert); };
  });
}
