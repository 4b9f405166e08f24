//===- EngineTest.cpp - plans that run ------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Engines and contexts through their C++ interface, with numbers worked out by
// hand.
//===----------------------------------------------------------------------===//
#include "TestPlans.h"
#include "runtime/core/Context.h"

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::test;

namespace {

std::shared_ptr<const Engine> load(const PlanBytes &bytes) {
  Expected<std::shared_ptr<const Engine>> engine =
      Engine::fromMemory(bytes.view());
  EXPECT_TRUE(engine) << engine.status().message();
  return engine ? *engine : nullptr;
}

/// Runs a plan of one f32 input and one f32 output.
std::vector<float> run(Context &context, const std::vector<float> &x) {
  Status status = context.prepare();
  EXPECT_TRUE(status.ok()) << status.message();
  uint64_t bytes = 0;
  EXPECT_TRUE(ops::countBytes(context.outputType(0), bytes));
  // One more, so that an empty vector has memory too.
  std::vector<float> y(bytes / sizeof(float) + 1, -1.0f);
  const void *inputs[] = {x.data()};
  void *outputs[] = {y.data()};
  status = context.run(inputs, outputs);
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(y.back(), -1.0f) << "nothing is written behind an output";
  y.pop_back();
  return y;
}

} // namespace

TEST(Engine, RunsAStaticPlan) {
  PlanBytes bytes(staticPlan().file());
  auto engine = load(bytes);
  ASSERT_TRUE(engine);
  Context context(engine, 1);
  std::vector<float> x = {1, 2, -30, 40};
  EXPECT_EQ(run(context, x), (std::vector<float>{11, 18, 1, 2, 0, 0, -30, 40}));
  EXPECT_EQ(run(context, x), (std::vector<float>{11, 18, 1, 2, 0, 0, -30, 40}))
      << "a second run gives the same";
  EXPECT_EQ(context.arenaBytes(), 128u);
}

TEST(Engine, WorksOutShapesFromValues) {
  PlanBytes bytes(dynamicPlan().file());
  auto engine = load(bytes);
  ASSERT_TRUE(engine);
  Context context(engine, 1);
  EXPECT_EQ(context.prepare().code(), StatusCode::Usage)
      << "the input has no shape yet";
  for (int64_t rows : {3, 1, 7, 0}) {
    ASSERT_TRUE(context.setShape(0, {rows, 4}).ok());
    std::vector<float> x(static_cast<size_t>(rows * 4) + 1);
    std::vector<float> want;
    for (size_t i = 0; i + 1 < x.size(); ++i) {
      x[i] = static_cast<float>(i);
      want.push_back(2 * x[i]);
    }
    EXPECT_EQ(run(context, x), want);
    EXPECT_EQ(context.outputType(0), f32({rows * 2, 2}));
  }
}

TEST(Engine, DoesNotRepeatShapeArithmetic) {
  PlanBytes bytes(dynamicPlan().file());
  Context context(load(bytes), 1);
  ASSERT_TRUE(context.setShape(0, {2, 4}).ok());
  context.setProfiling(true);
  std::vector<float> x(8, 1.0f);
  EXPECT_EQ(run(context, x), std::vector<float>(8, 2.0f));
  for (size_t launch : {0, 1, 2})
    EXPECT_EQ(context.nanoseconds(launch), 0u) << "known before the run";
  EXPECT_GT(context.nanoseconds(3), 0u);
  EXPECT_GT(context.nanoseconds(4), 0u);
}

TEST(Engine, RepeatsArithmeticThatOverwritesItself) {
  // first = shape(x), second = shape(x) * 2, both in the same memory.
  PlanBuilder builder;
  uint32_t x = builder.input("x", f32({-1, 4}));
  uint32_t first = builder.output("first", i32({2}));
  uint32_t second = builder.output("second", i32({2}));
  uint32_t two = builder.constant<int32_t>(i32({}), {2});
  uint32_t size = builder.arena(i32({2}));
  builder.launch("shape_of", {x}, {size});
  builder.launch("identity", {size}, {first});
  builder.launch("mul", {size, two}, {size});
  builder.launch("identity", {size}, {second});
  PlanBytes bytes(builder.file());
  Context context(load(bytes), 1);
  ASSERT_TRUE(context.setShape(0, {3, 4}).ok());
  for (int round = 0; round < 2; ++round) {
    std::vector<float> in(12);
    std::vector<int32_t> a(2), b(2);
    const void *inputs[] = {in.data()};
    void *outputs[] = {a.data(), b.data()};
    ASSERT_TRUE(context.run(inputs, outputs).ok());
    EXPECT_EQ(a, (std::vector<int32_t>{3, 4}));
    EXPECT_EQ(b, (std::vector<int32_t>{6, 8}));
  }
}

TEST(Engine, RefusesShapesThatAPortDoesNotHave) {
  PlanBytes bytes(dynamicPlan().file());
  auto engine = load(bytes);
  ASSERT_TRUE(engine);
  Context context(engine, 1);
  EXPECT_EQ(context.setShape(0, {3, 5}).message(),
            "input 'x' must be ?x4xf32, got [3, 5]");
  EXPECT_EQ(context.setShape(0, {3}).code(), StatusCode::Usage);
  EXPECT_EQ(context.setShape(0, {-1, 4}).code(), StatusCode::Usage);
  EXPECT_EQ(context.setShape(1, {3, 4}).code(), StatusCode::Usage);
  ASSERT_TRUE(context.setShape(0, {INT64_MAX / 16, 4}).ok());
  EXPECT_FALSE(context.prepare().ok()) << "too large for any memory";
}

TEST(Engine, RefusesShapesThatDependOnContents) {
  PlanBuilder builder;
  uint32_t x = builder.input("x", f32({4}));
  uint32_t n = builder.input("n", i32({1}));
  uint32_t y = builder.output("y", f32({-1}));
  builder.launch("reshape", {x, n}, {y});
  PlanBytes bytes(builder.file());
  auto engine = load(bytes);
  ASSERT_TRUE(engine);
  Context context(engine, 1);
  Status status = context.prepare();
  EXPECT_EQ(status.code(), StatusCode::Usage);
  EXPECT_NE(status.message().find("depends on the contents"), std::string::npos)
      << status.message();
}

TEST(Engine, LearnsAParentsShapeFromItsViews) {
  // concat(x * 2, x + x) by views of a dynamic tensor, summed along both.
  PlanBuilder builder;
  uint32_t x = builder.input("x", f32({-1, 2}));
  uint32_t y = builder.output("y", f32({-1}));
  uint32_t two = builder.constant<float>(f32({}), {2});
  uint32_t both = builder.arena(f32({-1, 4}));
  uint32_t left = builder.view(f32({-1, 2}), both, 1, 0);
  uint32_t right = builder.view(f32({-1, 2}), both, 1, 2);
  builder.launch("mul", {x, two}, {left});
  builder.launch("add", {x, x}, {right});
  PlanLaunch &sum = builder.launch("reduce", {both}, {y});
  sum.op.attributes.set("kind", std::string("sum"));
  sum.op.attributes.set("axes", Ints{1});
  PlanBytes bytes(builder.file());
  auto engine = load(bytes);
  ASSERT_TRUE(engine);
  Context context(engine, 1);
  ASSERT_TRUE(context.setShape(0, {3, 2}).ok());
  EXPECT_EQ(run(context, {1, 2, 3, 4, 5, 6}), (std::vector<float>{12, 28, 44}));
}

TEST(Engine, NamesTheFeaturesThatAreMissing) {
  PlanBuilder builder = staticPlan();
  builder.plan.features = {"avx9000", "fma"};
  PlanBytes bytes(builder.file());
  Expected<std::shared_ptr<const Engine>> engine =
      Engine::fromMemory(bytes.view());
  ASSERT_FALSE(engine);
  EXPECT_NE(engine.status().message().find("avx9000 fma"), std::string::npos);
  for (const std::string &feature : findBackend("cpu")->features())
    EXPECT_NE(engine.status().message().find(feature), std::string::npos);
}

TEST(Engine, RefusesAnotherTargetsPlan) {
  auto messageOf = [](PlanBuilder builder) {
    PlanBytes bytes(builder.file());
    Expected<std::shared_ptr<const Engine>> engine =
        Engine::fromMemory(bytes.view());
    EXPECT_EQ(engine.status().code(), StatusCode::BadInput);
    return engine.status().message();
  };
  PlanBuilder old = staticPlan();
  old.plan.target.clear();
  EXPECT_NE(messageOf(std::move(old)).find("build it again"),
            std::string::npos);
  PlanBuilder other = staticPlan();
  other.plan.target = "abacus:v2";
  EXPECT_NE(messageOf(std::move(other)).find("must be one of cpu"),
            std::string::npos);
  PlanBuilder elsewhere = staticPlan();
  elsewhere.plan.tensors[0].space = MemorySpace::Device;
  EXPECT_NE(messageOf(std::move(elsewhere)).find("memory of target 'cpu'"),
            std::string::npos);
}

TEST(Engine, TakesAPlanForAnArchitectureOfItsTarget) {
  PlanBuilder builder = staticPlan();
  builder.plan.target = "cpu:any";
  PlanBytes bytes(builder.file());
  EXPECT_TRUE(load(bytes));
}

TEST(Engine, RefusesAnUnknownProviderOrTactic) {
  PlanBuilder builder = staticPlan();
  builder.plan.launches[0].provider = "magic";
  PlanBytes unknown(builder.file());
  EXPECT_FALSE(Engine::fromMemory(unknown.view()));
  builder.plan.launches[0].provider = "reference";
  builder.plan.launches[0].tactic = "magic";
  PlanBytes tactic(builder.file());
  Context context(load(tactic), 1);
  EXPECT_EQ(context.prepare().code(), StatusCode::BadInput);
}

TEST(Engine, TakesMemoryOfAnyAlignment) {
  std::string file = staticPlan().file();
  PlanBytes shifted(" " + file);
  Expected<std::shared_ptr<const Engine>> engine =
      Engine::fromMemory(shifted.view().substr(1));
  ASSERT_TRUE(engine) << engine.status().message();
  Context context(*engine, 1);
  EXPECT_EQ(run(context, {1, 2, -30, 40}).front(), 11);
}

TEST(Engine, NeedsBuffers) {
  PlanBytes bytes(staticPlan().file());
  Context context(load(bytes), 1);
  const void *inputs[] = {nullptr};
  void *outputs[] = {nullptr};
  EXPECT_EQ(context.run(inputs, outputs).code(), StatusCode::Usage);
}

TEST(Engine, IntegerDivisionByZeroIsAnError) {
  PlanBuilder builder;
  uint32_t x = builder.input("x", i32({2}));
  uint32_t y = builder.output("y", i32({2}));
  builder.launch("floor_div", {x, x}, {y});
  PlanBytes bytes(builder.file());
  Context context(load(bytes), 1);
  std::vector<int32_t> in = {1, 0};
  std::vector<int32_t> out(2);
  const void *inputs[] = {in.data()};
  void *outputs[] = {out.data()};
  Status status = context.run(inputs, outputs);
  EXPECT_EQ(status.code(), StatusCode::Failed);
  EXPECT_NE(status.message().find("launch 'floor_div0'"), std::string::npos)
      << status.message();
}
