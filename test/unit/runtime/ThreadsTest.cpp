//===- ThreadsTest.cpp - many contexts on one engine at once --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Engines are shared, contexts are not: what a thread gets must not depend, in
// a single bit, on what others do. Under ThreadSanitizer (docs/testing.md) each
// context runs on its caller's thread alone, since libgomp's pool is not known
// to it: what is checked is everything that contexts share.
//===----------------------------------------------------------------------===//
#include "NetworkPlan.h"
#include "runtime/include/graft_runtime.h"

#include <atomic>
#include <thread>

using namespace graft::runtime;
using namespace graft::runtime::test;

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GRAFT_ONE_THREAD_A_CONTEXT 1
#endif
#endif

namespace {

constexpr size_t kInputs =
    NetworkBuilder::kImages * NetworkBuilder::kSize * NetworkBuilder::kSize * 3;
constexpr size_t kOutputs = NetworkBuilder::kImages * NetworkBuilder::kClasses;
constexpr uint32_t kPictures = 5;

struct Loaded {
  explicit Loaded(const std::string &file) : bytes(file) {
    EXPECT_EQ(graft_engine_load_memory(bytes.view().data(), bytes.view().size(),
                                       &engine),
              GRAFT_OK)
        << graft_last_error();
  }
  ~Loaded() { graft_engine_destroy(engine); }

  PlanBytes bytes;
  graft_engine *engine = nullptr;
};

/// One run, into `result`; false if it failed.
bool runOnce(graft_context *context, const std::vector<float> &picture,
             std::vector<float> &result) {
  const void *inputs[] = {picture.data()};
  void *outputs[] = {result.data()};
  return graft_context_run(context, inputs, outputs) == GRAFT_OK;
}

bool sameBits(const std::vector<float> &a, const std::vector<float> &b) {
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

class SharedEngine : public testing::TestWithParam<int> {};

TEST_P(SharedEngine, ContextsDoNotDisturbEachOther) {
  constexpr int kThreads = 8, kContexts = 3, kRuns = 40;
  const int perContext = GetParam();
  Loaded engines[] = {Loaded(NetworkBuilder("cpu").file()),
                      Loaded(NetworkBuilder("onednn").file())};

  std::vector<std::vector<float>> pictures;
  for (uint32_t i = 0; i < kPictures; ++i)
    pictures.push_back(noise(kInputs, 100 + i));
  std::vector<std::vector<float>> wanted[2];
  for (int e = 0; e < 2; ++e) {
    graft_context *context = nullptr;
    ASSERT_EQ(graft_context_create(engines[e].engine, perContext, &context),
              GRAFT_OK);
    for (const std::vector<float> &picture : pictures) {
      wanted[e].emplace_back(kOutputs);
      ASSERT_TRUE(runOnce(context, picture, wanted[e].back()))
          << graft_last_error();
      for (const std::vector<float> &other : wanted[e])
        ASSERT_EQ(sameBits(other, wanted[e].back()),
                  &other == &wanted[e].back())
            << "the answers must depend on the picture";
    }
    graft_context_destroy(context);
  }

  std::atomic<int> wrong = 0, failed = 0;
  auto work = [&](int thread) {
    std::vector<float> result(kOutputs);
    // Contexts come and go while others run.
    for (int c = 0; c < kContexts; ++c) {
      graft_context *contexts[2] = {};
      for (int e = 0; e < 2; ++e)
        failed += graft_context_create(engines[e].engine, perContext,
                                       &contexts[e]) != GRAFT_OK;
      for (int run = 0; run < kRuns; ++run) {
        int e = (thread + run) % 2;
        size_t picture = size_t(thread * 7 + run) % kPictures;
        std::fill(result.begin(), result.end(), -1.0f);
        failed += !runOnce(contexts[e], pictures[picture], result);
        wrong += !sameBits(result, wanted[e][picture]);
      }
      for (graft_context *context : contexts)
        graft_context_destroy(context);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back(work, i);
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(wrong, 0);
}

TEST(Threads, EnginesComeAndGoAtOnce) {
  const std::string files[] = {NetworkBuilder("cpu").file(),
                               NetworkBuilder("onednn").file()};
  const std::vector<float> picture = noise(kInputs, 7);
  std::atomic<int> failed = 0;
  std::vector<float> results[8];
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      PlanBytes bytes(files[i % 2]);
      graft_engine *engine = nullptr;
      graft_context *context = nullptr;
      results[i].resize(kOutputs);
      failed += graft_engine_load_memory(bytes.view().data(),
                                         bytes.view().size(), &engine) ||
                graft_context_create(engine, 1, &context) ||
                !runOnce(context, picture, results[i]);
      graft_context_destroy(context);
      graft_engine_destroy(engine);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(failed, 0);
  for (int i = 2; i < 8; ++i)
    EXPECT_TRUE(sameBits(results[i], results[i % 2])) << i;
}

#ifdef GRAFT_ONE_THREAD_A_CONTEXT
INSTANTIATE_TEST_SUITE_P(PerContext, SharedEngine, testing::Values(1));
#else
INSTANTIATE_TEST_SUITE_P(PerContext, SharedEngine, testing::Values(1, 2, 3));
#endif

} // namespace
