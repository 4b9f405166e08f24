//===- Launch.cpp - a launch as providers see it --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/Launch.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Semantics.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;

bool runtime::isSlice(const Slot &slot) { return !slot.strides.empty(); }

bool runtime::isDense(const Slot &slot) {
  return !isSlice(slot) || ops::isDense(slot.type.shape, slot.strides);
}

bool runtime::isDense(const LaunchDesc &launch) {
  auto isDenseSlot = [](const Slot &slot) { return isDense(slot); };
  return std::all_of(launch.inputs.begin(), launch.inputs.end(), isDenseSlot) &&
         std::all_of(launch.outputs.begin(), launch.outputs.end(), isDenseSlot);
}

std::vector<int64_t> runtime::stridesOf(const Slot &slot) {
  return isSlice(slot) ? slot.strides : ops::denseStrides(slot.type.shape);
}

bool runtime::broadcastStrides(const Slot &slot, const ops::Shape &to,
                               std::vector<int64_t> &strides) {
  const ops::Shape &from = slot.type.shape;
  if (from.size() > to.size())
    return false;
  size_t lead = to.size() - from.size();
  for (size_t d = 0; d < from.size(); ++d)
    if (from[d] != 1 && from[d] != to[lead + d])
      return false;
  strides = ops::broadcastStrides(from, stridesOf(slot), to);
  return true;
}

bool runtime::countSpan(const Slot &slot, uint64_t &bytes) {
  if (!isSlice(slot))
    return ops::countBytes(slot.type, bytes);
  int64_t last = 0;
  for (size_t d = 0; d < slot.strides.size(); ++d) {
    int64_t reach = 0;
    if (slot.type.shape[d] == 0) {
      bytes = 0;
      return true;
    }
    if (__builtin_mul_overflow(slot.strides[d], slot.type.shape[d] - 1,
                               &reach) ||
        __builtin_add_overflow(last, reach, &last))
      return false;
  }
  return !__builtin_add_overflow(last, 1, &last) &&
         !__builtin_mul_overflow(last, ops::sizeOf(slot.type.dtype), &bytes);
}

Status runtime::inferTypes(const LaunchDesc &launch,
                           std::vector<ops::TensorType> &results) {
  std::vector<ops::ShapeInput> inputs;
  for (const Slot &slot : launch.inputs) {
    bool isReadable = slot.layout.empty() && !isSlice(slot);
    inputs.push_back({slot.type, isReadable ? slot.data : nullptr});
  }
  return ops::inferTypes(launch.op, inputs, results);
}
