//===- Rescue.cpp - `graft rescue`: TF-TRT's models, native again ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Rescue.h"
#include "tools/graft/Command.h"
#include "tools/graft/Progress.h"

#include <cstdio>
#include <memory>

using namespace graft;

namespace {
struct RescueCall {
  ModelSource model;
  std::string output;
  RescueOptions rescue;
  ConvertOptions conversion;
  bool convert = false;
};
} // namespace

static Status rescue(const RescueCall &options) {
  RescueOptions chosen = options.rescue;
  if (options.convert)
    chosen.conversion = options.conversion;
  ProgressLine progress;
  Expected<RescueReport> report =
      rescueModel(options.model, chosen, options.output, progress.callback());
  if (!report)
    return report.status();
  std::printf("%s: %zu engine(s) of TF-TRT put back\n", options.output.c_str(),
              report->engines.size());
  for (const RestoredEngine &engine : report->engines)
    std::printf("  restored: %s%s%s, %lld nodes\n", engine.name.c_str(),
                engine.function.empty() ? "" : " in ", engine.function.c_str(),
                static_cast<long long>(engine.nodes));
  if (const auto &converted = report->conversion)
    std::printf("  converted: %lld of %lld nodes in %zu engine(s) of Graft, "
                "precision %s\n",
                static_cast<long long>(converted->converted),
                static_cast<long long>(converted->nodes),
                converted->engines.size(),
                options.conversion.engine.precision.c_str());
  return Status();
}

void graft::addRescueCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "rescue", "Turn a model that TF-TRT wrote into a native one");
  auto options = std::make_shared<RescueCall>();
  command
      ->add_option("OLD", options->model.path,
                   "GraphDef (.pb, .pbtxt) or SavedModel directory with "
                   "TF-TRT's engines")
      ->required();
  command
      ->add_option("NEW", options->output,
                   "GraphDef or SavedModel directory to write")
      ->required();
  command->add_flag("--keep-devices", options->rescue.keepDevices,
                    "leave nodes on the GPU that the model names");
  command->add_flag("--convert", options->convert,
                    "convert the native model with Graft at once");
  addConvertOptions(*command, options->conversion);
  command->callback(
      [options, &action] { action = [options] { return rescue(*options); }; });
}
