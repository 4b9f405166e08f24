//===- Team.cpp - TensorFlow's threads, lent to one run -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tensorflow/Team.h"

#include <algorithm>
#include <chrono>
#include <sched.h>

using namespace graft;

/// How long a worker waits for the next launch before it goes home: longer than
/// most launches that run on one thread.
static constexpr int64_t kIdle = 1'000'000;
/// How long a leader waits for a worker that it has asked for: longer than it
/// takes to wake one, but not much.
static constexpr int64_t kPatience = 100'000;
/// The same where the work cannot be done with fewer.
static constexpr int64_t kPatienceExactly = 1'000'000;

static thread_local Team *leading = nullptr;
/// Runs at this moment, in all sessions.
static std::atomic<int> activeRuns{0};

static int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Waits until `done()`, for `nanoseconds` at most (negative: for ever).
/// Whether it is. Looks at the clock now and then; lets others run where it
/// takes long.
template <typename Fn>
static bool spinUntil(int64_t nanoseconds, Fn &&done) {
  constexpr int kLooks = 64, kBeforeYield = 4096;
  int64_t start = 0;
  for (int i = 1;; ++i) {
    if (done())
      return true;
    if (i > kBeforeYield)
      sched_yield();
    else
      __builtin_ia32_pause();
    if (nanoseconds < 0 || i % kLooks != 0)
      continue;
    int64_t time = now();
    if (start == 0)
      start = time;
    else if (time - start > nanoseconds)
      return false;
  }
}

Team::Team(tensorflow::thread::ThreadPool *pool, int threads)
    : pool(pool), workers(size_t(std::max(0, threads - 1))) {
  held.reserve(workers.size());
}

Team *Team::current() { return leading; }

Team::Lead::Lead(std::shared_ptr<Team> given)
    : team(std::move(given)), previous(leading) {
  leading = team.get();
  activeRuns.fetch_add(1, std::memory_order_relaxed);
}

Team::Lead::~Lead() {
  activeRuns.fetch_sub(1, std::memory_order_relaxed);
  leading = previous;
  team->over.store(true, std::memory_order_release);
}

//===----------------------------------------------------------------------===//
// Workers
//===----------------------------------------------------------------------===//

void Team::ask(size_t worker) {
  workers[worker].state.store(Asked, std::memory_order_relaxed);
  // The closure may begin after the run has ended.
  pool->Schedule([self = shared_from_this(), worker] {
    self->serve(self->workers[worker]);
  });
}

void Team::serve(Worker &worker) {
  worker.state.store(Ready, std::memory_order_release);
  for (;;) {
    int state = Ready;
    bool called = spinUntil(kIdle, [&] {
      state = worker.state.load(std::memory_order_acquire);
      return state == Busy || state == Leave ||
             over.load(std::memory_order_acquire);
    });
    if (state == Busy) {
      task(context, worker.index, count);
      worker.state.store(Ready, std::memory_order_release);
      continue;
    }
    if (called) {
      // The run is over, or needs this thread no more.
      worker.state.store(Absent, std::memory_order_release);
      return;
    }
    int ready = Ready;
    if (worker.state.compare_exchange_strong(ready, Absent))
      return;
  }
}

//===----------------------------------------------------------------------===//
// The leader
//===----------------------------------------------------------------------===//

/// Holds the workers that are ready, `wanted` - 1 at most, and asks for those
/// that are missing. Gives the number of threads with the leader's.
int Team::assemble(int wanted, int64_t patience) {
  size_t most = std::min(size_t(wanted) - 1, workers.size());
  bool missing = false;
  for (size_t i = 0; i < most; ++i) {
    int state = workers[i].state.load(std::memory_order_acquire);
    if (state == Absent)
      ask(i);
    missing |= state != Ready;
  }
  if (missing && patience > 0)
    patient &= spinUntil(patience, [&] {
      return std::all_of(
          workers.begin(), workers.begin() + int64_t(most), [](Worker &w) {
            return w.state.load(std::memory_order_acquire) == Ready;
          });
    });
  held.clear();
  for (size_t i = 0; i < most; ++i) {
    int ready = Ready;
    if (workers[i].state.compare_exchange_strong(ready, Held))
      held.push_back(&workers[i]);
  }
  return int(held.size()) + 1;
}

/// Sends the workers from number `from` on home, if they wait.
void Team::release(size_t from) {
  for (size_t i = from; i < workers.size(); ++i) {
    int ready = Ready;
    workers[i].state.compare_exchange_strong(ready, Leave);
  }
}

void Team::end() {
  for (Worker *worker : held)
    spinUntil(-1, [&] {
      return worker->state.load(std::memory_order_acquire) != Busy;
    });
  held.clear();
}

bool Team::beginExactly(int wanted, Task given, void *givenContext) {
  if (size_t(wanted) > workers.size() + 1)
    return false;
  int got = assemble(wanted, kPatienceExactly);
  if (got != wanted) {
    for (Worker *worker : held)
      worker->state.store(Ready, std::memory_order_release);
    held.clear();
    return false;
  }
  task = given;
  context = givenContext;
  count = got;
  for (size_t i = 0; i < held.size(); ++i) {
    held[i]->index = int(i) + 1;
    held[i]->state.store(Busy, std::memory_order_release);
  }
  return true;
}

/// Threads for this run: several runs at once do more when each has its core
/// than when all share all.
int Team::share() const {
  int runs = activeRuns.load(std::memory_order_relaxed);
  return std::max(1, int(workers.size() + 1) / std::max(1, runs));
}

void Team::call() {
  size_t most = size_t(share() - 1);
  for (size_t i = 0; i < most; ++i)
    if (workers[i].state.load(std::memory_order_acquire) == Absent)
      ask(i);
}

void Team::run(int wanted, Task given, void *givenContext) {
  int most = share();
  if (most < wanted)
    release(size_t(most - 1));
  wanted = std::min(wanted, most);
  count = wanted > 1 ? assemble(wanted, patient ? kPatience : 0) : 1;
  if (count == 1) {
    given(givenContext, 0, 1);
    return;
  }
  task = given;
  context = givenContext;
  for (size_t i = 0; i < held.size(); ++i) {
    held[i]->index = int(i) + 1;
    held[i]->state.store(Busy, std::memory_order_release);
  }
  given(givenContext, 0, count);
  end();
}
