//===- Threads.h - work shared among threads ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A launch is cut into more parts than it has threads. Each thread has a range
// of parts of its own, the same in each run, so that it finds in its caches
// what it wrote there; when it is through, it takes parts of the others'
// ranges. So a thread that came late or not at all leaves nothing undone. The
// cut depends on the number of threads that was asked for, never on how many
// came: results keep every bit.
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

/// While it lives, the calling thread is in a run: runOnThreads() takes
/// `runner`, if it has one, or the worker pool.
class ThreadRunnerScope {
public:
  explicit ThreadRunnerScope(const ThreadRunner &runner);
  ~ThreadRunnerScope();
  ThreadRunnerScope(const ThreadRunnerScope &) = delete;
  ThreadRunnerScope &operator=(const ThreadRunnerScope &) = delete;

private:
  ThreadRunner previous;
};

/// Calls `fn(context, index)` on some threads at the same time: index 0 on the
/// calling one, and others of [1, threads), each once at most.
void runOnThreads(int threads, void (*fn)(void *context, int index),
                  void *context);

/// The parts of one launch: [0, count), each taken once.
class Parts {
public:
  /// `threads` is of [1, kMaxThreads].
  Parts(int threads, int64_t count);
  Parts(const Parts &) = delete;
  Parts &operator=(const Parts &) = delete;

  /// The next part for thread `index`, or -1. `range` is that thread's own and
  /// begins as `index`.
  int64_t take(int index, int &range);

private:
  /// On lines of their own: threads write them all the time.
  struct alignas(64) Range {
    std::atomic<int64_t> next;
    int64_t end;
  };
  int threads;
  /// The first `threads` of them; the others' memory is never touched.
  union {
    Range ranges[kMaxThreads];
  };
};

/// One thread's access to the parts.
class PartTaker {
public:
  PartTaker(Parts &parts, int index)
      : parts(parts), index(index), range(index) {}
  /// Of [0, threads): no two threads have the same at the same time.
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

/// Parts for each thread, where the work can be cut as one likes: a late thread
/// leaves at most so much of its share to wait for.
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
