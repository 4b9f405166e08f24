//===- DeviceTest.cpp - plans in a memory that the host cannot touch ------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// On the simulated device of test/targets/sim, any access of the host's kills
// the test, and nothing is done before somebody waits for it.
//===----------------------------------------------------------------------===//
#include "NetworkPlan.h"
#include "PlanBytes.h"
#include "runtime/core/Context.h"
#include "test/targets/sim/SimBackend.h"
#include "test/targets/sim/SimDevice.h"
#include "test/targets/sim/SimQueue.h"

#include <cmath>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::test;

namespace {

class Device : public testing::Test {
protected:
  static void SetUpTestSuite() { registerBackend(sim::simBackend()); }

  static std::shared_ptr<const Engine> load(const std::string &file) {
    Expected<std::shared_ptr<const Engine>> engine = Engine::fromCopy(file);
    EXPECT_TRUE(engine) << engine.status().message();
    return engine ? *engine : nullptr;
  }

  static std::string network() {
    return NetworkBuilder("sim", sim::simBackend()).file();
  }

  static std::vector<float> run(Context &context,
                                const std::vector<float> &picture,
                                const RunOptions &options = {}) {
    std::vector<float> result(NetworkBuilder::kOutputs, -1.0f);
    const void *inputs[] = {picture.data()};
    void *outputs[] = {result.data()};
    Status status = context.run(inputs, outputs, options);
    EXPECT_TRUE(status.ok()) << status.message();
    return result;
  }

  static void expectNear(const std::vector<float> &got,
                         const std::vector<float> &want) {
    ASSERT_EQ(got.size(), want.size());
    for (size_t i = 0; i < want.size(); ++i)
      EXPECT_NEAR(got[i], want[i], 1e-5f) << "element " << i;
  }
};

TEST_F(Device, HostCannotTouchItsMemory) {
  std::byte *memory = sim::simDevice().allocate(4096);
  ASSERT_TRUE(memory);
  EXPECT_DEATH(memory[0] = std::byte(1), "");
  EXPECT_EQ(*static_cast<std::byte *>(sim::simDevice().inside(memory)),
            std::byte(0));
  sim::simDevice().release(memory, 4096);
}

TEST_F(Device, GivesWhatTheCpuGives) {
  std::vector<float> first = noise(NetworkBuilder::kInputs, 1),
                     second = noise(NetworkBuilder::kInputs, 2);
  Context cpu(load(NetworkBuilder("cpu").file()), 1);
  Context device(load(network()), 1);
  expectNear(run(device, first), run(cpu, first));
  // Replayed, on other data.
  uint64_t replays = sim::SimQueue::replays();
  expectNear(run(device, second), run(cpu, second));
  EXPECT_EQ(sim::SimQueue::replays(), replays + 1);
  EXPECT_NE(run(device, first), run(device, second));
}

TEST_F(Device, ContextsDoNotShareARecording) {
  std::vector<float> picture = noise(NetworkBuilder::kInputs, 1);
  std::shared_ptr<const Engine> engine = load(network());
  Context one(engine, 1), other(engine, 1);
  std::vector<float> want = run(one, picture);
  EXPECT_EQ(run(other, picture), want);
  EXPECT_EQ(run(one, picture), want);
}

TEST_F(Device, GivesItsMemoryBack) {
  uint64_t before = sim::simDevice().bytesInUse();
  {
    std::shared_ptr<const Engine> engine = load(network());
    EXPECT_GT(sim::simDevice().bytesInUse(), before); // the weights
    Context context(engine, 1);
    run(context, noise(NetworkBuilder::kInputs, 1));
    EXPECT_GE(sim::simDevice().bytesInUse() - before, context.bytes());
  }
  EXPECT_EQ(sim::simDevice().bytesInUse(), before);
}

TEST_F(Device, LaunchesAreWatchedOneByOne) {
  Context context(load(network()), 1);
  std::vector<float> picture = noise(NetworkBuilder::kInputs, 1);
  std::vector<float> want = run(context, picture);
  RunOptions options;
  size_t seen = 0;
  options.launched = [&](size_t launch) { EXPECT_EQ(launch, seen++); };
  context.setProfiling(true);
  EXPECT_EQ(run(context, picture, options), want);
  EXPECT_EQ(seen, context.engine().plan().launches.size());
  for (size_t i = 0; i < seen; ++i)
    EXPECT_GT(context.nanoseconds(i), 0u);
}

TEST_F(Device, ACancelledRunLeavesNothingBehind) {
  Context context(load(network()), 1);
  std::vector<float> picture = noise(NetworkBuilder::kInputs, 1),
                     result(NetworkBuilder::kOutputs);
  std::vector<float> want = run(context, picture);
  RunOptions options;
  int left = 3;
  options.cancelledUser = &left;
  options.cancelled = [](void *user) {
    return --*static_cast<int *>(user) < 0 ? 1 : 0;
  };
  const void *inputs[] = {picture.data()};
  void *outputs[] = {result.data()};
  EXPECT_EQ(context.run(inputs, outputs, options).code(),
            StatusCode::Cancelled);
  EXPECT_EQ(run(context, picture), want);
}

TEST_F(Device, NeedsBuffers) {
  Context context(load(network()), 1);
  std::vector<float> numbers(
      std::max(NetworkBuilder::kInputs, NetworkBuilder::kOutputs));
  const void *inputs[] = {numbers.data()}, *noInputs[] = {nullptr};
  void *outputs[] = {numbers.data()}, *noOutputs[] = {nullptr};
  EXPECT_EQ(context.run(noInputs, outputs).code(), StatusCode::Usage);
  EXPECT_EQ(context.run(inputs, noOutputs).code(), StatusCode::Usage);
}

TEST_F(Device, RunsUnknownSizes) {
  PlanBuilder builder(sim::simBackend());
  uint32_t x = builder.input("x", f32({-1, 3}));
  uint32_t y = builder.output("y", f32({-1, 3}));
  uint32_t doubled = builder.arena(f32({-1, 3}));
  uint32_t two = builder.constant<float>(f32({}), {2});
  builder.launch("mul", {x, two}, {doubled});
  builder.launch("add", {doubled, x}, {y});
  for (PlanLaunch &launch : builder.plan.launches) {
    launch.provider = "sim";
    launch.tactic.clear();
  }
  Context context(load(builder.file()), 1);
  for (int64_t rows : {5, 1, 300, 0}) {
    ASSERT_TRUE(context.setShape(0, {rows, 3}).ok());
    std::vector<float> in = noise(size_t(rows) * 3, 7), out(in.size() + 1);
    in.resize(in.size() + 1);
    const void *inputs[] = {in.data()};
    void *outputs[] = {out.data()};
    Status status = context.run(inputs, outputs);
    ASSERT_TRUE(status.ok()) << status.message();
    for (size_t i = 0; i < size_t(rows) * 3; ++i)
      EXPECT_EQ(out[i], in[i] * 2 + in[i]);
  }
}

TEST_F(Device, RefusesAPlanThatIsNotAligned) {
  PlanBuilder builder(sim::simBackend());
  uint32_t x = builder.input("x", f32({4}));
  uint32_t y = builder.output("y", f32({4}));
  uint32_t between = builder.arena(f32({4}), 64);
  builder.plan.arenaBytes = 128;
  builder.launch("relu", {x}, {between});
  builder.launch("relu", {between}, {y});
  for (PlanLaunch &launch : builder.plan.launches)
    launch.provider = "sim";
  Expected<std::shared_ptr<const Engine>> engine =
      Engine::fromCopy(builder.file());
  EXPECT_EQ(engine.status().code(), StatusCode::BadInput);
  EXPECT_NE(engine.status().message().find("a multiple of 256"),
            std::string::npos)
      << engine.status().message();
}

} // namespace
