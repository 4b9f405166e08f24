//===- Rescue.cpp - `graft rescue`: TF-TRT's models, native again ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Command.h"

using namespace graft;

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
  command
      ->add_option("--report", call->report,
                   "write what was restored, and converted (.json)")
      ->check(notEmpty());
  command->callback([call, &action] {
    action = [call] { return runReported(*call, graft_rescue); };
  });
}
