//===- SelectTactics.cpp - who runs each launch, and how ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/nn/reference/TensorBuffer.h"
#include "passes/plan/Packing.h"
#include "passes/plan/Passes.h"
#include "passes/plan/TimingCache.h"
#include "passes/plan/Utils.h"
#include "runtime/core/ReferenceProvider.h"
#include "runtime/core/StagedKernel.h"

namespace graft::plan {
#define GEN_PASS_DEF_SELECTTACTICS
#include "passes/plan/Passes.h.inc"
} // namespace graft::plan

using namespace mlir;
using namespace graft;
using namespace graft::plan;

/// Candidates that are tried for one launch, best estimates first.
static constexpr size_t kMaxTrials = 8;

namespace {

struct Candidate {
  const runtime::Provider *provider;
  runtime::Tactic tactic;
  double seconds; ///< estimated or measured
  double copies;  ///< seconds of copies that it makes necessary
  size_t order;   ///< index among the providers' candidates

  std::string label() const {
    return std::string(provider->name()) + "/" + tactic.name;
  }
};

/// Cheapest first; on a tie the provider that comes first is preferred.
void sortCandidates(SmallVectorImpl<Candidate> &candidates) {
  llvm::sort(candidates, [](const Candidate &a, const Candidate &b) {
    return std::make_pair(a.seconds + a.copies, a.order) <
           std::make_pair(b.seconds + b.copies, b.order);
  });
}

/// Whether `buffer` may become a slice: a concat reads it or a slice writes it.
bool mayBecomeSlice(Value buffer) {
  if (!buffer.getDefiningOp<AllocOp>())
    return false;
  return llvm::any_of(buffer.getUses(), [](OpOperand &use) {
    auto launch = dyn_cast<LaunchOp>(use.getOwner());
    if (!launch)
      return false;
    bool isInput = use.getOperandNumber() < launch.getInputs().size();
    StringRef kind = launch.getKind();
    return isInput ? kind == "concat" : kind == "slice";
  });
}

struct SelectTactics : graft::plan::impl::SelectTacticsBase<SelectTactics> {
  using SelectTacticsBase::SelectTacticsBase;

  void runOnOperation() override;

private:
  LogicalResult select(LaunchOp launch);
  SmallVector<Candidate> collectCandidates(LaunchOp launch,
                                           const runtime::LaunchDesc &desc);
  LogicalResult tuneCandidates(LaunchOp launch, const runtime::LaunchDesc &desc,
                               SmallVectorImpl<Candidate> &candidates);

  StaticTypes types;
  /// Those of another size, where the engine is dynamic.
  std::optional<StaticTypes> otherTypes;
  /// The buffers seen so far, and whether they may become slices.
  DenseMap<Value, bool> slices;
  const Target *target = nullptr;
  TimingCache cache;
  int numThreads = 1;
};

} // namespace

SmallVector<Candidate>
SelectTactics::collectCandidates(LaunchOp launch,
                                 const runtime::LaunchDesc &desc) {
  double inputCopies = 0.0, outputCopies = 0.0;
  auto addCopy = [&](Value buffer, double &seconds) {
    uint64_t bytes = 0;
    // Computed once for each buffer: any number of launches may read it.
    auto [slice, isNew] = slices.try_emplace(buffer, false);
    if (isNew)
      slice->second = mayBecomeSlice(buffer);
    if (slice->second && ops::countBytes(types.get(buffer), bytes))
      seconds +=
          2.0 * static_cast<double>(bytes) / target->getMachine().copyBandwidth;
  };
  for (Value input : launch.getInputs())
    addCopy(input, inputCopies);
  for (Value output : launch.getOutputs())
    addCopy(output, outputCopies);

  // A scalar for a batch of one is a column for other batches; then the
  // executor passes a copy to the kernel. The fallback provider takes every
  // size that the operation does.
  auto takesOthers = [&](const runtime::Provider *provider) {
    runtime::LaunchDesc other = otherTypes->describe(launch);
    return !provider->tactics(other, numThreads).empty() ||
           !provider->tactics(spreadOperands(other), numThreads).empty();
  };
  bool asksOthers = otherTypes && !otherTypes->isUnsettled(launch) &&
                    takesOthers(target->getProviders().back());
  SmallVector<Candidate> candidates;
  for (const runtime::Provider *provider : target->getProviders()) {
    if (asksOthers && !takesOthers(provider))
      continue;
    for (runtime::Tactic &tactic : provider->tactics(desc, numThreads)) {
      double copies = (tactic.stridedInputs ? 0.0 : inputCopies) +
                      (tactic.stridedOutputs ? 0.0 : outputCopies);
      double seconds = tactic.seconds;
      candidates.push_back(
          {provider, std::move(tactic), seconds, copies, candidates.size()});
    }
  }
  sortCandidates(candidates);
  return candidates;
}

LogicalResult
SelectTactics::tuneCandidates(LaunchOp launch, const runtime::LaunchDesc &desc,
                              SmallVectorImpl<Candidate> &candidates) {
  // The slow fallback provider is not worth timing beside another.
  const runtime::Provider *last = target->getProviders().back();
  if (llvm::any_of(candidates,
                   [&](const Candidate &c) { return c.provider != last; }))
    llvm::erase_if(candidates,
                   [&](const Candidate &c) { return c.provider == last; });
  if (candidates.size() > kMaxTrials)
    candidates.truncate(kMaxTrials);
  if (candidates.size() == 1)
    return success();

  std::string key = makeKey(target->describeMachine(), desc, numThreads);
  SmallVector<nn::TensorBuffer> contents(desc.inputs.size());
  SmallVector<const void *> constants(desc.inputs.size(), nullptr);
  for (auto [i, input] : llvm::enumerate(launch.getInputs())) {
    auto constant = input.getDefiningOp<ConstantOp>();
    if (!constant || constant.getBuffer().getType().isPacked())
      continue;
    if (failed(contents[i].read(constant.getValue())))
      return constant.emitOpError("contents cannot be read");
    constants[i] = contents[i].view().data;
  }
  SmallVector<Candidate> timed;
  for (Candidate &candidate : candidates) {
    std::optional<double> seconds = cache.find(key, candidate.label());
    if (!seconds) {
      runtime::LaunchDesc trial = desc;
      trial.tactic = candidate.tactic.name;
      Expected<double> measured = target->measure(
          *candidate.provider, std::move(trial), constants, numThreads);
      // A kernel that cannot run here is no candidate.
      if (!measured)
        continue;
      seconds = *measured;
      cache.add(key, candidate.label(), *seconds);
    }
    candidate.seconds = *seconds;
    timed.push_back(std::move(candidate));
  }
  sortCandidates(timed);
  candidates = std::move(timed);
  return success();
}

LogicalResult SelectTactics::select(LaunchOp launch) {
  for (Value buffer :
       llvm::concat<Value>(launch.getInputs(), launch.getOutputs()))
    if (cast<BufferType>(buffer.getType()).getLayout().empty())
      return launch.emitOpError(
                 "buffers need a layout: plan-assign-layouts must "
                 "run first, got ")
             << buffer.getType();
  runtime::LaunchDesc desc = types.describe(launch);
  if (!launch.getTactic() && types.isUnsettled(launch)) {
    // The executor queries the others when it knows the sizes.
    launch.setProvider(StringRef(target->getProviders().back()->name()));
    launch.setTactic(runtime::kReferenceTactic);
  }
  if (!launch.getTactic()) {
    SmallVector<Candidate> candidates = collectCandidates(launch, desc);
    if (tune && candidates.size() > 1 &&
        failed(tuneCandidates(launch, desc, candidates)))
      return failure();
    if (candidates.empty())
      return launch.emitOpError("no provider takes '")
             << launch.getKind() << "' of these types";
    launch.setProvider(StringRef(candidates.front().provider->name()));
    launch.setTactic(StringRef(candidates.front().tactic.name));
  }
  if (!launch.getPrecision())
    launch.setPrecision(getPrecisionName(desc));
  return success();
}

void SelectTactics::runOnOperation() {
  EngineOp engine = getOperation();
  target = getTarget(engine);
  if (!target)
    return signalPassFailure();
  if (Status status = target->canMeasure(); tune && !status.ok()) {
    engine.emitError() << StringRef(status.message());
    return signalPassFailure();
  }
  numThreads = target->resolveThreads(threads);
  Builder builder(&getContext());
  SmallVector<StringRef> features(target->getFeatures());
  engine.setFeaturesAttr(builder.getStrArrayAttr(features));
  slices.clear();
  types = StaticTypes();
  if (failed(types.infer(engine, representativeSize)))
    return signalPassFailure();
  otherTypes = inferOtherTypes(engine);
  bool usesCache = tune && !timingCache.empty();
  if (usesCache) {
    // A file that is no cache must not be overwritten.
    if (Status status = checkReplaces(timingCache, kTimingCacheFile);
        !status.ok()) {
      engine.emitError() << StringRef(status.message());
      return signalPassFailure();
    }
    if (Status status = cache.load(timingCache); !status.ok())
      engine.emitWarning() << StringRef(status.message())
                           << "; measuring afresh";
  }

  Packer packer(engine, types, *target, numThreads, releaseConstants);
  for (auto launch :
       llvm::make_early_inc_range(engine.getBlock()->getOps<LaunchOp>()))
    if (failed(select(launch)) || failed(packer.pack(launch)))
      return signalPassFailure();

  if (usesCache)
    if (Status status = cache.save(timingCache); !status.ok())
      engine.emitWarning() << StringRef(status.message());
}
