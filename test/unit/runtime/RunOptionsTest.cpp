//===- RunOptionsTest.cpp - borrowed threads, cancelled runs, copied plans ===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a server asks of one run.
//===----------------------------------------------------------------------===//
#include "NetworkPlan.h"
#include "runtime/include/graft_runtime.h"

#include <atomic>
#include <thread>

using namespace graft::runtime;
using namespace graft::runtime::test;

namespace {

constexpr int kThreads = 3;

/// Provides borrowed threads, and counts.
struct Lender {
  int most = kThreads;
  std::atomic<int> calls{0};

  static void run(void *user, int wanted,
                  void (*task)(void *context, int index, int count),
                  void *context) {
    auto &lender = *static_cast<Lender *>(user);
    ++lender.calls;
    int count = std::min(wanted, lender.most);
    std::vector<std::thread> threads;
    for (int i = 1; i < count; ++i)
      threads.emplace_back(task, context, i, count);
    task(context, 0, count);
    for (std::thread &thread : threads)
      thread.join();
  }
};

class RunOptions : public testing::Test {
protected:
  void SetUp() override {
    std::string file = NetworkBuilder("cpu").file();
    // oneDNN's kernels take as many threads as they were made for.
    ASSERT_EQ(file.find("onednn"), std::string::npos);
    PlanBytes bytes(file);
    ASSERT_EQ(graft_engine_load_copy(bytes.view().data(), bytes.view().size(),
                                     &engine),
              GRAFT_OK)
        << graft_last_error();
    size_t size = 0;
    const void *plan = graft_engine_plan(engine, &size);
    ASSERT_NE(plan, bytes.view().data());
    EXPECT_EQ(std::string_view(static_cast<const char *>(plan), size),
              bytes.view());
    ASSERT_EQ(graft_context_create(engine, kThreads, &context), GRAFT_OK);
    // The bytes go here; the engine has its own.
  }
  void TearDown() override {
    graft_context_destroy(context);
    graft_engine_destroy(engine);
  }

  graft_code run(std::vector<float> &result, const graft_run_options *options) {
    result.assign(NetworkBuilder::kOutputs, -1.0f);
    const void *inputs[] = {picture.data()};
    void *outputs[] = {result.data()};
    return graft_context_run_with(context, inputs, outputs, options);
  }

  graft_run_options lending() {
    graft_run_options options = {};
    options.size = sizeof(options);
    options.threads = &threads;
    return options;
  }

  Lender lender;
  graft_threads threads = {&lender, Lender::run};
  std::vector<float> picture = noise(NetworkBuilder::kInputs, 11);
  graft_engine *engine = nullptr;
  graft_context *context = nullptr;
};

} // namespace

TEST_F(RunOptions, LentThreadsGiveTheSameBits) {
  std::vector<float> result, first;
  for (int most = 1; most <= kThreads; ++most) {
    lender.most = most;
    lender.calls = 0;
    graft_run_options options = lending();
    ASSERT_EQ(run(result, &options), GRAFT_OK) << graft_last_error();
    EXPECT_GT(lender.calls, 0);
    if (first.empty())
      first = result;
    EXPECT_EQ(
        std::memcmp(result.data(), first.data(), result.size() * sizeof(float)),
        0)
        << most;
  }
}

TEST_F(RunOptions, CancelledBetweenLaunches) {
  int left = 3;
  graft_run_options options = lending();
  options.cancelled_user = &left;
  options.cancelled = [](void *user) {
    return int((*static_cast<int *>(user))-- == 0);
  };
  std::vector<float> result;
  EXPECT_EQ(run(result, &options), GRAFT_CANCELLED);
  EXPECT_STREQ(graft_last_error(), "the run was cancelled");
  EXPECT_EQ(left, -1);
  EXPECT_EQ(result, std::vector<float>(NetworkBuilder::kOutputs, -1.0f));
  // The context is as good as before.
  left = 1000;
  EXPECT_EQ(run(result, &options), GRAFT_OK);
  EXPECT_NE(result, std::vector<float>(NetworkBuilder::kOutputs, -1.0f));
}

TEST_F(RunOptions, AShorterStructIsOfAnOlderHeader) {
  int asked = 0;
  graft_run_options options = lending();
  options.size = offsetof(graft_run_options, cancelled);
  options.cancelled_user = &asked;
  options.cancelled = [](void *user) { return ++*static_cast<int *>(user); };
  std::vector<float> result;
  EXPECT_EQ(run(result, &options), GRAFT_OK);
  EXPECT_EQ(asked, 0);
}
