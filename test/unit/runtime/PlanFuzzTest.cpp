//===- PlanFuzzTest.cpp - plans with sound hashes and unsound contents ----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whoever can write a file can write its hashes. The metadata is mutated, once
// as bytes and once as values, and the hashes are made anew; the plan is then
// refused or runs, but never leaves its memory. AddressSanitizer is the judge.
//===----------------------------------------------------------------------===//
#include "ExercisePlan.h"
#include "PlanMutator.h"
#include "TestPlans.h"

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::test;

namespace {

/// A launch of `kind` as `provider` likes it best, with weights packed by it;
/// where it does not take it, as `reference` does. x is 1x6x6x8.
PlanBuilder heavyPlan(const Provider &provider, const std::string &kind,
                      bool biased) {
  PlanBuilder builder;
  LaunchDesc desc;
  desc.op.kind = kind;
  bool conv = kind == "conv2d";
  ops::TensorType xType = f32({1, 6, 6, 8});
  ops::TensorType wType = conv ? f32({3, 3, 8, 16}) : f32({8, 16});
  ops::TensorType yType = f32({1, 6, 6, 16});
  if (conv)
    desc.op.attributes.set("pads", Ints{1, 1, 1, 1});
  if (biased)
    desc.op.attributes.set("has_bias", int64_t(1));
  desc.op.epilogues = {{"relu", -1, 0, 0}};
  auto slot = [](const ops::TensorType &type) {
    Slot made;
    made.type = type;
    return made;
  };
  desc.inputs = {slot(xType), slot(wType)};
  desc.inputs[1].constant = true;
  if (biased)
    desc.inputs.push_back(slot(f32({16})));
  desc.outputs = {slot(yType)};

  std::vector<Tactic> tactics = provider.tactics(desc, 1);
  desc.tactic = tactics.empty() ? "reference" : tactics[0].name;
  std::vector<float> w(conv ? 9 * 8 * 16 : 8 * 16, 0.25f);
  PackedConstant packed;
  if (!tactics.empty()) {
    Expected<PackedConstant> made = provider.pack(desc, 1, w.data(), 1);
    EXPECT_TRUE(made) << made.status().message();
    if (made)
      packed = *made;
  }
  uint32_t x = builder.input("x", xType);
  uint32_t y = builder.output("y", yType);
  uint32_t weight = packed.layout.empty()
                        ? builder.constant<float>(wType, w)
                        : builder.constant<std::byte>(wType, packed.bytes);
  builder.plan.tensors[weight].layout = packed.layout;
  std::vector<uint32_t> inputs = {x, weight};
  if (biased)
    inputs.push_back(
        builder.constant<float>(f32({16}), std::vector<float>(16, 1.0f)));
  PlanLaunch &launch = builder.launch(kind, inputs, {y});
  launch.op = desc.op;
  launch.tactic = desc.tactic;
  launch.provider =
      tactics.empty() ? "reference" : std::string(provider.name());
  return builder;
}

} // namespace

TEST(PlanFuzz, KernelsSurviveMutatedLaunches) {
  size_t ran = 0;
  for (const Provider *provider : findBackend("cpu")->providers()) {
    for (const char *kind : {"conv2d", "matmul"})
      EXPECT_EQ(exercise(heavyPlan(*provider, kind, true).file()), 3)
          << provider->name() << " " << kind;
    for (uint32_t seed = 0; seed < 1000; ++seed) {
      PlanMutator mutator(seed);
      PlanBuilder builder = heavyPlan(
          *provider, mutator.below(2) ? "conv2d" : "matmul", seed % 3 == 0);
      for (size_t count = 1 + mutator.below(3); count > 0; --count)
        mutator.mutate(builder.plan);
      ran += exercise(builder.file()) == 3;
    }
  }
  EXPECT_GT(ran, 100u);
}

TEST(PlanFuzz, SurvivesMutatedValues) {
  std::vector<int> reached(4, 0);
  for (uint32_t seed = 0; seed < 6000; ++seed) {
    PlanBuilder builder = seed % 2 ? staticPlan() : dynamicPlan();
    PlanMutator mutator(seed);
    for (size_t count = 1 + mutator.below(3); count > 0; --count)
      mutator.mutate(builder.plan);
    ++reached[static_cast<size_t>(exercise(builder.file()))];
  }
  // Most must be refused at once, and some must come through, or this test
  // looks at one side only.
  EXPECT_GT(reached[0], 3000);
  EXPECT_GT(reached[3], 100);
}

TEST(PlanFuzz, SurvivesMutatedBytes) {
  int refused = 0;
  for (uint32_t seed = 0; seed < 6000; ++seed) {
    PlanBuilder builder = seed % 2 ? staticPlan() : dynamicPlan();
    PlanMutator mutator(seed);
    std::string metadata = encodePlan(builder.plan);
    for (size_t count = 1 + mutator.below(4); count > 0; --count)
      metadata[mutator.below(metadata.size())] =
          static_cast<char>(mutator.number());
    refused += exercise(builder.file(metadata)) == 0;
  }
  EXPECT_GT(refused, 1000);
}
