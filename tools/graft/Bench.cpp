//===- Bench.cpp - `graft bench`: latency and throughput ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One context, one run after the other: the latency of a single client. Warm-up
// lasts 200 ms, measurement three seconds and at least ten runs.
//===----------------------------------------------------------------------===//
#include "engine/Engine.h"
#include "support/Processors.h"
#include "tools/graft/Command.h"
#include "tools/graft/LaunchProfile.h"
#include "tools/graft/Progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

using namespace graft;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

namespace {
struct BenchOptions {
  ModelSource model;
  EngineOptions engine;
  ShapeMap shapes;
  std::string inputs;
  double warmup = 0.2, duration = 3.0; // seconds
  uint64_t seed = 0;
  bool json = false, profile = false;
};

/// A prepared context with its buffers.
struct Subject {
  LoadedEngine loaded;
  NpzArrays inputs;
  ContextPtr context;
  std::vector<NpyArray> outputs;
  std::optional<LaunchProfile> profile; ///< where one is wanted
};
} // namespace

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

static Expected<Subject> prepare(BenchOptions options) {
  if (!options.inputs.empty())
    GRAFT_RETURN_IF_ERROR(settleSizes(options.model, options.inputs));
  ProgressLine progress;
  Subject subject;
  Expected<LoadedEngine> loaded =
      loadOrBuild(options.model, options.shapes, options.engine, progress);
  if (!loaded)
    return loaded.status();
  progress.clear();
  subject.loaded = *std::move(loaded);
  const graft_engine *engine = subject.loaded.engine.get();
  notePrecision(graft_engine_precision(engine));
  Expected<NpzArrays> inputs =
      options.inputs.empty()
          ? randomInputs(engine, options.shapes, options.seed)
          : readNpz(options.inputs, inputCheck(engine));
  if (!inputs)
    return inputs.status();
  subject.inputs = *std::move(inputs);
  Expected<ContextPtr> context =
      makeContext(engine, subject.inputs, options.engine.threads);
  if (!context)
    return context.status();
  subject.context = *std::move(context);
  subject.outputs = makeOutputs(engine, subject.context.get());
  return subject;
}

/// Milliseconds of each run, sorted.
static Expected<std::vector<double>> measure(const BenchOptions &options,
                                             Subject &subject) {
  auto inputs = inputPointers(subject.loaded.engine.get(), subject.inputs);
  auto outputs = outputPointers(subject.outputs);
  auto phase = [&](double seconds, size_t least,
                   std::vector<double> *times) -> Status {
    Clock::time_point begin = Clock::now();
    for (size_t n = 0; n < least || secondsSince(begin) < seconds; ++n) {
      Clock::time_point start = Clock::now();
      if (Status s = runContext(subject.context.get(), inputs, outputs); !s)
        return s;
      if (!times)
        continue;
      times->push_back(secondsSince(start) * 1e3);
      if (subject.profile)
        subject.profile->note();
    }
    return Status();
  };
  std::vector<double> times;
  times.reserve(1 << 16);
  if (Status s = phase(options.warmup, 1, nullptr); !s)
    return s;
  if (subject.profile)
    GRAFT_RETURN_IF_ERROR(subject.profile->noteShapes(inputs, outputs));
  if (Status s = phase(options.duration, 10, &times); !s)
    return s;
  std::sort(times.begin(), times.end());
  return times;
}

/// The smallest time that at least `fraction` of the runs did not exceed.
static double percentile(const std::vector<double> &sorted, double fraction) {
  size_t rank = std::ceil(fraction * sorted.size());
  return sorted[std::max<size_t>(rank, 1) - 1];
}

static Status bench(const BenchOptions &options) {
  Expected<Subject> subject = prepare(options);
  if (!subject)
    return subject.status();
  if (options.profile)
    subject->profile.emplace(subject->loaded.engine.get(),
                             subject->context.get());
  Expected<std::vector<double>> times = measure(options, *subject);
  if (!times)
    return times.status();
  double sum = std::accumulate(times->begin(), times->end(), 0.0);
  int threads = resolveThreads(options.engine.threads);
  double median = percentile(*times, 0.5);
  double perSecond = 1e3 * times->size() / sum;
  std::string precision = graft_engine_precision(subject->loaded.engine.get());
  if (options.json) {
    Json json = {
        {"schema_version", 1},
        {"latency_ms",
         {{"min", times->front()},
          {"median", median},
          {"mean", sum / times->size()},
          {"p90", percentile(*times, 0.9)},
          {"p99", percentile(*times, 0.99)},
          {"max", times->back()}}},
        {"throughput_per_s", perSecond},
        {"runs", times->size()},
        {"threads", threads},
        {"precision", precision},
        {"context_bytes", graft_context_bytes(subject->context.get())}};
    if (options.profile)
      json["layers"] = subject->profile->toJson();
    std::printf(
        "%s\n",
        json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    return Status();
  }
  if (options.inputs.empty())
    std::printf("inputs      random, seed %llu\n",
                static_cast<unsigned long long>(options.seed));
  std::printf("precision   %s\nthreads     %d\nruns        %zu\n",
              precision.c_str(), threads, times->size());
  std::printf("latency ms  min %.3f  median %.3f  p90 %.3f  p99 %.3f\n",
              times->front(), median, percentile(*times, 0.9),
              percentile(*times, 0.99));
  std::printf("throughput  %.1f runs/s\n", perSecond);
  if (options.profile)
    std::fputs(subject->profile->toText().c_str(), stdout);
  return Status();
}

void graft::addBenchCommand(CLI::App &app, Action &action) {
  CLI::App *command =
      app.add_subcommand("bench", "Measure a plan's latency and throughput");
  auto options = std::make_shared<BenchOptions>();
  command
      ->add_option("MODEL", options->model.path,
                   "engine plan, frozen GraphDef or SavedModel directory")
      ->required();
  command->add_option("--signature", options->model.signature,
                      "signature of a SavedModel (default: serving_default)");
  addEngineOptions(*command, options->engine);
  addShapeOption(*command, options->shapes);
  command
      ->add_option("--inputs", options->inputs,
                   "arrays to run on (.npz; default: random)")
      ->check(notEmpty());
  command->add_option("--seed", options->seed, "of the random inputs");
  command->add_option("--warmup", options->warmup, "seconds before measuring")
      ->check(numberUpTo(3600))
      ->capture_default_str();
  command->add_option("--duration", options->duration, "seconds to measure")
      ->check(numberUpTo(3600))
      ->capture_default_str();
  command->add_flag("--profile", options->profile,
                    "print each launch's median time and results");
  command->add_flag("--json", options->json, "print one JSON object");
  command->callback(
      [options, &action] { action = [options] { return bench(*options); }; });
}
