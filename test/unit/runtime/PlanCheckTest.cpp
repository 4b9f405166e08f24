//===- PlanCheckTest.cpp - plans that make no sense -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each test breaks one rule in a sound plan and expects the message for it.
//===----------------------------------------------------------------------===//
#include "runtime/core/PlanCheck.h"
#include "TestPlans.h"

#include <functional>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::test;

namespace {

// Tensors of staticPlan().
enum { kX, kY, kW, kB, kSum, kFlat, kLeft, kRight };

constexpr size_t kWeightBytes = 80; // 16, padding, 8

std::string check(const Plan &plan) {
  static const std::string weights(kWeightBytes, '\0');
  PlanFacts facts;
  Status status = checkPlan(plan, weights, facts);
  EXPECT_TRUE(status.ok() || status.code() == StatusCode::BadInput);
  return status.ok() ? "accepted" : status.message();
}

void expectRefused(const std::function<void(Plan &)> &damage,
                   const std::string &text) {
  Plan plan = staticPlan().plan;
  ASSERT_EQ(check(plan), "accepted");
  damage(plan);
  EXPECT_NE(check(plan).find(text), std::string::npos) << check(plan);
}

} // namespace

TEST(PlanCheck, AcceptsSoundPlans) {
  EXPECT_EQ(check(staticPlan().plan), "accepted");
  EXPECT_EQ(check(dynamicPlan().plan), "accepted");
}

TEST(PlanCheck, Shapes) {
  expectRefused([](Plan &p) { p.tensors[kSum].type.shape = {2, -2}; },
                "sizes that fit into memory");
  expectRefused(
      [](Plan &p) { p.tensors[kSum].type.shape = {INT64_MAX, INT64_MAX}; },
      "sizes that fit into memory");
  expectRefused([](Plan &p) { p.tensors[kSum].type.shape.assign(65, 1); },
                "at most 64 dimensions, got 65");
}

TEST(PlanCheck, Constants) {
  expectRefused([](Plan &p) { p.tensors[kW].bytes = 12; },
                "must have 16 bytes, got 12");
  expectRefused([](Plan &p) { p.tensors[kW].offset = 32; }, "must lie aligned");
  expectRefused([](Plan &p) { p.tensors[kW].offset = 128; },
                "must lie aligned inside of 80 bytes");
  expectRefused([](Plan &p) { p.tensors[kW].offset = ~uint64_t(63); },
                "must lie aligned");
  expectRefused(
      [](Plan &p) {
        p.tensors[kW].layout = "packed";
        p.tensors[kW].bytes = ~uint64_t(0);
      },
      "must lie aligned");
  expectRefused(
      [](Plan &p) {
        p.tensors[kW].layout = "packed";
        p.tensors[kW].bytes = 15;
      },
      "must have at least 16 bytes, got 15");
  expectRefused([](Plan &p) { p.tensors[kSum].layout = "packed"; },
                "must be a constant to have a packed layout");
}

TEST(PlanCheck, Ports) {
  expectRefused([](Plan &p) { p.inputs[0] = 99; }, "the plan's inputs");
  expectRefused([](Plan &p) { p.inputs[0] = kY; }, "the plan's inputs");
  expectRefused([](Plan &p) { p.outputs.push_back(kY); }, "the plan's outputs");
  expectRefused([](Plan &p) { p.outputs.clear(); },
                "must be listed, got 0 of 1");
  expectRefused([](Plan &p) { p.tensors[kX].name.clear(); },
                "must have a name of its own");
  expectRefused([](Plan &p) { p.tensors[kX].name = std::string("a\0b", 3); },
                "must have a name of its own");
}

TEST(PlanCheck, Views) {
  expectRefused([](Plan &p) { p.tensors[kLeft].parent = kLeft; },
                "a view of a tensor before it");
  expectRefused([](Plan &p) { p.tensors[kLeft].parent = kRight; },
                "a view of a tensor before it");
  expectRefused([](Plan &p) { p.tensors[kLeft].parent = -7; },
                "a view of a tensor before it");
  expectRefused([](Plan &p) { p.tensors[kLeft].axis = 2; },
                "a slice along one of its parent's axes");
  expectRefused([](Plan &p) { p.tensors[kLeft].axis = -2; },
                "a slice along one of its parent's axes");
  expectRefused([](Plan &p) { p.tensors[kLeft].start = -1; },
                "a slice along one of its parent's axes");
  expectRefused([](Plan &p) { p.tensors[kLeft].axis = 0; },
                "must lie inside of its parent");
  expectRefused([](Plan &p) { p.tensors[kRight].start = INT64_MAX; },
                "must lie inside of its parent");
  expectRefused([](Plan &p) { p.tensors[kFlat].type.dtype = ops::DType::F64; },
                "elements as large as its parent's");
  expectRefused(
      [](Plan &p) {
        // A flat view of a slice, which is not dense.
        p.tensors.push_back(p.tensors[kFlat]);
        p.tensors.back().parent = kLeft;
      },
      "elements of a dense parent");
}

TEST(PlanCheck, Arena) {
  expectRefused([](Plan &p) { p.tensors[kSum].offset = 128; },
                "inside of an arena of 128 bytes");
  expectRefused([](Plan &p) { p.tensors[kSum].offset = 8; },
                "must lie aligned");
  expectRefused([](Plan &p) { p.tensors[kSum].offset = ~uint64_t(63); },
                "must lie aligned");
  expectRefused(
      [](Plan &p) {
        // A copy of x that is alive until the end, where `sum` is.
        p.tensors.push_back(p.tensors[kSum]);
        auto copy = static_cast<uint32_t>(p.tensors.size() - 1);
        PlanLaunch early = p.launches[3];
        early.name = "early";
        early.outputs = {copy};
        p.launches[3].inputs = {copy};
        p.launches.insert(p.launches.begin(), early);
      },
      "must not share memory with a tensor in use");
}

TEST(PlanCheck, Launches) {
  expectRefused([](Plan &p) { p.launches[0].name.clear(); },
                "must have a name of its own");
  expectRefused([](Plan &p) { p.launches[1].name = p.launches[0].name; },
                "must have a name of its own");
  expectRefused([](Plan &p) { p.launches[0].inputs[1] = 99; },
                "must use one of 8 tensors");
  expectRefused([](Plan &p) { p.launches[0].outputs[0] = 1u << 31; },
                "must use one of 8 tensors");
  expectRefused([](Plan &p) { p.launches[0].outputs[0] = kX; },
                "must not write inputs or constants");
  expectRefused([](Plan &p) { p.launches[0].outputs[0] = kW; },
                "must not write inputs or constants");
  expectRefused([](Plan &p) { p.launches[0].op.kind = "no_such"; },
                "the operation must exist");
  expectRefused([](Plan &p) { p.launches[0].outputs.clear(); },
                "must have 1 outputs, got 0");
  expectRefused([](Plan &p) { p.launches[0].inputs.clear(); }, "inputs");
  expectRefused([](Plan &p) { p.launches[0].outputs[0] = kFlat; },
                "must have the output 2x2xf32, got 4xf32");
  expectRefused(
      [](Plan &p) { p.launches[0].op.epilogues = {{"add", 17, 0, 0}}; },
      "an epilogue's operand");
  expectRefused(
      [](Plan &p) { p.launches[0].op.epilogues = {{"add", -1, 0, 0}}; },
      "unary element-wise operation");
}

TEST(PlanCheck, Order) {
  expectRefused([](Plan &p) { std::swap(p.launches[0], p.launches[1]); },
                "must read what has been written before");
  expectRefused([](Plan &p) { p.launches.pop_back(); },
                "must be written by a launch");
  expectRefused([](Plan &p) { p.launches[3].outputs[0] = kLeft; },
                "must be written by a launch");
}

TEST(PlanCheck, OutputsLieApartFromInputs) {
  // y[:, 1:3] = y[:, 0:2]: half over itself.
  PlanBuilder builder = staticPlan();
  uint32_t middle = builder.view(f32({2, 2}), kY, 1, 1);
  builder.launch("identity", {kLeft}, {middle});
  EXPECT_NE(check(builder.plan).find("must write over whole inputs or none"),
            std::string::npos);
  // Side by side is no overlap, though the rows alternate.
  builder = staticPlan();
  builder.launch("identity", {kLeft}, {kRight});
  EXPECT_EQ(check(builder.plan), "accepted");
}
