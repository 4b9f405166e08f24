//===- NetworkPlan.h - a small network for tests of the executor ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network with each kind of layer that the fast providers take. A test says
// which of them is to run it; no launch is left to the reference kernels.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_UNIT_RUNTIME_NETWORKPLAN_H
#define GRAFT_TEST_UNIT_RUNTIME_NETWORKPLAN_H

#include "TestPlans.h"
#include "runtime/core/Backend.h"

#include <functional>

namespace graft::runtime::test {

/// Numbers between -1 and 1 without a pattern, the same every time.
inline std::vector<float> noise(size_t count, uint32_t seed) {
  std::vector<float> values(count);
  uint32_t state = seed * 2654435761u + 1;
  for (float &value : values) {
    state = state * 1664525u + 1013904223u;
    value = float(double(int32_t(state)) / 2147483648.0);
  }
  return values;
}

class NetworkBuilder {
public:
  static constexpr int64_t kImages = 2, kSize = 14, kChannels = 16,
                           kClasses = 10;
  /// Numbers of its input and of its output.
  static constexpr size_t kInputs = kImages * kSize * kSize * 3,
                          kOutputs = kImages * kClasses;

  /// `preferred` runs what it can, another fast provider of `backend` the rest.
  explicit NetworkBuilder(std::string preferred,
                          const Backend &backend = *findBackend("cpu"))
      : backend(backend), builder(backend), preferred(std::move(preferred)) {
    builder.plan.name = this->preferred;
    const ops::Shape image = {kImages, kSize, kSize, kChannels};
    const ops::Shape half = {kImages, kSize / 2, kSize / 2, kChannels};
    uint32_t x = builder.input("x", f32({kImages, kSize, kSize, 3}));
    uint32_t y = builder.output("y", f32({kImages, kClasses}));

    uint32_t stem = convolve(x, image, 3, 3, 1, {{"relu"}});
    uint32_t depthwise = convolve(stem, image, kChannels, 3, kChannels, {});
    // A residual, as an epilogue, and one that is a launch of its own.
    uint32_t added = convolve(depthwise, image, kChannels, 1, 1,
                              {{"add", 3}, {"relu"}}, {stem});
    uint32_t sum = launch("add", {added, depthwise}, image);
    uint32_t act = launch("swish", {sum}, image);
    uint32_t largest = pool("max_pool2d", act, half);
    uint32_t average = pool("avg_pool2d", act, half);
    ops::Shape both = half;
    both[3] *= 2;
    uint32_t joined = launch("concat", {largest, average}, both,
                             [](auto &a) { a.set("axis", int64_t(3)); });
    uint32_t mean = launch("reduce", {joined}, {kImages, both[3]}, [](auto &a) {
      a.set("kind", std::string("mean"));
      a.set("axes", Ints{1, 2});
      a.set("keep_dims", int64_t(0));
    });
    uint32_t logits = launch(
        "matmul",
        {mean, floats({both[3], kClasses}, 9), floats({kClasses}, 10)},
        {kImages, kClasses}, [](auto &a) { a.set("has_bias", int64_t(1)); });
    launchInto("softmax", {logits}, y,
               [](auto &a) { a.set("axis", int64_t(-1)); });
    builder.plan.arenaBytes = arenaEnd;
  }

  std::string file() { return builder.file(); }
  const Plan &plan() const { return builder.plan; }

private:
  using SetAttributes = std::function<void(ops::Attributes &)>;
  struct Weights {
    ops::Shape shape;
    std::vector<float> values;
  };

  /// A constant whose form the launch that uses it decides.
  uint32_t floats(ops::Shape shape, uint32_t seed) {
    size_t count = 1;
    for (int64_t size : shape)
      count *= size_t(size);
    pending.push_back({std::move(shape), noise(count, seed)});
    return ~uint32_t(pending.size() - 1);
  }

  uint32_t arena(const ops::Shape &shape) {
    uint64_t bytes = 0;
    EXPECT_TRUE(ops::countBytes(f32(shape), bytes));
    uint32_t tensor = builder.arena(f32(shape), arenaEnd);
    arenaEnd += (bytes + backend.alignment() - 1) / backend.alignment() *
                backend.alignment();
    return tensor;
  }

  uint32_t convolve(uint32_t in, const ops::Shape &shape, int64_t channels,
                    int64_t window, int64_t groups,
                    std::vector<ops::Epilogue> epilogues,
                    std::vector<uint32_t> operands = {}) {
    std::vector<uint32_t> inputs = {
        in, floats({window, window, channels / groups, kChannels}, ++seed),
        floats({kChannels}, ++seed)};
    inputs.insert(inputs.end(), operands.begin(), operands.end());
    uint32_t out = arena(shape);
    launchInto(
        "conv2d", inputs, out,
        [&](auto &a) {
          a.set("strides", Ints{1, 1});
          a.set("dilations", Ints{1, 1});
          a.set("pads", Ints(4, window / 2));
          a.set("groups", groups);
          a.set("has_bias", int64_t(1));
        },
        std::move(epilogues));
    return out;
  }

  uint32_t pool(const char *kind, uint32_t in, const ops::Shape &shape) {
    return launch(kind, {in}, shape, [](auto &a) {
      a.set("window", Ints{2, 2});
      a.set("strides", Ints{2, 2});
      a.set("pads", Ints(4, 0));
      a.set("include_pad", int64_t(0));
    });
  }

  uint32_t launch(const char *kind, std::vector<uint32_t> inputs,
                  const ops::Shape &shape,
                  const SetAttributes &attributes = {}) {
    uint32_t out = arena(shape);
    launchInto(kind, std::move(inputs), out, attributes);
    return out;
  }

  void launchInto(const char *kind, std::vector<uint32_t> inputs, uint32_t out,
                  const SetAttributes &attributes = {},
                  std::vector<ops::Epilogue> epilogues = {}) {
    LaunchDesc desc;
    desc.op.kind = kind;
    if (attributes)
      attributes(desc.op.attributes);
    desc.op.epilogues = std::move(epilogues);
    auto weightsOf = [&](uint32_t input) -> const Weights * {
      return input > INT32_MAX ? &pending[~input] : nullptr;
    };
    for (uint32_t input : inputs) {
      Slot slot;
      const Weights *weights = weightsOf(input);
      slot.type =
          weights ? f32(weights->shape) : builder.plan.tensors[input].type;
      slot.constant = weights;
      desc.inputs.push_back(slot);
    }
    desc.outputs.emplace_back().type = builder.plan.tensors[out].type;
    const Provider *provider = choose(desc);
    ASSERT_TRUE(provider) << kind;
    for (size_t i = 0; i < inputs.size(); ++i)
      if (const Weights *weights = weightsOf(inputs[i])) {
        Expected<PackedConstant> packed =
            provider->pack(desc, unsigned(i), weights->values.data(), 2);
        ASSERT_TRUE(packed.ok()) << packed.status().message();
        inputs[i] =
            packed->layout.empty()
                ? builder.constant(f32(weights->shape), weights->values)
                : builder.packed(
                      f32(weights->shape),
                      {reinterpret_cast<const char *>(packed->bytes.data()),
                       packed->bytes.size()},
                      packed->layout);
      }
    PlanLaunch &made = builder.launch(kind, std::move(inputs), {out});
    made.op = desc.op;
    made.provider = provider->name();
    made.tactic = desc.tactic;
  }

  /// Sets the tactic too.
  const Provider *choose(LaunchDesc &desc) const {
    for (const std::string &name :
         {preferred, std::string("cpu"), std::string("onednn")}) {
      const Provider *provider = backend.findProvider(name);
      if (!provider)
        continue;
      std::vector<Tactic> tactics = provider->tactics(desc, 1);
      if (tactics.empty())
        continue;
      desc.tactic = tactics.front().name;
      return provider;
    }
    return nullptr;
  }

  const Backend &backend;
  PlanBuilder builder;
  std::string preferred;
  std::deque<Weights> pending;
  uint64_t arenaEnd = 0;
  uint32_t seed = 0;
};

} // namespace graft::runtime::test

#endif // GRAFT_TEST_UNIT_RUNTIME_NETWORKPLAN_H
