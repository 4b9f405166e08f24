//===- PlanFuzzTest.cpp - plans with sound hashes and unsound contents ----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whoever can write a file can write its hashes. The metadata is mutated, once
// as bytes and once as values, and the hashes are made anew; the plan is then
// refused or runs, but never leaves its memory. AddressSanitizer is the judge.
//===----------------------------------------------------------------------===//
#include "ExercisePlan.h"
#include "TestPlans.h"

#include <random>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::test;

namespace {

class Mutator {
public:
  explicit Mutator(uint32_t seed) : random(seed) {}

  size_t below(size_t count) { return count ? random() % count : 0; }

  /// A number near the edges of what a field may hold.
  int64_t number() {
    static const int64_t kEdges[] = {
        0,  1,         -1,        2,       3,         4,        7,
        8,  16,        63,        64,      65,        96,       -2,
        99, INT32_MAX, INT32_MIN, 1 << 20, INT64_MAX, INT64_MIN};
    return kEdges[below(std::size(kEdges))];
  }

  void mutate(Plan &plan) {
    if (below(3) == 0 && !plan.tensors.empty())
      mutate(plan.tensors[below(plan.tensors.size())]);
    else if (below(8) == 0)
      mutate(below(2) ? plan.inputs : plan.outputs);
    else if (below(8) == 0)
      plan.arenaBytes = static_cast<uint64_t>(number());
    else if (!plan.launches.empty())
      mutate(plan.launches[below(plan.launches.size())]);
    if (below(16) == 0 && plan.launches.size() > 1)
      std::swap(plan.launches[0], plan.launches[below(plan.launches.size())]);
  }

private:
  void mutate(PlanTensor &tensor) {
    switch (below(9)) {
    case 8:
      mutate(tensor.layout);
      break;
    case 0:
      tensor.type.dtype = static_cast<ops::DType>(below(ops::kNumDTypes));
      break;
    case 1:
      tensor.storage = static_cast<Storage>(below(5));
      break;
    case 2:
      tensor.offset = static_cast<uint64_t>(number());
      break;
    case 3:
      tensor.bytes = static_cast<uint64_t>(number());
      break;
    case 4:
      tensor.parent = static_cast<int32_t>(number());
      break;
    case 5:
      tensor.axis = static_cast<int32_t>(number());
      break;
    case 6:
      tensor.start = number();
      break;
    default:
      mutate(tensor.type.shape);
      break;
    }
  }

  void mutate(std::string &text) {
    if (below(3) == 0)
      text.clear();
    else if (!text.empty())
      text[below(text.size())] = static_cast<char>('0' + below(60));
  }

  template <typename T>
  void mutate(std::vector<T> &numbers) {
    if (below(4) == 0)
      numbers.push_back(static_cast<T>(number()));
    else if (below(4) == 0 && !numbers.empty())
      numbers.pop_back();
    else if (!numbers.empty())
      numbers[below(numbers.size())] = static_cast<T>(number());
  }

  void mutate(PlanLaunch &launch) {
    static const char *kKinds[] = {
        "conv2d",  "max_pool2d",   "concat", "strided_slice",  "pad",   "tile",
        "gather",  "transpose",    "range",  "one_hot",        "top_k", "fill",
        "reshape", "broadcast_to", "cast",   "depth_to_space", "reduce"};
    static const char *kNames[] = {
        "strides", "pads", "axis",     "axes",       "begin",
        "end",     "size", "perm",     "low",        "high",
        "shape",   "k",    "has_bias", "window",     "groups",
        "depth",   "to",   "kind",     "batch_dims", "block_size"};
    switch (below(7)) {
    case 6:
      mutate(below(2) ? launch.tactic : launch.provider);
      break;
    case 0:
      launch.op.kind = kKinds[below(std::size(kKinds))];
      break;
    case 1:
      mutate(launch.inputs);
      break;
    case 2:
      mutate(launch.outputs);
      break;
    case 3:
      launch.op.attributes.set(kNames[below(std::size(kNames))], number());
      break;
    case 4: {
      Ints values(below(5));
      for (int64_t &value : values)
        value = number();
      launch.op.attributes.set(kNames[below(std::size(kNames))], values);
      break;
    }
    default:
      launch.op.epilogues.push_back(
          {below(2) ? "relu" : "add", static_cast<int32_t>(number()), 0, 0});
      break;
    }
  }

  std::mt19937 random;
};

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
  for (const Provider *provider : providers()) {
    for (const char *kind : {"conv2d", "matmul"})
      EXPECT_EQ(exercise(heavyPlan(*provider, kind, true).file()), 3)
          << provider->name() << " " << kind;
    for (uint32_t seed = 0; seed < 1000; ++seed) {
      Mutator mutator(seed);
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
    Mutator mutator(seed);
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
    Mutator mutator(seed);
    std::string metadata = encodePlan(builder.plan);
    for (size_t count = 1 + mutator.below(4); count > 0; --count)
      metadata[mutator.below(metadata.size())] =
          static_cast<char>(mutator.number());
    refused += exercise(builder.file(metadata)) == 0;
  }
  EXPECT_GT(refused, 1000);
}
