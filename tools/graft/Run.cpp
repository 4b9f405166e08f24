//===- Run.cpp - `graft run`: arrays in, arrays out -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "engine/Engine.h"
#include "tools/graft/Command.h"
#include "tools/graft/Progress.h"

using namespace graft;

namespace {
struct RunOptions {
  ModelSource model;
  EngineOptions engine;
  ShapeMap shapes;
  std::string inputs, outputs;
};
} // namespace

static Status run(RunOptions options) {
  GRAFT_RETURN_IF_ERROR(checkReplaces(options.outputs, kNpzFile));
  GRAFT_RETURN_IF_ERROR(settleSizes(options.model, options.inputs));
  ProgressLine progress;
  Expected<LoadedEngine> loaded =
      loadOrBuild(options.model, options.shapes, options.engine, progress);
  if (!loaded)
    return loaded.status();
  progress.clear();
  const graft_engine *engine = loaded->engine.get();
  notePrecision(graft_engine_precision(engine));
  Expected<NpzArrays> inputs = readNpz(options.inputs, inputCheck(engine));
  GRAFT_RETURN_IF_ERROR(inputs.status());
  Expected<NpzArrays> outputs =
      runOnce(engine, *inputs, options.engine.threads);
  if (!outputs)
    return outputs.status();
  return writeNpz(options.outputs, *outputs);
}

void graft::addRunCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "run", "Run a plan, or a model that is built in memory first");
  auto options = std::make_shared<RunOptions>();
  command
      ->add_option("MODEL", options->model.path,
                   "engine plan, frozen GraphDef or SavedModel directory")
      ->required();
  command->add_option("--signature", options->model.signature,
                      "signature of a SavedModel (default: serving_default)");
  command->add_option("--inputs", options->inputs, "arrays to read (.npz)")
      ->required();
  command->add_option("--outputs", options->outputs, "arrays to write (.npz)")
      ->required();
  addEngineOptions(*command, options->engine);
  addShapeOption(*command, options->shapes);
  command->callback(
      [options, &action] { action = [options] { return run(*options); }; });
}
