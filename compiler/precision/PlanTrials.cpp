//===- PlanTrials.cpp - precisions on trial, as plans on this machine -----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/precision/PlanTrials.h"

#include "compiler/precision/PrecisionSearch.h"
#include "passes/plan/Target.h"
#include "support/Processors.h"

#include "llvm/ADT/STLExtras.h"

#include <chrono>
#include <cmath>
#include <list>
#include <memory>

using namespace graft;
using Clock = std::chrono::steady_clock;

/// Runs of launches and of whole plans, of which the fastest counts.
static constexpr int kProfiledRuns = 9;
static constexpr int kLeastRuns = 5, kMostRuns = 200;
/// Time limit for each plan, after the least number of runs.
static constexpr double kSeconds = 0.25;
/// Plans that are kept, because the next query may be about them again: this
/// many, but only two large ones.
static constexpr size_t kMostPlans = 5, kLeastPlans = 2;
static constexpr size_t kMostBytes = size_t(256) << 20;

static constexpr double kNever = std::numeric_limits<double>::infinity();

namespace {

class PlanTrials : public PrecisionTrials {
public:
  PlanTrials(Session &session, std::vector<NpzArrays> samples,
             const RangeTable &table, std::vector<Session::Layer> layers)
      : session(session), samples(std::move(samples)),
        options(session.getOptions().engine), table(table),
        layers(std::move(layers)), progress(session.getWork().within()) {}

  Expected<std::vector<LayerTimes>> timeLayers() override;
  Expected<std::vector<double>>
  time(llvm::ArrayRef<PrecisionMix> mixes) override;
  Expected<double> lose(const PrecisionMix &mix,
                        const std::string &metric) override;
  Status announce(const std::string &what) override;

  llvm::ArrayRef<Session::Layer> getLayers() const { return layers; }

private:
  using Plan = std::shared_ptr<TrialEngine>;
  using Answers = std::vector<NpzArrays>;

  PrecisionMix all(Precision precision) const {
    return PrecisionMix(layers.size(), precision);
  }
  Expected<Plan> build(const PrecisionMix &mix);
  /// Enters the times of the layers that have the precision.
  Status profile(Precision precision, std::vector<LayerTimes> &times);
  /// The outputs for all samples.
  Expected<Answers> answer(const PrecisionMix &mix);

  Session &session;
  std::vector<NpzArrays> samples;
  const EngineOptions &options;
  const RangeTable &table;
  std::vector<Session::Layer> layers;
  Progress progress;
  std::list<std::pair<PrecisionMix, Plan>> plans; ///< the last one first
  std::optional<Answers> exact;
};

/// A plan with what it runs on.
struct Subject {
  std::shared_ptr<TrialEngine> plan;
  NpzArrays inputs;
  ContextPtr context;
  std::vector<NpyArray> outputs;

  Status run() {
    return runContext(context.get(), inputPointers(plan->engine.get(), inputs),
                      outputPointers(outputs));
  }
};

} // namespace

Status PlanTrials::announce(const std::string &what) {
  return progress && !progress(0, 0, what)
             ? Status::failed(session.getModel().path + ": cancelled")
             : Status();
}

Expected<PlanTrials::Plan> PlanTrials::build(const PrecisionMix &mix) {
  auto known = llvm::find_if(
      plans, [&](const auto &entry) { return entry.first == mix; });
  if (known != plans.end()) {
    plans.splice(plans.begin(), plans, known);
    return plans.front().second;
  }
  auto bytes = [&] {
    size_t sum = 0;
    for (const auto &[mix, plan] : plans) {
      size_t size = 0;
      (void)graft_engine_plan(plan->engine.get(), &size);
      sum += size;
    }
    return sum;
  };
  while (plans.size() >= kMostPlans ||
         (plans.size() >= kLeastPlans && bytes() > kMostBytes))
    plans.pop_back();
  RangeTable choice = table;
  choice.speed.emplace();
  choice.wide.clear();
  for (auto [layer, precision] : llvm::zip(layers, mix))
    if (precision != Precision::Int8)
      choice.wide.push_back({layer.node, precision, {}, 0});
  Expected<TrialEngine> plan = session.build(choice);
  GRAFT_RETURN_IF_ERROR(plan.status());
  plans.emplace_front(mix, std::make_shared<TrialEngine>(*std::move(plan)));
  return plans.front().second;
}

/// `plan` on inputs of the sizes that `graft bench` takes.
static Expected<Subject> prepare(std::shared_ptr<TrialEngine> plan,
                                 const ShapeMap &shapes, int threads) {
  Subject subject{std::move(plan), {}, {}, {}};
  const graft_engine *engine = subject.plan->engine.get();
  Expected<NpzArrays> inputs = randomInputs(engine, shapes, /*seed=*/0);
  GRAFT_RETURN_IF_ERROR(inputs.status());
  subject.inputs = *std::move(inputs);
  Expected<ContextPtr> context = makeContext(engine, subject.inputs, threads);
  GRAFT_RETURN_IF_ERROR(context.status());
  subject.context = *std::move(context);
  subject.outputs = makeOutputs(engine, subject.context.get());
  return subject;
}

Status PlanTrials::profile(Precision precision,
                           std::vector<LayerTimes> &times) {
  GRAFT_RETURN_IF_ERROR(
      announce("layers in " + std::string(getName(precision))));
  Expected<Plan> plan = build(all(precision));
  GRAFT_RETURN_IF_ERROR(plan.status());
  Expected<Subject> subject =
      prepare(*plan, session.getShapes(), options.threads);
  GRAFT_RETURN_IF_ERROR(subject.status());
  graft_context_set_profiling(subject->context.get(), 1);
  const graft_engine *engine = (*plan)->engine.get();
  std::vector<double> best(graft_engine_num_launches(engine), kNever);
  for (int run = 0; run < kProfiledRuns; ++run) {
    GRAFT_RETURN_IF_ERROR(subject->run());
    for (auto [i, time] : llvm::enumerate(best))
      time = std::min(
          time,
          double(graft_context_launch_ns(subject->context.get(), i)) / 1000);
  }
  for (auto [layer, time] : llvm::zip(layers, times)) {
    // Casts and roundings of its tensors have its name, too.
    double sum = 0;
    bool has = false;
    for (auto [launch, nodes] : llvm::enumerate((*plan)->nodes)) {
      if (!llvm::is_contained(nodes, layer.node))
        continue;
      sum += best[launch];
      has |=
          layer.kind == graft_engine_launch_kind(engine, launch) &&
          getName(precision) == graft_engine_launch_precision(engine, launch);
    }
    // What is nothing of its own is fp32 in any case.
    if (has || precision == Precision::FP32)
      time[precision] = sum;
  }
  return Status();
}

Expected<std::vector<LayerTimes>> PlanTrials::timeLayers() {
  std::vector<LayerTimes> times(layers.size(), {kNever, kNever, kNever});
  GRAFT_RETURN_IF_ERROR(profile(Precision::FP32, times));
  if (options.precision == Precision::Best)
    GRAFT_RETURN_IF_ERROR(profile(Precision::BF16, times));
  GRAFT_RETURN_IF_ERROR(profile(Precision::Int8, times));
  return times;
}

Expected<std::vector<double>>
PlanTrials::time(llvm::ArrayRef<PrecisionMix> mixes) {
  std::vector<Subject> subjects;
  for (const PrecisionMix &mix : mixes) {
    Expected<Plan> plan = build(mix);
    GRAFT_RETURN_IF_ERROR(plan.status());
    Expected<Subject> subject =
        prepare(*plan, session.getShapes(), options.threads);
    GRAFT_RETURN_IF_ERROR(subject.status());
    subjects.push_back(*std::move(subject));
  }
  std::vector<double> best(mixes.size(), kNever);
  const auto end = Clock::now() + std::chrono::duration<double>(
                                      kSeconds * double(mixes.size()));
  for (int run = 0; run < kMostRuns; ++run) {
    if (run >= kLeastRuns && Clock::now() >= end)
      break;
    for (auto [subject, time] : llvm::zip(subjects, best)) {
      auto start = Clock::now();
      GRAFT_RETURN_IF_ERROR(subject.run());
      std::chrono::duration<double, std::micro> took = Clock::now() - start;
      time = std::min(time, took.count());
    }
  }
  return best;
}

Expected<PlanTrials::Answers> PlanTrials::answer(const PrecisionMix &mix) {
  Expected<Plan> plan = build(mix);
  GRAFT_RETURN_IF_ERROR(plan.status());
  Answers answers;
  for (const NpzArrays &batch : samples) {
    Expected<NpzArrays> outputs =
        runOnce((*plan)->engine.get(), batch, options.threads);
    GRAFT_RETURN_IF_ERROR(outputs.status());
    answers.push_back(*std::move(outputs));
  }
  return answers;
}

Expected<double> PlanTrials::lose(const PrecisionMix &mix,
                                  const std::string &metric) {
  if (!exact) {
    Expected<Answers> answers = answer(all(Precision::FP32));
    GRAFT_RETURN_IF_ERROR(answers.status());
    exact = *std::move(answers);
  }
  Expected<Answers> rounded = answer(mix);
  GRAFT_RETURN_IF_ERROR(rounded.status());
  OutputLoss loss;
  for (auto [wanted, got] : llvm::zip(*exact, *rounded))
    loss.add(wanted, got);
  return loss.get(metric);
}

/// As a table has it: there is no more to a measurement.
static double roundTime(double microseconds) {
  return std::round(microseconds * 10) / 10;
}

/// The measured speeds of the search.
static MeasuredSpeed describe(const FoundPrecisions &found, int threads) {
  MeasuredSpeed speed;
  speed.threads = resolveThreads(threads);
  speed.microseconds[std::string(getName(Precision::Best))] =
      roundTime(found.time);
  for (Precision precision : kLayerPrecisions)
    if (has(found.uniform, precision))
      speed.microseconds[std::string(getName(precision))] =
          roundTime(found.uniform[precision]);
  return speed;
}

Status graft::choosePrecisions(Session &session, std::vector<NpzArrays> samples,
                               RangeTable &table) {
  GRAFT_RETURN_IF_ERROR(session.beginCalibrationStep("choose precisions"));
  const EngineOptions &options = session.getOptions().engine;
  Expected<const plan::Target *> target = plan::findTarget(options.target);
  GRAFT_RETURN_IF_ERROR(target.status());
  GRAFT_RETURN_IF_ERROR((*target)->canMeasure());
  std::optional<AccuracyBudget> budget;
  if (!options.accuracyBudget.empty()) {
    Expected<AccuracyBudget> parsed =
        AccuracyBudget::parse(options.accuracyBudget);
    GRAFT_RETURN_IF_ERROR(parsed.status());
    budget = *std::move(parsed);
  }
  const bool fastest = options.precision == Precision::Best;
  Expected<std::vector<Session::Layer>> layers = session.listLayers();
  GRAFT_RETURN_IF_ERROR(layers.status());
  PlanTrials trials(session, std::move(samples), table, *std::move(layers));
  Expected<FoundPrecisions> found = searchPrecisions(trials, fastest, budget);
  GRAFT_RETURN_IF_ERROR(found.status());
  if (budget && found->loss > budget->limit)
    return Status::failed(session.getModel().path + ": the accuracy budget " +
                          options.accuracyBudget +
                          " must be one that fp32 meets, got " +
                          std::to_string(found->loss));
  table.budget = options.accuracyBudget;
  table.reached = found->loss;
  if (fastest)
    table.speed = describe(*found, options.threads);
  table.wide.clear();
  for (auto [layer, precision, times, loss] : llvm::zip(
           trials.getLayers(), found->mix, found->layers, found->losses)) {
    // What a layer is without being listed.
    Precision narrow =
        has(times, Precision::Int8) ? Precision::Int8 : Precision::FP32;
    if (precision != narrow)
      table.wide.push_back({layer.node, precision, loss,
                            roundTime(times[precision] - times[narrow])});
  }
  return Status();
}
