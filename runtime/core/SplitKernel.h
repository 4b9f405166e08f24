//===- SplitKernel.h - epilogues as launches of their own -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An addition is fused into a product on the assumption that the product's
// result is the larger operand. If sizes are unknown, it may be the smaller
// one, which is broadcast to the addend: a batch of one beside a batch of
// seven.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_SPLITKERNEL_H
#define GRAFT_RUNTIME_CORE_SPLITKERNEL_H

#include "runtime/core/Backend.h"
#include "runtime/ops/Semantics.h"

namespace graft::runtime {

/// The type of the result if it may be broadcast to operands of epilogues.
/// Errors: those of the shape functions, and BadInput for other types than f32,
/// whose sums are rounded once.
Status inferSplit(const ops::OpDesc &op,
                  const std::vector<ops::ShapeInput> &inputs,
                  std::vector<ops::TensorType> &results);

/// The launch without its epilogues, which writes a dense tensor.
/// inferSplit() has taken the launch.
Expected<LaunchDesc> takeEpilogues(const LaunchDesc &launch);

/// Runs `main`, a kernel for takeEpilogues(), and each epilogue with the
/// backend's cheapest tactic. Errors: those of providers, or Exhausted.
Expected<std::unique_ptr<Kernel>> createSplit(const Backend &backend,
                                              const LaunchDesc &launch,
                                              const LaunchDesc &mainLaunch,
                                              std::unique_ptr<Kernel> main,
                                              int threads);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_SPLITKERNEL_H
