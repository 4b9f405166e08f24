//===- ThreadsTest.cpp - many contexts on one engine at once --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Engines are shared, contexts are not: what a thread gets must not depend, in
// a single bit, on what others do.
//===----------------------------------------------------------------------===//
#include "NetworkPlan.h"
#include "runtime/include/graft_runtime.h"

#include <algorithm>
#include <atomic>
#include <climits>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace graft::runtime;
using namespace graft::runtime::test;

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GRAFT_TSAN 1
#endif
#endif

namespace {

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
    pictures.push_back(noise(NetworkBuilder::kInputs, 100 + i));
  std::vector<std::vector<float>> wanted[2];
  for (int e = 0; e < 2; ++e) {
    graft_context *context = nullptr;
    ASSERT_EQ(graft_context_create(engines[e].engine, perContext, &context),
              GRAFT_OK);
    for (const std::vector<float> &picture : pictures) {
      wanted[e].emplace_back(NetworkBuilder::kOutputs);
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
    std::vector<float> result(NetworkBuilder::kOutputs);
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
  const std::vector<float> picture = noise(NetworkBuilder::kInputs, 7);
  std::atomic<int> failed = 0;
  std::vector<float> results[8];
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      PlanBytes bytes(files[i % 2]);
      graft_engine *engine = nullptr;
      graft_context *context = nullptr;
      results[i].resize(NetworkBuilder::kOutputs);
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

INSTANTIATE_TEST_SUITE_P(PerContext, SharedEngine, testing::Values(1, 2, 3));

/// Names of this process's threads.
std::vector<std::string> namesOfThreads() {
  std::vector<std::string> names;
  for (const auto &task :
       std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "comm");
    std::getline(file, names.emplace_back());
  }
  return names;
}

class Plans : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    loaded.emplace(NetworkBuilder(GetParam()).file());
    wanted.resize(NetworkBuilder::kOutputs);
    ASSERT_TRUE(runNew(2, wanted)) << graft_last_error();
  }
  /// One run of a new context.
  bool runNew(int threads, std::vector<float> &result) {
    graft_context *context = nullptr;
    result.assign(NetworkBuilder::kOutputs, -1.0f);
    bool good =
        graft_context_create(loaded->engine, threads, &context) == GRAFT_OK &&
        runOnce(context, picture, result);
    graft_context_destroy(context);
    return good;
  }

  std::optional<Loaded> loaded;
  std::vector<float> picture = noise(NetworkBuilder::kInputs, 21);
  std::vector<float> wanted;
};

TEST_P(Plans, RunOnMoreThreadsThanThereAreProcessors) {
  std::vector<float> result;
  for (int threads : {1, 3, 8, 33}) {
    ASSERT_TRUE(runNew(threads, result)) << graft_last_error();
    for (size_t i = 0; i < NetworkBuilder::kOutputs; ++i)
      ASSERT_NEAR(result[i], wanted[i], 1e-6f) << threads;
  }
}

TEST_P(Plans, TooManyThreadsCountAsTheMost) {
  std::vector<float> result, most;
  ASSERT_TRUE(runNew(256, most)) << graft_last_error();
  for (int threads : {257, 32767, 65536, INT_MAX}) {
    ASSERT_TRUE(runNew(threads, result)) << graft_last_error();
    EXPECT_TRUE(sameBits(result, most)) << threads;
  }
  EXPECT_LE(namesOfThreads().size(), 1000u);
}

TEST_P(Plans, AThousandContextsShareOnePool) {
  std::vector<graft_context *> contexts(1000, nullptr);
  std::vector<float> result(NetworkBuilder::kOutputs);
  const size_t before = namesOfThreads().size();
  for (graft_context *&context : contexts)
    ASSERT_EQ(graft_context_create(loaded->engine, 2, &context), GRAFT_OK);
  for (graft_context *context : contexts) {
    ASSERT_TRUE(runOnce(context, picture, result)) << graft_last_error();
    ASSERT_TRUE(sameBits(result, wanted));
  }
  EXPECT_LE(namesOfThreads().size(), before + 1);
  for (graft_context *context : contexts)
    graft_context_destroy(context);
}

TEST_P(Plans, NobodyElseOpensThreads) {
  // libgomp's would have the program's name.
  std::vector<float> result;
  const auto isForeign = [](const std::string &name) {
    return name != "graft-worker";
  };
  std::vector<std::string> before = namesOfThreads();
  ASSERT_TRUE(runNew(5, result)) << graft_last_error();
  std::vector<std::string> after = namesOfThreads();
  EXPECT_EQ(std::count_if(after.begin(), after.end(), isForeign),
            std::count_if(before.begin(), before.end(), isForeign));
}

#ifndef GRAFT_TSAN
// ThreadSanitizer gives a forked child no threads.
TEST_P(Plans, RunInAForkedChild) {
  graft_context *context = nullptr;
  std::vector<float> result(NetworkBuilder::kOutputs);
  ASSERT_EQ(graft_context_create(loaded->engine, 2, &context), GRAFT_OK);
  ASSERT_TRUE(runOnce(context, picture, result));
  for (int round = 0; round < 3; ++round) {
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      alarm(20); // ends a child that hangs
      // A context of the parent's, and one of its own.
      bool good = runOnce(context, picture, result) && sameBits(result, wanted);
      good &= runNew(2, result) && sameBits(result, wanted);
      good &= runNew(5, result);
      _exit(good ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(runOnce(context, picture, result));
    EXPECT_TRUE(sameBits(result, wanted));
  }
  graft_context_destroy(context);
}
#endif

INSTANTIATE_TEST_SUITE_P(Providers, Plans, testing::Values("cpu", "onednn"),
                         [](const testing::TestParamInfo<const char *> &info) {
                           return std::string(info.param);
                         });

} // namespace
