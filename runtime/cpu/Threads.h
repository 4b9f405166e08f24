//===- Threads.h - work shared among threads ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// oneDNN runs on GNU OpenMP, so Graft's kernels do too: one pool of threads per
// user thread, which spins for a moment between launches instead of sleeping.
// The entry point is called directly, since the compiler's own OpenMP support
// would bring a second runtime and a second pool.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_THREADS_H
#define GRAFT_RUNTIME_CPU_THREADS_H

#include <cstdint>
#include <type_traits>

namespace graft::runtime::cpu {

/// Threads that a caller lends; graft_threads says what run() must do.
struct ThreadRunner {
  void *user = nullptr;
  void (*run)(void *user, int wanted,
              void (*fn)(void *context, int index, int count),
              void *context) = nullptr;
};

/// While it lives, runOnThreads() of this thread takes `runner`, if it has one.
class ThreadRunnerScope {
public:
  explicit ThreadRunnerScope(const ThreadRunner &runner);
  ~ThreadRunnerScope();
  ThreadRunnerScope(const ThreadRunnerScope &) = delete;
  ThreadRunnerScope &operator=(const ThreadRunnerScope &) = delete;

private:
  ThreadRunner previous;
};

/// Calls `fn(context, index, count)` once for each index of [0, count), with
/// count <= threads, on as many threads at the same time.
void runOnThreads(int threads, void (*fn)(void *context, int index, int count),
                  void *context);

/// The same for a callable `fn(index, count)`.
template <typename Fn>
void parallel(int threads, Fn &&fn) {
  runOnThreads(
      threads,
      [](void *context, int index, int count) {
        (*static_cast<std::remove_reference_t<Fn> *>(context))(index, count);
      },
      &fn);
}

/// Splits [0, total) evenly: calls `fn(begin, end)` on each thread that gets a
/// part. Parts are multiples of `grain`, but for the last.
template <typename Fn>
void parallelFor(int threads, int64_t total, int64_t grain, Fn &&fn) {
  int64_t units = (total + grain - 1) / grain;
  if (threads > units)
    threads = static_cast<int>(units);
  parallel(threads, [&](int index, int count) {
    int64_t begin = units * index / count * grain;
    int64_t end = units * (index + 1) / count * grain;
    if (end > total)
      end = total;
    if (begin < end)
      fn(begin, end);
  });
}

/// While it lives, OpenMP regions that this user thread opens (oneDNN's) have
/// `threads` threads.
class ThreadCountScope {
public:
  explicit ThreadCountScope(int threads);
  ~ThreadCountScope();
  ThreadCountScope(const ThreadCountScope &) = delete;
  ThreadCountScope &operator=(const ThreadCountScope &) = delete;

private:
  int previous;
};

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_THREADS_H
