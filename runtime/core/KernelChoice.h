//===- KernelChoice.h - who runs a launch of these sizes ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan's tactics were chosen for representative sizes. The chosen tactic runs
// a launch if it can; otherwise another one is chosen.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_KERNELCHOICE_H
#define GRAFT_RUNTIME_CORE_KERNELCHOICE_H

#include "runtime/core/Backend.h"

#include <optional>

namespace graft::runtime {

struct KernelRequest {
  const Provider *planned = nullptr; ///< by the plan, with the launch's tactic
  bool isDynamic = false; ///< the plan leaves sizes of the launch open
  bool inPlace = false;   ///< an input shares memory with an output
};

/// A kernel for `launch`, whose shapes are static. Tries in this order: the
/// plan's tactic; the same on copies of the operands; if constants are not
/// packed, the cheapest tactic of any provider, of which the last takes
/// everything. Copies are made on the host: a backend with its own memory has
/// the plan's tactic, or no kernel. If an epilogue's operand is larger than the
/// result that it is fused into, the epilogues are separate kernels. Errors:
/// those of the plan's provider.
Expected<std::unique_ptr<Kernel>> chooseKernel(const Backend &backend,
                                               const KernelRequest &request,
                                               const LaunchDesc &launch,
                                               int threads);

/// A tactic and its provider.
struct ProvidedTactic {
  const Provider *provider = nullptr;
  Tactic tactic;
};

/// The cheapest tactic for `launch` that reads and writes its slices, of any of
/// `providers` except `except`, which may be null; null if there is none.
std::optional<ProvidedTactic>
findCheapest(const std::vector<const Provider *> &providers,
             const LaunchDesc &launch, const Provider *except, int threads);

/// A kernel of the cheapest tactic that any provider except `except`, which may
/// be null, has for `launch`; ignores the launch's own tactic. Errors: Failed
/// without such a tactic, else the provider's.
Expected<std::unique_ptr<Kernel>> createCheapest(const Backend &backend,
                                                 LaunchDesc launch,
                                                 const Provider *except,
                                                 int threads);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_KERNELCHOICE_H
