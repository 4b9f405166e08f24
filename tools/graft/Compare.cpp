//===- Compare.cpp - `graft compare`: where two models differ -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Compare.h"
#include "compiler/Engine.h"
#include "tools/graft/Command.h"
#include "tools/graft/Progress.h"

#include <cstdio>
#include <memory>

using namespace graft;

namespace {
struct CompareCall {
  ModelSource left, right;
  std::string inputs;
  EngineOptions engine;
  CompareOptions compare;
  double relative = 1e-4, absolute = 1e-5;
  bool bytes = false, json = false;
};
} // namespace

/// The answer of a plan, or of a model that is built in memory first.
static Expected<NpzArrays> answer(const ModelSource &model,
                                  const CompareCall &call,
                                  const NpzArrays &inputs) {
  // A range of shapes would be slower: the plan is for these inputs.
  ShapeMap shapes;
  for (const auto &[name, array] : inputs)
    for (int64_t dim : array.shape)
      shapes[name].push_back({dim, dim});
  ProgressLine progress;
  Expected<LoadedEngine> loaded =
      loadOrBuild(model, isPlan(model.path) ? ShapeMap() : shapes, call.engine,
                  progress.callback());
  if (!loaded)
    return loaded.status();
  const graft_engine *engine = loaded->engine.get();
  Expected<ContextPtr> context =
      makeContext(engine, inputs, call.engine.threads);
  if (!context)
    return context.status();
  std::vector<NpyArray> outputs = makeOutputs(engine, context->get());
  if (Status s = runContext(context->get(), inputPointers(engine, inputs),
                            outputPointers(outputs));
      !s)
    return s;
  NpzArrays named;
  for (size_t i = 0; i < outputs.size(); ++i)
    named.emplace(graft_engine_output(engine, i).name, std::move(outputs[i]));
  return named;
}

static Expected<ComparisonReport> compareAnswers(const CompareCall &call) {
  Expected<NpzArrays> inputs = readNpz(call.inputs);
  if (!inputs)
    return inputs.status();
  Expected<NpzArrays> left = answer(call.left, call, *inputs);
  if (!left)
    return left.status();
  Expected<NpzArrays> right = answer(call.right, call, *inputs);
  if (!right)
    return right.status();
  return compareOutputs(*left, *right, call.relative, call.absolute);
}

static Status compare(const CompareCall &call) {
  Expected<ComparisonReport> report =
      call.inputs.empty() ? compareFiles(call.left, call.right, call.compare)
                          : compareAnswers(call);
  if (!report)
    return report.status();
  std::string text = call.json ? toJson(*report) : toText(*report);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::string both = "'" + call.left.path + "' and '" + call.right.path + "'";
  if (!report->equal())
    return Status::mismatch(both + " differ" +
                            (call.inputs.empty() ? "" : " in what they give"));
  if (call.bytes && call.inputs.empty() && !report->identical)
    return Status::mismatch(both + " say the same in other bytes");
  return Status();
}

void graft::addCompareCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "compare", "Show where two models, two plans or their answers differ");
  auto call = std::make_shared<CompareCall>();
  const char *what = "GraphDef, SavedModel directory or engine plan";
  command->add_option("A", call->left.path, what)->required();
  command->add_option("B", call->right.path, what)->required();
  CLI::Option *inputs = command->add_option(
      "--inputs", call->inputs,
      "arrays (.npz) to run both on; compares what they give");
  command
      ->add_option("--rtol", call->relative,
                   "largest |a - b| relative to |b|, plus --atol")
      ->needs(inputs)
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--atol", call->absolute, "largest |a - b|")
      ->needs(inputs)
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      ->add_option("--limit", call->compare.limit,
                   "differences to list at most")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_flag("--bytes", call->bytes,
                    "fail where the files say the same in other bytes");
  command->add_flag("--json", call->json, "print one JSON object");
  addEngineOptions(*command, call->engine);
  command->callback(
      [call, &action] { action = [call] { return compare(*call); }; });
}
