//===- Build.cpp - `graft build`: a model becomes a plan ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Command.h"
#include "tools/graft/Progress.h"

#include <cstdio>

using namespace graft;

namespace {
struct BuildOptions {
  ModelSource model;
  EngineOptions engine;
  ShapeMap shapes;
  std::string output;
};
} // namespace

static Status build(const BuildOptions &options) {
  ProgressLine progress;
  if (Status s = buildPlanFile(options.model, options.shapes, options.engine,
                               options.output, progress.callback());
      !s)
    return s;
  std::fprintf(stderr, "graft: wrote %s (%s) in %.2f s\n",
               options.output.c_str(), options.engine.precision.c_str(),
               progress.seconds());
  return Status();
}

void graft::addBuildCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "build", "Compile a model to an engine plan, which needs no TensorFlow");
  auto options = std::make_shared<BuildOptions>();
  addModelOptions(*command, options->model);
  command->add_option("-o,--output", options->output, "plan to write")
      ->required();
  addEngineOptions(*command, options->engine);
  addShapeOption(*command, options->shapes);
  command->callback(
      [options, &action] { action = [options] { return build(*options); }; });
}
