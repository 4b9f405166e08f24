//===- PlanFieldsFuzzer.cpp - sound plans with unsound fields -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// plan-fuzzer changes bytes; most of what it makes is no FlatBuffer any more.
// Here a plan is read, some of its fields are changed, and it is written again
// with right hashes: whatever it says then, a run keeps to its memory.
//===----------------------------------------------------------------------===//
#include "ExercisePlan.h"
#include "Fuzz.h"
#include "PlanMutator.h"
#include "runtime/core/PlanContainer.h"

#include <algorithm>
#include <cstring>

using namespace graft;
using namespace graft::runtime;

namespace {

/// Larger sizes and counts only take time: a window of 2^30 is looped over.
constexpr int64_t kMostElements = 1 << 21;
constexpr int64_t kMostCount = 1 << 16;

bool isSlow(const Plan &plan) {
  auto isLarge = [](const PlanTensor &tensor) {
    double elements = 1;
    for (int64_t size : tensor.type.shape)
      elements *= size < 0 ? 3.0 : static_cast<double>(size);
    return elements > static_cast<double>(kMostElements);
  };
  auto loopsLong = [](const PlanLaunch &launch) {
    for (const auto &[name, value] : launch.op.attributes)
      if (auto *numbers = std::get_if<std::vector<int64_t>>(&value))
        for (int64_t number : *numbers)
          if (number > kMostCount && number < int64_t(1) << 40)
            return true;
    return false;
  };
  return std::any_of(plan.tensors.begin(), plan.tensors.end(), isLarge) ||
         std::any_of(plan.launches.begin(), plan.launches.end(), loopsLong);
}

Expected<Plan> readPlan(std::string_view file, std::string *weights) {
  test::PlanBytes bytes(file);
  Expected<PlanSections> sections = readPlanContainer(bytes.view());
  GRAFT_RETURN_IF_ERROR(sections.status());
  if (weights)
    *weights = sections->weights;
  return decodePlan(sections->metadata);
}

std::string writePlan(const Plan &plan, const std::string &weights) {
  const std::string metadata = encodePlan(plan);
  PlanWriter writer;
  writer.setMetadata(metadata);
  if (!weights.empty())
    writer.addWeight(weights);
  std::string file;
  (void)writer.write([&](std::string_view piece) {
    file += piece;
    return Status();
  });
  return file;
}

} // namespace

extern "C" __attribute__((visibility("default"))) size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                        unsigned int seed) {
  static test::PlanMutator mutator(0);
  std::string weights;
  Expected<Plan> plan = readPlan(fuzz::view(data, size), &weights);
  if (!plan)
    return size;
  mutator.learn(*plan);
  mutator.reseed(seed);
  for (size_t count = 1 + mutator.below(3); count > 0; --count) {
    if (mutator.chance(10))
      mutator.mutateWeights(weights);
    else
      mutator.mutate(*plan);
  }
  const std::string file = writePlan(*plan, weights);
  if (file.size() > most)
    return size;
  std::memcpy(data, file.data(), file.size());
  return file.size();
}

GRAFT_FUZZ_TARGET(const uint8_t *data, size_t size) {
  Expected<Plan> plan = readPlan(fuzz::view(data, size), nullptr);
  if (plan && !isSlow(*plan))
    (void)test::exercise(fuzz::view(data, size));
  return 0;
}
