//===- Compare.cpp - `graft compare`: where two models differ -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compare/Compare.h"
#include "engine/Engine.h"
#include "tools/graft/Command.h"
#include "tools/graft/Progress.h"

#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>

using namespace graft;

namespace {
struct CompareCall {
  ModelSource left, right;
  std::string inputs;
  EngineOptions engine;
  CompareOptions compare;
  OutputTolerance tolerance;
  bool bytes = false, json = false, layers = false;
};
} // namespace

/// A plan, or a model that is built in memory. `anew`: without the engines that
/// the model has.
static Expected<LoadedEngine> load(const ModelSource &model,
                                   EngineOptions options, bool anew = false) {
  ProgressLine progress;
  if (!anew || isPlan(model.path))
    return loadOrBuild(model, /*shapes=*/{}, options, progress);
  options.warn = [&](const std::string &text) {
    progress.clear();
    printWarning(text);
  };
  LoadedEngine loaded;
  GRAFT_RETURN_IF_ERROR(buildPlan(model, /*shapes=*/{}, options,
                                  loaded.planBytes, progress.callback()));
  GRAFT_RETURN_IF_ERROR(loadEngine(loaded));
  return loaded;
}

static Expected<ComparisonReport> compareAnswers(CompareCall call) {
  for (ModelSource *model : {&call.left, &call.right})
    GRAFT_RETURN_IF_ERROR(settleSizes(*model, call.inputs));
  // Layers are compared with what they would be without any lowering.
  EngineOptions exact = call.engine;
  if (call.layers) {
    exact = EngineOptions();
    exact.threads = call.engine.threads;
  }
  Expected<LoadedEngine> left = load(call.left, exact, /*anew=*/call.layers);
  if (!left)
    return left.status();
  Expected<LoadedEngine> right = load(call.right, call.engine);
  if (!right)
    return right.status();
  Expected<NpzArrays> inputs =
      readNpz(call.inputs, inputCheck(left->engine.get()));
  GRAFT_RETURN_IF_ERROR(inputs.status());
  if (call.layers)
    return compareLayers(left->engine.get(), right->engine.get(), *inputs,
                         call.engine.threads, call.tolerance);
  Expected<NpzArrays> first =
      runOnce(left->engine.get(), *inputs, call.engine.threads);
  if (!first)
    return first.status();
  Expected<NpzArrays> second =
      runOnce(right->engine.get(), *inputs, call.engine.threads);
  if (!second)
    return second.status();
  return compareOutputs(*first, *second, call.tolerance);
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
  constexpr double largest = std::numeric_limits<double>::max();
  const char *what = "GraphDef, SavedModel directory or engine plan";
  command->add_option("A", call->left.path, what)->required();
  CLI::Option *right = command->add_option("B", call->right.path, what);
  CLI::Option *inputs =
      command
          ->add_option("--inputs", call->inputs,
                       "arrays (.npz) to run both on; compares what they give")
          ->check(notEmpty());
  CLI::Option *relative =
      command
          ->add_option("--rtol", call->tolerance.relative,
                       "largest |a - b| relative to |b|, plus --atol")
          ->needs(inputs)
          ->check(numberUpTo(largest))
          ->capture_default_str();
  CLI::Option *absolute =
      command->add_option("--atol", call->tolerance.absolute, "largest |a - b|")
          ->needs(inputs)
          ->check(numberUpTo(largest))
          ->capture_default_str();
  command
      ->add_option("--min-sqnr", call->tolerance.signalToNoise,
                   "least ratio of signal to noise of each output in dB, "
                   "instead of --rtol and --atol")
      ->check(CLI::Validator(
          [](const std::string &text) -> std::string {
            double number;
            return CLI::detail::lexical_cast(text, number) &&
                           !std::isnan(number)
                       ? ""
                       : "must be a number, got '" + text + "'";
          },
          "NUMBER"))
      ->needs(inputs);
  command
      ->add_flag("--layers", call->layers,
                 "compare what each layer gives; A is then built in fp32, and "
                 "B is A in the wanted precision if it is not given")
      ->needs(inputs);
  command
      ->add_option("--limit", call->compare.limit,
                   "differences to list at most")
      ->check(numberUpTo(largest))
      ->capture_default_str();
  command->add_flag("--bytes", call->bytes,
                    "fail where the files say the same in other bytes");
  command->add_flag("--json", call->json, "print one JSON object");
  addEngineOptions(*command, call->engine);
  command->callback([call, right, relative, absolute, &action] {
    if (right->count() == 0) {
      if (!call->layers)
        throw CLI::RequiredError("B");
      call->right = call->left;
    }
    // What is lowered is never equal: layers are a report unless limits are
    // set.
    if (call->layers && relative->count() + absolute->count() == 0 &&
        !call->tolerance.signalToNoise)
      call->tolerance.signalToNoise = -std::numeric_limits<double>::infinity();
    action = [call] { return compare(*call); };
  });
}
