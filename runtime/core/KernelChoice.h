//===- KernelChoice.h - who runs a launch of these sizes ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan's tactics were chosen for sizes that stand for others. What was chosen
// runs a launch wherever it can; where it cannot, the choice is made again.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_KERNELCHOICE_H
#define GRAFT_RUNTIME_CORE_KERNELCHOICE_H

#include "runtime/core/Backend.h"

#include <optional>

namespace graft::runtime {

struct KernelRequest {
  const Provider *planned = nullptr; ///< by the plan, with the launch's tactic
  bool isDynamic = false; ///< the plan leaves sizes of the launch open
  bool inPlace = false;   ///< an input lies where an output does
};

/// A kernel for `launch`, whose shapes are static. In this order: what the plan
/// says; the same on copies of the operands; for constants that are not packed,
/// the cheapest tactic of any provider, of which the last takes everything.
/// Copies are made on the host: a backend with a memory of its own has what the
/// plan says, or no kernel.
/// Where an epilogue's operand is larger than what it is fused into, the
/// epilogues are kernels of their own. Errors: those of the plan's provider.
Expected<std::unique_ptr<Kernel>> chooseKernel(const Backend &backend,
                                               const KernelRequest &request,
                                               const LaunchDesc &launch,
                                               int threads);

/// A tactic, and who has it.
struct ProvidedTactic {
  const Provider *provider = nullptr;
  Tactic tactic;
};

/// The cheapest tactic for `launch` that reads and writes its slices, of any
/// of `providers` but `except`, which may be null; null where there is none.
std::optional<ProvidedTactic>
findCheapest(const std::vector<const Provider *> &providers,
             const LaunchDesc &launch, const Provider *except, int threads);

/// A kernel of the cheapest tactic that any provider but `except`, which may be
/// null, has for `launch`; the launch's own tactic is of no matter. Errors:
/// Failed without such a tactic, else the provider's.
Expected<std::unique_ptr<Kernel>> createCheapest(const Backend &backend,
                                                 LaunchDesc launch,
                                                 const Provider *except,
                                                 int threads);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_KERNELCHOICE_H
