//===- WorkerPoolTest.cpp - threads that take part in launches ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every part is taken once, whoever comes; who does not come is not waited for.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/WorkerPool.h"
#include "runtime/cpu/Threads.h"

#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <immintrin.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace graft;
using namespace graft::runtime::cpu;
using namespace std::chrono_literals;

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GRAFT_TSAN 1
#endif
#endif

namespace {

/// How often each part was taken, and by which threads.
struct Record {
  explicit Record(int64_t count) : taken(size_t(count)) {
    for (auto &each : taken)
      each = 0;
  }
  bool eachOnce() const {
    for (const auto &each : taken)
      if (each != 1)
        return false;
    return true;
  }
  std::vector<std::atomic<int>> taken;
};

/// Takes all parts; `during` is called while a part is held.
template <typename Fn>
bool takeAll(int threads, int64_t count, Fn &&during) {
  Record record(count);
  std::vector<std::atomic<int>> inside(size_t(std::max(threads, 1)));
  std::atomic<bool> distinct{true};
  parallel(threads, count, [&](PartTaker &taker) {
    if (taker.thread() < 0 || taker.thread() >= std::max(threads, 1) ||
        inside[size_t(taker.thread())]++ != 0) {
      distinct = false;
      return;
    }
    for (int64_t part; taker.take(part);) {
      ++record.taken[size_t(part)];
      during(part);
    }
  });
  return distinct && record.eachOnce();
}

/// A pool whose threads never come.
class DeafPool : public WorkerPool {
public:
  DeafPool() : WorkerPool(3, /*keepsThreads=*/false) {}
  int summoned = 0;

private:
  bool summon(int) override {
    ++summoned;
    return true;
  }
};

/// A pool for which there are no threads.
class EmptyPool : public WorkerPool {
public:
  EmptyPool() : WorkerPool(3, /*keepsThreads=*/true) {}

private:
  bool summon(int) override { return false; }
};

/// Keeps its threads, and counts them. Never destroyed, since they stay.
class CountedPool : public WorkerPool {
public:
  CountedPool() : WorkerPool(3, /*keepsThreads=*/true) {}
  int summoned = 0;

private:
  bool summon(int worker) override {
    ++summoned;
    std::thread([this, worker] { serve(worker); }).detach();
    return true;
  }
};

/// Borrows threads, which come late.
class LateThreads : public WorkerPool {
public:
  LateThreads(int workers, std::chrono::microseconds delay)
      : WorkerPool(workers, /*keepsThreads=*/false), delay(delay) {}
  ~LateThreads() override {
    close();
    for (std::thread &thread : threads)
      thread.join();
  }

private:
  bool summon(int worker) override {
    threads.emplace_back([this, worker] {
      std::this_thread::sleep_for(delay);
      serve(worker);
    });
    return true;
  }
  std::chrono::microseconds delay;
  std::vector<std::thread> threads;
};

} // namespace

TEST(Parts, AThreadTakesItsOwnFirst) {
  Parts parts(3, 10); // [0, 3), [3, 6), [6, 10)
  int ranges[] = {0, 1, 2};
  EXPECT_EQ(parts.take(1, ranges[1]), 3);
  EXPECT_EQ(parts.take(1, ranges[1]), 4);
  EXPECT_EQ(parts.take(0, ranges[0]), 0);
  EXPECT_EQ(parts.take(1, ranges[1]), 5);
  // Then the others', from the next one on and around.
  for (int64_t part : {6, 7, 8, 9, 1, 2, -1, -1})
    EXPECT_EQ(parts.take(1, ranges[1]), part);
  EXPECT_EQ(parts.take(0, ranges[0]), -1);
  EXPECT_EQ(parts.take(2, ranges[2]), -1);
}

TEST(Parts, PiecesCoverTheWholeAndKeepTheGrain) {
  for (int threads : {1, 2, 3, 7})
    for (int64_t total : {0, 1, 63, 64, 65, 1000, 4096}) {
      std::vector<std::atomic<int>> seen(size_t(total) + 1);
      std::atomic<bool> grained{true};
      parallelFor(threads, total, 64, [&](int64_t begin, int64_t end) {
        if (begin % 64 != 0 || (end % 64 != 0 && end != total) || begin >= end)
          grained = false;
        for (int64_t i = begin; i < end; ++i)
          ++seen[size_t(i)];
      });
      EXPECT_TRUE(grained);
      for (int64_t i = 0; i < total; ++i)
        ASSERT_EQ(seen[size_t(i)], 1) << threads << " " << total << " " << i;
    }
}

TEST(WorkerPool, EachPartOnceForAnyNumberOfThreads) {
  for (int threads : {0, 1, 2, 3, 5, 16, 256, 100'000})
    for (int64_t count : {0, 1, 2, 7, 100})
      for (int repeat = 0; repeat < 20; ++repeat)
        ASSERT_TRUE(takeAll(threads, count, [](int64_t) {}))
            << threads << " " << count;
}

TEST(WorkerPool, WorkersHelp) {
  if (affineProcessors() < 2)
    GTEST_SKIP() << "one processor";
  // While this thread is in its first part, others take the rest.
  bool helped = false;
  for (int repeat = 0; repeat < 100 && !helped; ++repeat) {
    std::atomic<int> others{0};
    const auto caller = std::this_thread::get_id();
    ASSERT_TRUE(takeAll(2, 16, [&](int64_t) {
      if (std::this_thread::get_id() != caller)
        ++others;
      else
        std::this_thread::sleep_for(1ms);
    }));
    helped = others > 1;
  }
  EXPECT_TRUE(helped);
}

TEST(WorkerPool, WhoDoesNotComeIsLeftOut) {
  DeafPool pool;
  WorkerPool::Scope scope(pool);
  auto start = std::chrono::steady_clock::now();
  for (int repeat = 0; repeat < 1000; ++repeat) {
    const auto caller = std::this_thread::get_id();
    ASSERT_TRUE(takeAll(
        4, 8, [&](int64_t) { EXPECT_EQ(std::this_thread::get_id(), caller); }));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  EXPECT_LE(pool.summoned, 3) << "a worker is asked for once";
  // Nor can it be counted on.
  WorkerPool::Call call([](void *, int) { FAIL(); }, nullptr);
  EXPECT_FALSE(pool.beginExactly(call, 2));
}

TEST(WorkerPool, NoThreadsAreNoFailure) {
  EmptyPool pool;
  WorkerPool::Scope scope(pool);
  EXPECT_TRUE(takeAll(4, 100, [](int64_t) {}));
  EXPECT_FALSE(pool.reserve(2));
  WorkerPool::Call call([](void *, int) { FAIL(); }, nullptr);
  EXPECT_FALSE(pool.beginExactly(call, 2));
  EXPECT_TRUE(takeAll(4, 100, [](int64_t) {}));
}

TEST(WorkerPool, BorrowedThreadsComeLateAndGoHome) {
  for (int delay : {0, 50, 500, 3000}) {
    LateThreads pool(3, std::chrono::microseconds(delay));
    WorkerPool::Scope scope(pool);
    pool.invite(4);
    for (int repeat = 0; repeat < 200; ++repeat)
      ASSERT_TRUE(takeAll(4, 33, [](int64_t) {})) << delay;
    // The destructor joins them.
  }
}

TEST(WorkerPool, ExactlySoManyWorkAtTheSameTime) {
  // More than there are processors, too.
  for (int threads : {2, 3, 9}) {
    struct Meeting {
      int threads;
      std::atomic<int> here{0};
      std::atomic<int> indices{0};
    };
    for (int repeat = 0; repeat < 20; ++repeat) {
      Meeting meeting{threads};
      auto meet = [](void *context, int index) {
        auto &meeting = *static_cast<Meeting *>(context);
        meeting.indices |= 1 << index;
        ++meeting.here;
        while (meeting.here < meeting.threads)
          std::this_thread::yield();
      };
      WorkerPool::Call call(meet, &meeting);
      ASSERT_TRUE(WorkerPool::own().beginExactly(call, threads));
      meet(&meeting, 0);
      WorkerPool::end(call);
      EXPECT_EQ(meeting.here, threads);
      EXPECT_EQ(meeting.indices, (1 << threads) - 1);
    }
  }
}

/// A call may find the worker at the very moment at which it goes to sleep.
TEST(WorkerPool, AWorkerThatGoesToSleepIsCalledAllTheSame) {
  auto &pool = *new CountedPool;
  std::atomic<int> worked{0};
  auto work = [](void *count, int) {
    ++*static_cast<std::atomic<int> *>(count);
  };
  constexpr int kCalls = 2000;
  for (int i = 0; i < kCalls; ++i) {
    WorkerPool::Call call(work, &worked);
    ASSERT_TRUE(pool.beginExactly(call, 2));
    while (worked <= i)
      std::this_thread::yield();
    WorkerPool::end(call);
    // A worker spins for a third of a millisecond.
    auto until = std::chrono::steady_clock::now() + 250us + i % 1000 * 100ns;
    while (std::chrono::steady_clock::now() < until)
      continue;
  }
  EXPECT_EQ(pool.summoned, 1);
}

TEST(WorkerPool, CallersAtOnceDoNotBlockEachOther) {
  constexpr int kCallers = 6, kThreads = 3;
  std::atomic<int> failed{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < kCallers; ++c)
    callers.emplace_back([&] {
      WorkerPool::Run run;
      for (int repeat = 0; repeat < 50; ++repeat) {
        std::atomic<int> here{0};
        auto meet = [](void *context, int) {
          auto &here = *static_cast<std::atomic<int> *>(context);
          ++here;
          while (here < kThreads)
            std::this_thread::yield();
        };
        WorkerPool::Call call(meet, &here);
        if (WorkerPool::own().beginExactly(call, kThreads)) {
          meet(&here, 0);
          WorkerPool::end(call);
        }
        failed += here != kThreads;
        failed += !takeAll(kThreads, 20, [](int64_t) {});
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(failed, 0);
}

TEST(WorkerPool, WorkersComputeAsTheCallerDoes) {
  constexpr unsigned kModes = 0xffc0;
  struct Look {
    unsigned wanted;
    std::atomic<int> here{0}, wrong{0};
  };
  auto look = [](void *context, int) {
    auto &look = *static_cast<Look *>(context);
    look.wrong += (_mm_getcsr() & kModes) != look.wanted;
    ++look.here;
    while (look.here < 3)
      std::this_thread::yield();
  };
  const unsigned before = _mm_getcsr();
  // Denormals to zero, rounding upwards, and as it was.
  for (unsigned modes : {before | 0x8040, before | 0x4000, before}) {
    _mm_setcsr(modes);
    Look context{modes & kModes};
    WorkerPool::Call call(look, &context);
    bool began = WorkerPool::own().beginExactly(call, 3);
    if (began) {
      look(&context, 0);
      WorkerPool::end(call);
    }
    _mm_setcsr(before);
    ASSERT_TRUE(began);
    EXPECT_EQ(context.wrong, 0) << std::hex << modes;
  }
}

TEST(WorkerPool, SignalsAreForTheProgramsThreads) {
  struct Look {
    std::atomic<int> here{0}, open{0};
  } context;
  auto look = [](void *context, int index) {
    auto &look = *static_cast<Look *>(context);
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    look.open += index > 0 && (!sigismember(&blocked, SIGINT) ||
                               !sigismember(&blocked, SIGPROF));
    ++look.here;
    while (look.here < 3)
      std::this_thread::yield();
  };
  WorkerPool::Call call(look, &context);
  ASSERT_TRUE(WorkerPool::own().beginExactly(call, 3));
  look(&context, 0);
  WorkerPool::end(call);
  EXPECT_EQ(context.here, 3);
  EXPECT_EQ(context.open, 0);
}

#ifndef GRAFT_TSAN
// ThreadSanitizer gives a forked child no threads.
TEST(WorkerPool, AForkedChildHasAPoolOfItsOwn) {
  ASSERT_TRUE(takeAll(3, 100, [](int64_t) {}));
  WorkerPool *parents = &WorkerPool::own();
  // In the middle of a run, too: a callback may fork.
  WorkerPool::Run run;
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(20); // ends a child that hangs
    bool good = &WorkerPool::own() != parents;
    for (int repeat = 0; repeat < 50; ++repeat)
      good &= takeAll(3, 100, [](int64_t) {});
    std::atomic<int> here{0};
    auto count = [](void *context, int) {
      ++*static_cast<std::atomic<int> *>(context);
    };
    WorkerPool::Call call(count, &here);
    good &= WorkerPool::own().reserve(4);
    good &= WorkerPool::own().beginExactly(call, 4);
    count(&here, 0);
    WorkerPool::end(call);
    _exit(good ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(takeAll(3, 100, [](int64_t) {}));
}
#endif
