//===- PrecisionSearch.cpp - which layer is computed in what --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/precision/PrecisionSearch.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace graft;

/// Clearly faster: times of the same plan differ by about as much.
static constexpr double kClearly = 0.99;
/// The least expected gain of a run of layers, as a share of the total time.
static constexpr double kWorthTrying = 0.0025;
/// Runs of layers that are tried one by one, at most.
static constexpr size_t kMostTrials = 10;

namespace {

/// A run of layers that change together, and what the layers' times promise.
struct Region {
  size_t begin, end;
  double gain;
};

class Search {
public:
  Search(PrecisionTrials &trials, const std::optional<AccuracyBudget> &budget)
      : trials(trials), budget(budget) {}

  Expected<FoundPrecisions> run(bool fastest);

private:
  size_t size() const { return found.layers.size(); }
  double timeOf(size_t layer, Precision precision) const {
    return found.layers[layer][precision];
  }
  /// The precision for all layers that have it; the others are fp32.
  PrecisionMix makeUniform(Precision precision) const;
  /// Whether a layer has it.
  bool isPossible(Precision precision) const;
  Precision findCheapest(size_t layer, llvm::ArrayRef<Precision> of) const;
  /// Where the mixes differ; those first that promise most when `from` becomes
  /// `to`.
  std::vector<Region> findRegions(const PrecisionMix &from,
                                  const PrecisionMix &to) const;
  Expected<PrecisionMix> findFastest();
  /// Raises the precision of the fewest layers of `mix` to that of `target`
  /// that meet the budget, as `target` does.
  Expected<PrecisionMix> widen(const PrecisionMix &mix,
                               const PrecisionMix &target);
  Expected<PrecisionMix> meetBudget(const PrecisionMix &mix);
  /// Takes one precision for all layers if that is as fast and allowed.
  Status compareWithUniform();
  Expected<bool> isAllowed(const PrecisionMix &mix, double &loss);

  PrecisionTrials &trials;
  const std::optional<AccuracyBudget> &budget;
  FoundPrecisions found;
};

} // namespace

PrecisionMix Search::makeUniform(Precision precision) const {
  PrecisionMix mix;
  for (const LayerTimes &layer : found.layers)
    mix.push_back(has(layer, precision) ? precision : Precision::FP32);
  return mix;
}

bool Search::isPossible(Precision precision) const {
  return precision == Precision::FP32 ||
         llvm::any_of(found.layers, [&](const LayerTimes &layer) {
           return has(layer, precision);
         });
}

Precision Search::findCheapest(size_t layer,
                               llvm::ArrayRef<Precision> of) const {
  return *llvm::min_element(of, [&](Precision a, Precision b) {
    return timeOf(layer, a) < timeOf(layer, b);
  });
}

//===----------------------------------------------------------------------===//
// Speed
//===----------------------------------------------------------------------===//

std::vector<Region> Search::findRegions(const PrecisionMix &from,
                                        const PrecisionMix &to) const {
  std::vector<Region> regions;
  auto change = [&](size_t i) { return std::pair(from[i], to[i]); };
  for (size_t i = 0; i < size(); ++i) {
    if (from[i] == to[i])
      continue;
    bool goesOn = !regions.empty() && regions.back().end == i &&
                  change(i) == change(i - 1);
    if (!goesOn)
      regions.push_back({i, i, 0});
    regions.back().end = i + 1;
    regions.back().gain += timeOf(i, from[i]) - timeOf(i, to[i]);
  }
  llvm::sort(regions, [](const Region &a, const Region &b) {
    return std::pair(-a.gain, a.begin) < std::pair(-b.gain, b.begin);
  });
  return regions;
}

/// Gives `to` the precisions that `from` has in the region.
static void copyRegion(const Region &region, const PrecisionMix &from,
                       PrecisionMix &to) {
  std::copy(from.begin() + ptrdiff_t(region.begin),
            from.begin() + ptrdiff_t(region.end),
            to.begin() + ptrdiff_t(region.begin));
}

Expected<PrecisionMix> Search::findFastest() {
  std::vector<PrecisionMix> mixes;
  for (Precision precision : kLayerPrecisions)
    if (isPossible(precision))
      mixes.push_back(makeUniform(precision));
  GRAFT_RETURN_IF_ERROR(trials.announce("one precision for all"));
  Expected<std::vector<double>> times = trials.time(mixes);
  GRAFT_RETURN_IF_ERROR(times.status());
  auto quickest = llvm::min_element(*times);
  PrecisionMix current = mixes[quickest - times->begin()];

  // Each layer's own best, if that may matter.
  PrecisionMix own;
  for (size_t i = 0; i < size(); ++i)
    own.push_back(findCheapest(i, kLayerPrecisions));
  PrecisionMix other = current;
  for (const Region &region : findRegions(current, own))
    if (region.gain >= kWorthTrying * *quickest)
      copyRegion(region, own, other);
  if (other == current)
    return current;
  GRAFT_RETURN_IF_ERROR(trials.announce("each layer's fastest"));
  Expected<std::vector<double>> two = trials.time({current, other});
  GRAFT_RETURN_IF_ERROR(two.status());
  if ((*two)[1] < (*two)[0])
    std::swap(current, other);

  std::vector<Region> regions = findRegions(current, other);
  if (regions.size() > kMostTrials)
    regions.resize(kMostTrials);
  for (auto [i, region] : llvm::enumerate(regions)) {
    GRAFT_RETURN_IF_ERROR(trials.announce("borders, " + std::to_string(i + 1) +
                                          " of " +
                                          std::to_string(regions.size())));
    PrecisionMix changed = current;
    copyRegion(region, other, changed);
    two = trials.time({current, changed});
    GRAFT_RETURN_IF_ERROR(two.status());
    if ((*two)[1] < kClearly * (*two)[0])
      current = std::move(changed);
  }
  return current;
}

Status Search::compareWithUniform() {
  GRAFT_RETURN_IF_ERROR(trials.announce("the mix against one for all"));
  std::vector<Precision> precisions;
  std::vector<PrecisionMix> mixes;
  for (Precision precision : kLayerPrecisions)
    if (isPossible(precision)) {
      precisions.push_back(precision);
      mixes.push_back(makeUniform(precision));
    }
  const size_t own = llvm::find(mixes, found.mix) - mixes.begin();
  if (own == mixes.size())
    mixes.push_back(found.mix);
  Expected<std::vector<double>> times = trials.time(mixes);
  GRAFT_RETURN_IF_ERROR(times.status());
  found.time = (*times)[own];
  constexpr double kNever = std::numeric_limits<double>::infinity();
  found.uniform = {kNever, kNever, kNever};
  std::optional<size_t> best;
  double bestLoss = 0;
  for (auto [i, precision] : llvm::enumerate(precisions)) {
    found.uniform[precision] = (*times)[i];
    if (best && (*times)[i] >= (*times)[*best])
      continue;
    double loss = 0;
    Expected<bool> allowed = isAllowed(mixes[i], loss);
    GRAFT_RETURN_IF_ERROR(allowed.status());
    if (!*allowed)
      continue;
    best = i;
    bestLoss = loss;
  }
  if (!best || *best == own || found.time < kClearly * (*times)[*best])
    return Status();
  found.mix = mixes[*best];
  found.time = (*times)[*best];
  found.loss = bestLoss;
  return Status();
}

//===----------------------------------------------------------------------===//
// Accuracy
//===----------------------------------------------------------------------===//

Expected<bool> Search::isAllowed(const PrecisionMix &mix, double &loss) {
  if (!budget)
    return true;
  Expected<double> lost = trials.lose(mix, budget->metric);
  GRAFT_RETURN_IF_ERROR(lost.status());
  loss = *lost;
  return loss <= budget->limit;
}

Expected<PrecisionMix> Search::widen(const PrecisionMix &mix,
                                     const PrecisionMix &target) {
  struct Step {
    size_t layer;
    double worth;
  };
  std::vector<Step> steps;
  for (size_t i = 0; i < size(); ++i)
    if (mix[i] != target[i])
      steps.push_back({i, 0});
  for (auto [i, step] : llvm::enumerate(steps)) {
    GRAFT_RETURN_IF_ERROR(trials.announce("loss of layer " +
                                          std::to_string(i + 1) + " of " +
                                          std::to_string(steps.size())));
    PrecisionMix alone = makeUniform(Precision::FP32);
    alone[step.layer] = mix[step.layer];
    std::optional<double> &known = found.losses[step.layer];
    if (!known) {
      Expected<double> loss = trials.lose(alone, budget->metric);
      GRAFT_RETURN_IF_ERROR(loss.status());
      known = *loss;
    }
    // Orders layers by their measured loss for the extra time. Losses in dB are
    // ratios.
    double loss =
        budget->metric == "noise_db" ? std::pow(10.0, *known / 10) : *known;
    double cost = timeOf(step.layer, target[step.layer]) -
                  timeOf(step.layer, mix[step.layer]);
    step.worth = loss / (std::max(cost, 0.0) + 1.0);
  }
  llvm::sort(steps, [](const Step &a, const Step &b) {
    return std::pair(-a.worth, a.layer) < std::pair(-b.worth, b.layer);
  });
  auto take = [&](size_t count) {
    PrecisionMix wider = mix;
    for (const Step &step : llvm::ArrayRef(steps).take_front(count))
      wider[step.layer] = target[step.layer];
    return wider;
  };
  // The fewest that suffice, by bisection: `few` do not, `many` do.
  size_t few = 0, many = steps.size();
  while (many - few > 1) {
    const size_t middle = (few + many) / 2;
    GRAFT_RETURN_IF_ERROR(
        trials.announce(std::to_string(middle) + " layers wider"));
    Expected<double> loss = trials.lose(take(middle), budget->metric);
    GRAFT_RETURN_IF_ERROR(loss.status());
    bool suffices = *loss <= budget->limit;
    (suffices ? many : few) = middle;
    if (suffices)
      found.loss = *loss;
  }
  return take(many);
}

Expected<PrecisionMix> Search::meetBudget(const PrecisionMix &mix) {
  GRAFT_RETURN_IF_ERROR(trials.announce("loss of the outputs"));
  // As it is; then with the faster of the wider precisions; then with fp32.
  PrecisionMix faster = mix;
  for (size_t i = 0; i < size(); ++i)
    if (mix[i] == Precision::Int8)
      faster[i] = findCheapest(i, {Precision::FP32, Precision::BF16});
  PrecisionMix wide = makeUniform(Precision::FP32);
  for (const PrecisionMix &target : {mix, faster, wide}) {
    Expected<bool> allowed = isAllowed(target, found.loss);
    GRAFT_RETURN_IF_ERROR(allowed.status());
    if (*allowed)
      return widen(mix, target);
  }
  return wide;
}

Expected<FoundPrecisions> Search::run(bool fastest) {
  Expected<std::vector<LayerTimes>> layers = trials.timeLayers();
  GRAFT_RETURN_IF_ERROR(layers.status());
  found.layers = *std::move(layers);
  found.losses.resize(size());
  found.mix = makeUniform(Precision::Int8);
  if (fastest) {
    Expected<PrecisionMix> quickest = findFastest();
    GRAFT_RETURN_IF_ERROR(quickest.status());
    found.mix = *std::move(quickest);
  }
  if (budget) {
    Expected<PrecisionMix> accurate = meetBudget(found.mix);
    GRAFT_RETURN_IF_ERROR(accurate.status());
    found.mix = *std::move(accurate);
  }
  if (fastest)
    GRAFT_RETURN_IF_ERROR(compareWithUniform());
  return std::move(found);
}

Expected<FoundPrecisions>
graft::searchPrecisions(PrecisionTrials &trials, bool fastest,
                        const std::optional<AccuracyBudget> &budget) {
  return Search(trials, budget).run(fastest);
}
