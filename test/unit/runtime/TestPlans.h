//===- TestPlans.h - small plans for tests of the executor ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A builder for plans, and two plans that between them use every kind of
// storage: one static, one with shapes that are known only at run time.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_UNIT_RUNTIME_TESTPLANS_H
#define GRAFT_TEST_UNIT_RUNTIME_TESTPLANS_H

#include "PlanBytes.h"
#include "runtime/core/Backend.h"
#include "runtime/core/Plan.h"
#include "runtime/core/PlanContainer.h"

#include <deque>
#include <gtest/gtest.h>

namespace graft::runtime::test {

using Ints = std::vector<int64_t>;

class PlanBuilder {
public:
  Plan plan;

  explicit PlanBuilder(const Backend &backend = *findBackend("cpu"))
      : backend(&backend), writer(backend.alignment()) {
    plan.target = backend.target();
  }

  uint32_t add(PlanTensor tensor) {
    tensor.space = backend->device().space();
    plan.tensors.push_back(std::move(tensor));
    return static_cast<uint32_t>(plan.tensors.size() - 1);
  }
  uint32_t input(std::string name, ops::TensorType type) {
    PlanTensor tensor;
    tensor.type = std::move(type);
    tensor.storage = Storage::Input;
    tensor.name = std::move(name);
    plan.inputs.push_back(add(std::move(tensor)));
    return plan.inputs.back();
  }
  uint32_t output(std::string name, ops::TensorType type) {
    PlanTensor tensor;
    tensor.type = std::move(type);
    tensor.storage = Storage::Output;
    tensor.name = std::move(name);
    plan.outputs.push_back(add(std::move(tensor)));
    return plan.outputs.back();
  }
  template <typename T>
  uint32_t constant(ops::TensorType type, std::vector<T> values) {
    weights.emplace_back(reinterpret_cast<const char *>(values.data()),
                         values.size() * sizeof(T));
    PlanTensor tensor;
    tensor.type = std::move(type);
    tensor.storage = Storage::Constant;
    tensor.offset = writer.addWeight(weights.back());
    tensor.bytes = weights.back().size();
    return add(std::move(tensor));
  }
  /// A constant in a provider's own form.
  uint32_t packed(ops::TensorType type, std::string bytes, std::string layout) {
    weights.push_back(std::move(bytes));
    PlanTensor tensor;
    tensor.type = std::move(type);
    tensor.storage = Storage::Constant;
    tensor.offset = writer.addWeight(weights.back());
    tensor.bytes = weights.back().size();
    tensor.layout = std::move(layout);
    return add(std::move(tensor));
  }
  uint32_t arena(ops::TensorType type, uint64_t offset = 0) {
    PlanTensor tensor;
    tensor.type = std::move(type);
    tensor.offset = offset;
    return add(std::move(tensor));
  }
  uint32_t view(ops::TensorType type, uint32_t parent, int32_t axis,
                int64_t start) {
    PlanTensor tensor;
    tensor.type = std::move(type);
    tensor.storage = Storage::View;
    tensor.parent = static_cast<int32_t>(parent);
    tensor.axis = axis;
    tensor.start = start;
    return add(std::move(tensor));
  }
  PlanLaunch &launch(std::string kind, std::vector<uint32_t> inputs,
                     std::vector<uint32_t> outputs) {
    PlanLaunch launch;
    launch.op.kind = std::move(kind);
    launch.name = launch.op.kind + std::to_string(plan.launches.size());
    launch.provider = "reference";
    launch.tactic = "reference";
    launch.precision = "fp32";
    launch.inputs = std::move(inputs);
    launch.outputs = std::move(outputs);
    launch.nodes = {"node/" + launch.name};
    plan.launches.push_back(std::move(launch));
    return plan.launches.back();
  }

  /// The whole file, with `metadata` in place of the plan's own if not empty.
  std::string file(std::string metadata = {}) {
    if (metadata.empty())
      metadata = encodePlan(plan);
    writer.setMetadata(metadata);
    std::string bytes;
    Status status = writer.write([&](std::string_view piece) {
      bytes += piece;
      return Status();
    });
    EXPECT_TRUE(status.ok()) << status.message();
    return bytes;
  }

private:
  const Backend *backend;
  std::deque<std::string> weights; // addresses stay
  PlanWriter writer;
};

inline ops::TensorType f32(ops::Shape shape) {
  return {ops::DType::F32, std::move(shape)};
}
inline ops::TensorType i32(ops::Shape shape) {
  return {ops::DType::I32, std::move(shape)};
}

/// y = concat(relu(x * w + b), x) along axis 1, the concatenation being views
/// of the output; x is 2x2, y is 2x4. w = [[1, 0], [0, -1]], b = [10, 20].
inline PlanBuilder staticPlan() {
  PlanBuilder builder;
  uint32_t x = builder.input("x", f32({2, 2}));
  uint32_t y = builder.output("y", f32({2, 4}));
  uint32_t w = builder.constant<float>(f32({2, 2}), {1, 0, 0, -1});
  uint32_t b = builder.constant<float>(f32({2}), {10, 20});
  uint32_t sum = builder.arena(f32({2, 2}), 64);
  uint32_t flat = builder.view(f32({4}), sum, -1, 0);
  uint32_t left = builder.view(f32({2, 2}), y, 1, 0);
  uint32_t right = builder.view(f32({2, 2}), y, 1, 2);
  PlanLaunch &matmul = builder.launch("matmul", {x, w, b}, {sum});
  matmul.op.attributes.set("has_bias", int64_t(1));
  builder.launch("relu", {flat}, {flat});
  builder.launch("identity", {sum}, {left});
  builder.launch("identity", {x}, {right});
  builder.plan.arenaBytes = 128;
  builder.plan.producer = "graft test";
  builder.plan.name = "static";
  builder.plan.precision = "fp32";
  return builder;
}

/// x is ?x4; y = reshape(x * 2, concat(shape(x)[0:1] * 2, [2])), which is ?x2;
/// the concatenation is made of views of an arena tensor.
inline PlanBuilder dynamicPlan() {
  PlanBuilder builder;
  uint32_t x = builder.input("x", f32({-1, 4}));
  uint32_t y = builder.output("y", f32({-1, 2}));
  uint32_t two = builder.constant<int32_t>(i32({1}), {2});
  uint32_t factor = builder.constant<float>(f32({}), {2});
  uint32_t size = builder.arena(i32({2}));
  uint32_t rows = builder.view(i32({1}), size, 0, 0);
  uint32_t target = builder.arena(i32({2}));
  uint32_t first = builder.view(i32({1}), target, 0, 0);
  uint32_t second = builder.view(i32({1}), target, 0, 1);
  uint32_t doubled = builder.arena(f32({-1, 4}));
  builder.launch("shape_of", {x}, {size});
  builder.launch("mul", {rows, two}, {first});
  builder.launch("identity", {two}, {second});
  builder.launch("mul", {x, factor}, {doubled});
  builder.launch("reshape", {doubled, target}, {y});
  builder.plan.name = "dynamic";
  return builder;
}

} // namespace graft::runtime::test

#endif // GRAFT_TEST_UNIT_RUNTIME_TESTPLANS_H
