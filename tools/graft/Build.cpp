//===- Build.cpp - `graft build`: a model becomes a plan ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/Precision.h"
#include "tools/graft/Command.h"
#include "tools/graft/PlanReport.h"
#include "tools/graft/Progress.h"

#include <cstdio>

using namespace graft;

static Status build(const ApiCall &call) {
  ProgressLine progress;
  progress.show(*call.options);
  showWarnings(*call.options, progress);
  notePrecision(call.options.get());
  graft_model model = call.source();
  if (Status s = toStatus(graft_build(&model, call.options.get(),
                                      call.output.c_str(), nullptr));
      !s)
    return s;
  progress.clear();
  std::string precision = graft_options_get(call.options.get(), "precision");
  if (precision == getName(Precision::Best)) {
    Expected<runtime::PlanFile> file = runtime::PlanFile::open(call.output);
    GRAFT_RETURN_IF_ERROR(file.status());
    precision += ": " + countPrecisions(file->plan());
  }
  std::fprintf(stderr, "graft: wrote %s (%s) in %.2f s\n", call.output.c_str(),
               precision.c_str(), progress.seconds());
  return Status();
}

void graft::addBuildCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "build", "Compile a model to an engine plan, which needs no TensorFlow");
  auto call = std::make_shared<ApiCall>();
  addApiCall(*command, GRAFT_FOR_BUILD, "plan to write", *call);
  command->callback(
      [call, &action] { action = [call] { return build(*call); }; });
}
