//===- Plan.h - a launch as a oneDNN primitive ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to this folder: the primitive descriptor for a launch and which of
// the launch's slots feeds which of its arguments.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_ONEDNN_PLAN_H
#define GRAFT_RUNTIME_CPU_ONEDNN_PLAN_H

#include "runtime/core/Provider.h"
#include "runtime/cpu/onednn/Handles.h"

#include <string>
#include <vector>

namespace graft::runtime::onednn {

/// One argument: slot `index` of the launch, laid out as `desc`.
struct Binding {
  int argument;
  bool isOutput;
  unsigned index;
  MemoryDesc desc;
};

struct PrimitivePlan {
  PrimitiveDesc desc;
  std::vector<Binding> bindings; ///< weights excluded
  /// The weights: input `weights` of the launch, whose memory is as in `given`.
  /// The primitive requires them as in `wanted`. -1 if there are none.
  int weights = -1;
  MemoryDesc given;
  MemoryDesc wanted;
  /// The weights as a plan without packing has them.
  MemoryDesc dense;
  std::string implementation;
};

/// Plans a primitive. If weights are packed (Slot::layout) and the primitive
/// can use that format, it does; otherwise `wanted` differs from `given`. Fails
/// for launches that oneDNN does not take.
Expected<PrimitivePlan> planPrimitive(const LaunchDesc &launch);

} // namespace graft::runtime::onednn

#endif // GRAFT_RUNTIME_CPU_ONEDNN_PLAN_H
