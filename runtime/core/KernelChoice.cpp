//===- KernelChoice.cpp - who runs a launch of these sizes ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/KernelChoice.h"
#include "runtime/core/SplitKernel.h"
#include "runtime/core/StagedKernel.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;

using KernelOr = Expected<std::unique_ptr<Kernel>>;

static bool isEmpty(const Slot &slot) {
  int64_t count = 0;
  return ops::countElements(slot.type.shape, count) && count == 0;
}

static bool isPacked(const Slot &slot) { return !slot.layout.empty(); }

std::optional<ProvidedTactic>
graft::runtime::findCheapest(const std::vector<const Provider *> &providers,
                             const LaunchDesc &launch, const Provider *except,
                             int threads) {
  std::optional<ProvidedTactic> best;
  for (const Provider *provider : providers) {
    if (provider == except)
      continue;
    for (Tactic &tactic : provider->tactics(launch, threads)) {
      if (!tactic.takesSlicesOf(launch) ||
          (best && tactic.seconds >= best->tactic.seconds))
        continue;
      best = {provider, std::move(tactic)};
    }
  }
  return best;
}

KernelOr graft::runtime::createCheapest(const Backend &backend,
                                        LaunchDesc launch,
                                        const Provider *except, int threads) {
  launch.tactic.clear();
  std::optional<ProvidedTactic> best =
      findCheapest(backend.providers(), launch, except, threads);
  if (!best)
    return Status::failed("no provider takes '" + launch.op.kind +
                          "' of these sizes");
  launch.tactic = best->tactic.name;
  return best->provider->create(launch, threads);
}

/// Whether an epilogue's operand is larger than what it is fused into.
static bool mustSplit(const LaunchDesc &launch) {
  std::vector<ops::TensorType> results;
  return !launch.op.epilogues.empty() && !inferTypes(launch, results).ok();
}

static KernelOr createParts(const Backend &backend,
                            const KernelRequest &request,
                            const LaunchDesc &launch, int threads) {
  Expected<LaunchDesc> main = takeEpilogues(launch);
  GRAFT_RETURN_IF_ERROR(main.status());
  KernelOr kernel = chooseKernel(backend, request, *main, threads);
  GRAFT_RETURN_IF_ERROR(kernel.status());
  return createSplit(backend, launch, *main, *std::move(kernel), threads);
}

KernelOr graft::runtime::chooseKernel(const Backend &backend,
                                      const KernelRequest &request,
                                      const LaunchDesc &launch, int threads) {
  if (backend.device().space() != MemorySpace::Host)
    return request.planned->create(launch, threads);
  const Provider &lastResort = backend.lastResort();
  if (request.isDynamic && mustSplit(launch))
    return createParts(backend, request, launch, threads);
  // Fast kernels need not handle empty sums.
  if (std::any_of(launch.inputs.begin(), launch.inputs.end(), isEmpty)) {
    LaunchDesc plain = dropPacked(launch);
    plain.tactic.clear();
    return createStaged(lastResort, launch, plain, threads);
  }
  bool mayChange =
      request.isDynamic &&
      std::none_of(launch.inputs.begin(), launch.inputs.end(), isPacked);
  // A kernel with epilogues may write before it has read all operands.
  bool mayMix = !request.inPlace || launch.op.epilogues.empty();
  // The fallback provider was chosen because no other takes every size.
  if (mayChange && mayMix && request.planned == &lastResort) {
    KernelOr kernel = createCheapest(backend, launch, nullptr, threads);
    if (kernel)
      return kernel;
  }
  KernelOr kernel = request.planned->create(launch, threads);
  // A provider that has no kernel for these sizes has no packed form of weights
  // either, and reports that as bad input.
  if (kernel || !request.isDynamic ||
      (kernel.status().code() != StatusCode::Failed &&
       kernel.status().code() != StatusCode::BadInput))
    return kernel;
  const LaunchDesc spread = spreadOperands(launch);
  if (mayMix)
    for (const LaunchDesc &staged : {spread, makeDense(spread)})
      if (needsStaging(launch, staged))
        if (KernelOr other =
                createStaged(*request.planned, launch, staged, threads))
          return other;
  if (mayChange) {
    LaunchDesc open = launch;
    open.tactic.clear();
    KernelOr other =
        mayMix ? createCheapest(backend, launch, request.planned, threads)
               : lastResort.create(open, threads);
    if (other)
      return other;
  }
  return kernel;
}
