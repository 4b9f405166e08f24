//===- AccuracyBudget.cpp - as narrow as the outputs may be off -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/AccuracyBudget.h"

#include "calibration/Samples.h"
#include "compiler/Engine.h"
#include "runtime/core/Engine.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Regex.h"

#include <cmath>
#include <limits>
#include <map>

using namespace graft;
using llvm::StringRef;
using nn::WideLayer;

/// Samples that the search looks at, at most.
static constexpr int64_t kMostSamples = 64;
/// Runs of which the quickest counts.
static constexpr int kTimedRuns = 5;

//===----------------------------------------------------------------------===//
// Losses
//===----------------------------------------------------------------------===//

Expected<AccuracyBudget> AccuracyBudget::parse(std::string_view text) {
  auto [metric, limit] = StringRef(text).split("<=");
  AccuracyBudget budget;
  budget.metric = metric.trim().str();
  bool known = llvm::is_contained({"top1", "top5", "max_error", "noise_db"},
                                  StringRef(budget.metric));
  if (!known || limit.trim().getAsDouble(budget.limit) ||
      !std::isfinite(budget.limit))
    return Status::usage("an accuracy budget must be top1, top5, max_error or "
                         "noise_db, '<=' and a number, got '" +
                         std::string(text) + "'");
  return budget;
}

void OutputLoss::add(const std::vector<NpyArray> &exact,
                     const std::vector<NpyArray> &rounded) {
  outputs.resize(exact.size());
  for (size_t i = 0; i < exact.size(); ++i) {
    if (exact[i].dtype != "f4" || exact[i].shape.empty() ||
        exact[i].bytes.size() != rounded[i].bytes.size())
      continue;
    Output &sum = outputs[i];
    const auto *a = reinterpret_cast<const float *>(exact[i].bytes.data());
    const auto *b = reinterpret_cast<const float *>(rounded[i].bytes.data());
    const auto count =
        static_cast<int64_t>(exact[i].bytes.size() / sizeof(float));
    for (int64_t k = 0; k < count; ++k) {
      double error = std::abs(double(a[k]) - double(b[k]));
      sum.noise += error * error;
      sum.signal += double(a[k]) * double(a[k]);
      sum.largestError = std::max(sum.largestError, error);
      sum.largest = std::max(sum.largest, std::abs(double(a[k])));
    }
    const int64_t classes = std::max<int64_t>(exact[i].shape.back(), 1);
    for (int64_t row = 0; row + classes <= count; row += classes) {
      const int64_t top = std::max_element(a + row, a + row + classes) - a;
      const int64_t above = std::count_if(b + row, b + row + classes,
                                          [&](float x) { return x > b[top]; });
      ++sum.rows;
      sum.otherTop += above >= 1;
      sum.notInFive += above >= 5;
    }
  }
}

double OutputLoss::get(const std::string &metric) const {
  double worst =
      metric == "noise_db" ? -std::numeric_limits<double>::infinity() : 0.0;
  for (const Output &sum : outputs) {
    if (sum.rows == 0)
      continue;
    double loss = 0;
    if (metric == "top1")
      loss = double(sum.otherTop) / double(sum.rows);
    else if (metric == "top5")
      loss = double(sum.notInFive) / double(sum.rows);
    else if (metric == "max_error")
      loss = sum.largestError / std::max(sum.largest, 1e-30);
    else
      loss = 10 * std::log10(std::max(sum.noise, 1e-30) /
                             std::max(sum.signal, 1e-30));
    // A NaN is the worst of all.
    worst = loss > worst || std::isnan(loss) ? loss : worst;
  }
  return std::isnan(worst) ? std::numeric_limits<double>::infinity() : worst;
}

//===----------------------------------------------------------------------===//
// The search
//===----------------------------------------------------------------------===//

namespace {

class Search {
public:
  Search(const ModelSource &model, const ShapeMap &shapes,
         const EngineOptions &options, AccuracyBudget budget,
         const Progress &progress)
      : model(model), shapes(shapes), options(options),
        budget(std::move(budget)), progress(progress) {
    this->options.accuracyBudget.clear();
    this->options.calibrationData.clear();
  }

  Status run(const std::string &data, nn::RangeTable &table);

private:
  Status announce(const std::string &what);
  Expected<LoadedEngine> build(const std::string &precision,
                               llvm::ArrayRef<WideLayer> wide);
  /// Runs all samples.
  Expected<std::vector<std::vector<NpyArray>>> runAll(const LoadedEngine &plan);
  /// The loss of the outputs with these layers in f32.
  Expected<double> measure(llvm::ArrayRef<WideLayer> wide);
  /// The time of each node's launch in microseconds.
  Expected<std::map<std::string, double>> timeNodes(const LoadedEngine &plan);
  Status readData(const std::string &data, const LoadedEngine &plan);
  Status findLayers(const LoadedEngine &wide, std::vector<WideLayer> &layers);

  ModelSource model;
  ShapeMap shapes;
  EngineOptions options;
  AccuracyBudget budget;
  const Progress &progress;
  std::vector<NpzArrays> batches;
  std::vector<std::vector<NpyArray>> exact;
};

} // namespace

Status Search::announce(const std::string &what) {
  return progress && !progress(1, 1, "accuracy budget: " + what)
             ? Status::failed(model.path + ": cancelled")
             : Status();
}

Expected<LoadedEngine> Search::build(const std::string &precision,
                                     llvm::ArrayRef<WideLayer> wide) {
  EngineOptions choice = options;
  choice.precision = precision;
  if (precision != "int8")
    choice.calibration.clear();
  for (const WideLayer &layer : wide) {
    choice.keepWide += choice.keepWide.empty() ? "" : "|";
    choice.keepWide += "^" + llvm::Regex::escape(layer.node) + "$";
  }
  LoadedEngine loaded;
  GRAFT_RETURN_IF_ERROR(
      buildPlan(model, shapes, choice, loaded.planBytes, /*progress=*/{}));
  GRAFT_RETURN_IF_ERROR(loadEngine(loaded));
  return loaded;
}

Expected<std::vector<std::vector<NpyArray>>>
Search::runAll(const LoadedEngine &plan) {
  std::vector<std::vector<NpyArray>> results;
  for (const NpzArrays &batch : batches) {
    Expected<ContextPtr> context =
        makeContext(plan.engine.get(), batch, options.threads);
    GRAFT_RETURN_IF_ERROR(context.status());
    std::vector<NpyArray> &outputs =
        results.emplace_back(makeOutputs(plan.engine.get(), context->get()));
    GRAFT_RETURN_IF_ERROR(runContext(context->get(),
                                     inputPointers(plan.engine.get(), batch),
                                     outputPointers(outputs)));
  }
  return results;
}

Expected<double> Search::measure(llvm::ArrayRef<WideLayer> wide) {
  Expected<LoadedEngine> plan = build("int8", wide);
  GRAFT_RETURN_IF_ERROR(plan.status());
  Expected<std::vector<std::vector<NpyArray>>> rounded = runAll(*plan);
  GRAFT_RETURN_IF_ERROR(rounded.status());
  OutputLoss loss;
  for (size_t i = 0; i < exact.size(); ++i)
    loss.add(exact[i], (*rounded)[i]);
  return loss.get(budget.metric);
}

Expected<std::map<std::string, double>>
Search::timeNodes(const LoadedEngine &plan) {
  graft_engine *engine = plan.engine.get();
  Expected<ContextPtr> context =
      makeContext(engine, batches.front(), options.threads);
  GRAFT_RETURN_IF_ERROR(context.status());
  std::vector<NpyArray> outputs = makeOutputs(engine, context->get());
  graft_context_set_profiling(context->get(), 1);
  std::vector<double> best(graft_engine_num_launches(engine), 1e30);
  for (int run = 0; run < kTimedRuns; ++run) {
    GRAFT_RETURN_IF_ERROR(runContext(context->get(),
                                     inputPointers(engine, batches.front()),
                                     outputPointers(outputs)));
    for (size_t i = 0; i < best.size(); ++i)
      best[i] = std::min(
          best[i], double(graft_context_launch_ns(context->get(), i)) / 1000);
  }
  Expected<runtime::PlanFile> file =
      runtime::PlanFile::fromCopy(plan.planBytes.bytes());
  GRAFT_RETURN_IF_ERROR(file.status());
  std::map<std::string, double> times;
  for (auto [launch, time] : llvm::zip(file->plan().launches, best))
    for (const std::string &node : launch.nodes)
      times[node] += time;
  return times;
}

Status Search::readData(const std::string &data, const LoadedEngine &plan) {
  int64_t taken = 0;
  Expected<SampleCounts> counts =
      readSamples(data, sampleInputs(plan.engine.get(), shapes),
                  [&](const NpzArrays &arrays, int64_t samples) -> Status {
                    if (taken < kMostSamples)
                      batches.push_back(arrays);
                    taken += samples;
                    return Status();
                  });
  return counts.status();
}

Status Search::findLayers(const LoadedEngine &wide,
                          std::vector<WideLayer> &layers) {
  Expected<LoadedEngine> narrow = build("int8", {});
  GRAFT_RETURN_IF_ERROR(narrow.status());
  Expected<std::map<std::string, double>> wideTimes = timeNodes(wide);
  GRAFT_RETURN_IF_ERROR(wideTimes.status());
  Expected<std::map<std::string, double>> narrowTimes = timeNodes(*narrow);
  GRAFT_RETURN_IF_ERROR(narrowTimes.status());
  Expected<runtime::PlanFile> file =
      runtime::PlanFile::fromCopy(narrow->planBytes.bytes());
  GRAFT_RETURN_IF_ERROR(file.status());
  for (const runtime::PlanLaunch &launch : file->plan().launches) {
    bool isProduct = launch.op.kind == "conv2d" || launch.op.kind == "matmul";
    if (!isProduct || launch.precision != "int8" || launch.nodes.empty())
      continue;
    WideLayer &layer = layers.emplace_back();
    layer.node = launch.nodes.front();
    layer.microseconds =
        std::max((*wideTimes)[layer.node] - (*narrowTimes)[layer.node], 0.0);
  }
  return Status();
}

Status Search::run(const std::string &data, nn::RangeTable &table) {
  options.calibration = table.write();
  GRAFT_RETURN_IF_ERROR(announce("f32"));
  Expected<LoadedEngine> wide = build("fp32", {});
  GRAFT_RETURN_IF_ERROR(wide.status());
  GRAFT_RETURN_IF_ERROR(readData(data, *wide));
  Expected<std::vector<std::vector<NpyArray>>> outputs = runAll(*wide);
  GRAFT_RETURN_IF_ERROR(outputs.status());
  exact = *std::move(outputs);
  Expected<double> all = measure({});
  GRAFT_RETURN_IF_ERROR(all.status());
  table.reached = *all;
  if (*all <= budget.limit)
    return Status();

  std::vector<WideLayer> layers;
  GRAFT_RETURN_IF_ERROR(findLayers(*wide, layers));
  for (size_t i = 0; i < layers.size(); ++i) {
    GRAFT_RETURN_IF_ERROR(announce("layer " + std::to_string(i + 1) + " of " +
                                   std::to_string(layers.size())));
    std::vector<WideLayer> others = layers;
    others.erase(others.begin() + static_cast<ptrdiff_t>(i));
    Expected<double> error = measure(others);
    GRAFT_RETURN_IF_ERROR(error.status());
    layers[i].error = *error;
  }
  // What loses most for its time first. Losses in dB are ratios.
  auto worth = [&](const WideLayer &layer) {
    double loss = budget.metric == "noise_db"
                      ? std::pow(10.0, layer.error.value_or(0) / 10)
                      : layer.error.value_or(0);
    return loss / (layer.microseconds + 1.0);
  };
  llvm::stable_sort(layers, [&](const WideLayer &a, const WideLayer &b) {
    return worth(a) > worth(b);
  });
  // The fewest that suffice, by bisection: `few` do not, `many` do.
  size_t few = 0, many = layers.size();
  Expected<double> most = measure(layers);
  GRAFT_RETURN_IF_ERROR(most.status());
  if (*most > budget.limit)
    return Status::failed(
        model.path + ": the accuracy budget " + options.accuracyBudget +
        " must be one that f32 meets, got " + std::to_string(*most));
  table.reached = *most;
  while (many - few > 1) {
    const size_t middle = (few + many) / 2;
    GRAFT_RETURN_IF_ERROR(announce(std::to_string(middle) + " layers in f32"));
    Expected<double> loss = measure(llvm::ArrayRef(layers).take_front(middle));
    GRAFT_RETURN_IF_ERROR(loss.status());
    bool suffices = *loss <= budget.limit;
    (suffices ? many : few) = middle;
    if (suffices)
      table.reached = *loss;
  }
  layers.resize(many);
  table.wide = std::move(layers);
  return Status();
}

Status graft::meetBudget(const ModelSource &model, const ShapeMap &shapes,
                         const std::string &data, const EngineOptions &options,
                         nn::RangeTable &table, const Progress &progress) {
  Expected<AccuracyBudget> budget =
      AccuracyBudget::parse(options.accuracyBudget);
  GRAFT_RETURN_IF_ERROR(budget.status());
  table.budget = options.accuracyBudget;
  table.wide.clear();
  return Search(model, shapes, options, *std::move(budget), progress)
      .run(data, table);
}
