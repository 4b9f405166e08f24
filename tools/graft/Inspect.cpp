//===- Inspect.cpp - `graft inspect`: what is in a file -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Engine.h"
#include "tools/graft/Command.h"
#include "tools/graft/PlanReport.h"

#include "compiler/Compare.h"
#include "compiler/Report.h"

#include <algorithm>
#include <cstdio>

using namespace graft;

namespace {
struct InspectOptions {
  std::string file;
  bool json = false;
};
} // namespace

static void printModel(const ModelSummary &summary) {
  std::printf("model with %lld nodes and %lld functions\n",
              static_cast<long long>(summary.nodes),
              static_cast<long long>(summary.functions));
  for (const std::string &port : summary.inputs)
    std::printf("inputs   %s\n", port.c_str());
  for (const std::string &port : summary.outputs)
    std::printf("outputs  %s\n", port.c_str());
  std::vector<std::pair<std::string, int64_t>> ops(summary.ops.begin(),
                                                   summary.ops.end());
  std::sort(ops.begin(), ops.end(), [](auto &a, auto &b) {
    return std::pair(-a.second, a.first) < std::pair(-b.second, b.first);
  });
  for (const auto &[op, count] : ops)
    std::printf("%8lld x %s\n", static_cast<long long>(count), op.c_str());
}

static Status inspectPlan(const InspectOptions &options) {
  Expected<runtime::PlanFile> plan = runtime::PlanFile::open(options.file);
  if (!plan)
    return plan.status();
  std::string report =
      options.json ? describePlanAsJson(*plan) : describePlanAsText(*plan);
  std::fputs(report.c_str(), stdout);
  return Status();
}

static Status inspectModel(const InspectOptions &options) {
  Expected<ModelSummary> summary =
      summarizeModel({options.file, {}, {}, {}, {}}, {});
  if (!summary)
    return summary.status();
  if (!options.json) {
    printModel(*summary);
    return Status();
  }
  std::fputs(toJson(*summary).c_str(), stdout);
  return Status();
}

void graft::addInspectCommand(CLI::App &app, Action &action) {
  CLI::App *command =
      app.add_subcommand("inspect", "Show what is in a plan or a model");
  auto options = std::make_shared<InspectOptions>();
  command
      ->add_option("FILE", options->file,
                   "engine plan, GraphDef or SavedModel directory")
      ->required();
  command->add_flag("--json", options->json, "print one JSON object");
  command->callback([options, &action] {
    action = [options] {
      return isPlan(options->file) ? inspectPlan(*options)
                                   : inspectModel(*options);
    };
  });
}
