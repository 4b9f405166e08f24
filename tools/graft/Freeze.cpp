//===- Freeze.cpp - `graft freeze`: variables become constants ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Command.h"
#include "tools/graft/Progress.h"

using namespace graft;

namespace {
struct FreezeOptions {
  ModelSource model;
  std::string output;
};
} // namespace

void graft::addFreezeCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "freeze", "Write a model as one GraphDef whose variables are constants");
  auto options = std::make_shared<FreezeOptions>();
  addModelOptions(*command, options->model);
  command
      ->add_option("-o,--output", options->output,
                   "GraphDef to write (.pb, or .pbtxt for text)")
      ->required();
  command->callback([options, &action] {
    action = [options] {
      ProgressLine progress;
      return freezeModel(options->model, options->output, progress.callback());
    };
  });
}
