//===- Provider.cpp - who runs a launch -----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/Provider.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;

bool Tactic::takesSlicesOf(const LaunchDesc &launch) const {
  auto hasSlice = [](const std::vector<Slot> &slots) {
    return std::any_of(slots.begin(), slots.end(), isSlice);
  };
  return (stridedInputs || !hasSlice(launch.inputs)) &&
         (stridedOutputs || !hasSlice(launch.outputs));
}

Kernel::~Kernel() = default;
Provider::~Provider() = default;

Expected<PackedConstant> Provider::pack(const LaunchDesc &, unsigned,
                                        const void *, int) const {
  return PackedConstant();
}

uint64_t Provider::packedBytes(const LaunchDesc &, unsigned) const { return 0; }

/// Checks that input `i`, if it is packed, has a layout of `provider`.
static Status checkPacked(const Provider &provider, const LaunchDesc &launch,
                          unsigned i) {
  const Slot &slot = launch.inputs[i];
  if (slot.layout.empty() ||
      (slot.constant && slot.strides.empty() && slot.bytes > 0 &&
       provider.packedBytes(launch, i) == slot.bytes))
    return Status();
  return Status::badInput(
      "input " + std::to_string(i) + " of '" + launch.op.kind +
      "' must be dense or a constant as '" + std::string(provider.name()) +
      "' packs it, got " + ops::toString(slot.type) + " in " +
      std::to_string(slot.bytes) + " bytes of layout '" + slot.layout + "'");
}

Expected<std::unique_ptr<Kernel>> Provider::create(const LaunchDesc &launch,
                                                   int threads) const {
  for (unsigned i = 0; i < launch.inputs.size(); ++i)
    GRAFT_RETURN_IF_ERROR(checkPacked(*this, launch, i));
  return createKernel(launch, threads);
}
