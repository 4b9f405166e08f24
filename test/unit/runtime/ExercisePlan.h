//===- ExercisePlan.h - does with a plan all that a user can --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For plans that may hold anything: whatever is in them, memory is used as the
// plan's ports allow.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_UNIT_RUNTIME_EXERCISEPLAN_H
#define GRAFT_TEST_UNIT_RUNTIME_EXERCISEPLAN_H

#include "PlanBytes.h"
#include "runtime/core/Context.h"

#include <functional>

namespace graft::runtime::test {

/// Sizes beyond this only show that memory runs out.
constexpr uint64_t kMostBytes = 1 << 24;

inline bool buffersOf(const std::vector<uint32_t> &ports,
                      const std::function<ops::TensorType(size_t)> &typeOf,
                      std::vector<std::vector<std::byte>> &buffers) {
  for (size_t i = 0; i < ports.size(); ++i) {
    uint64_t bytes = 0;
    if (!ops::countBytes(typeOf(i), bytes) || bytes > kMostBytes)
      return false;
    // Exactly as large as the port: one byte more would hide an overrun.
    buffers.emplace_back(bytes);
  }
  return true;
}

/// Loads and, if that works, prepares and runs. Returns how far it came: 3 is a
/// run.
inline int exercise(std::string_view file) {
  PlanBytes bytes(file);
  Expected<std::shared_ptr<const Engine>> engine =
      Engine::fromMemory(bytes.view());
  if (!engine)
    return 0;
  const Plan &plan = (*engine)->plan();
  Context context(*engine, 1);
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    ops::Shape shape = context.inputType(i).shape;
    for (int64_t &size : shape)
      size = size == ops::kDynamic ? 3 : size;
    (void)context.setShape(i, shape);
  }
  if (plan.arenaBytes > kMostBytes || !context.prepare().ok() ||
      context.bytes() > kMostBytes)
    return 1;
  std::vector<std::vector<std::byte>> in, out;
  if (!buffersOf(
          plan.inputs, [&](size_t i) { return context.inputType(i); }, in) ||
      !buffersOf(
          plan.outputs, [&](size_t i) { return context.outputType(i); }, out))
    return 1;
  std::vector<const void *> inputs;
  std::vector<void *> outputs;
  for (auto &buffer : in)
    inputs.push_back(buffer.data());
  for (auto &buffer : out)
    outputs.push_back(buffer.data());
  return context.run(inputs.data(), outputs.data()).ok() ? 3 : 2;
}

} // namespace graft::runtime::test

#endif // GRAFT_TEST_UNIT_RUNTIME_EXERCISEPLAN_H
