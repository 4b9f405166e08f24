//===- Threads.h - work shared among threads ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A launch is split into more parts than it has threads. Each thread has its
// own range of parts, the same in each run, so that its caches hold what it
// wrote there. A thread that finishes its range takes parts of other ranges, so
// a late or missing thread leaves no part undone. The split depends on the
// requested number of threads, never on how many take part: results are
// bit-identical.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_THREADS_H
#define GRAFT_RUNTIME_CPU_THREADS_H

#include "runtime/core/ThreadRunner.h"
#include "support/Processors.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <type_traits>

namespace graft::runtime::cpu {

/// While the object exists, the calling thread is in a run: runOnThreads() uses
/// `runner`, if it is not null, or the worker pool.
class ThreadRunnerScope {
public:
  explicit ThreadRunnerScope(const ThreadRunner &runner);
  ~ThreadRunnerScope();
  ThreadRunnerScope(const ThreadRunnerScope &) = delete;
  ThreadRunnerScope &operator=(const ThreadRunnerScope &) = delete;

private:
  ThreadRunner previous;
};

/// Calls `fn(context, index)` on several threads concurrently: index 0 on the
/// calling thread, and other indices of [1, threads), each at most once.
void runOnThreads(int threads, void (*fn)(void *context, int index),
                  void *context);

/// The parts of one launch: [0, count), each taken once.
class Parts {
public:
  /// `threads` is in [1, kMaxThreads].
  Parts(int threads, int64_t count);
  Parts(const Parts &) = delete;
  Parts &operator=(const Parts &) = delete;

  /// The next part for thread `index`, or -1. `range` belongs to that thread
  /// and starts as `index`.
  int64_t take(int index, int &range);

private:
  /// On separate cache lines, because threads write them all the time.
  struct alignas(64) Range {
    std::atomic<int64_t> next;
    int64_t end;
  };
  int threads;
  /// The first `threads` are used; the memory of the others is never touched.
  union {
    Range ranges[kMaxThreads];
  };
};

/// One thread's access to the parts.
class PartTaker {
public:
  PartTaker(Parts &parts, int index)
      : parts(parts), index(index), range(index) {}
  /// In [0, threads), unique among the threads of a call.
  int thread() const { return index; }
  /// The next part; false if there is none.
  bool take(int64_t &part) {
    part = parts.take(index, range);
    return part >= 0;
  }

private:
  Parts &parts;
  int index, range;
};

/// Calls `fn(PartTaker &)` on up to `threads` threads at the same time, which
/// together take all of the parts [0, count).
template <typename Fn>
void parallel(int threads, int64_t count, Fn &&fn) {
  threads = int(std::min<int64_t>(std::min(threads, kMaxThreads), count));
  threads = std::max(threads, 1);
  Parts parts(threads, count);
  struct Shared {
    Parts &parts;
    std::remove_reference_t<Fn> &fn;
  } shared{parts, fn};
  runOnThreads(
      threads,
      [](void *context, int index) {
        auto &[parts, fn] = *static_cast<Shared *>(context);
        PartTaker taker(parts, index);
        fn(taker);
      },
      &shared);
}

/// Parts for each thread if work can be split freely: the others wait for at
/// most this share of a late thread's work.
constexpr int kPartsPerThread = 8;

/// Calls `fn(begin, end)` for pieces that together are [0, total). Pieces are
/// multiples of `grain`, but for the last.
template <typename Fn>
void parallelFor(int threads, int64_t total, int64_t grain, Fn &&fn) {
  if (total <= 0)
    return;
  if (threads <= 1)
    return fn(int64_t(0), total);
  const int64_t units = (total + grain - 1) / grain;
  const int64_t count = std::min<int64_t>(units, threads * kPartsPerThread);
  parallel(threads, count, [&](PartTaker &taker) {
    for (int64_t part; taker.take(part);)
      fn(units * part / count * grain,
         std::min(units * (part + 1) / count * grain, total));
  });
}

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_THREADS_H
