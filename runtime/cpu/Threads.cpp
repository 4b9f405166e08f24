//===- Threads.cpp - work shared among threads ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Threads.h"
#include "runtime/cpu/WorkerPool.h"

#include <new>

using namespace graft::runtime;

static thread_local ThreadRunner borrowed;

cpu::ThreadRunnerScope::ThreadRunnerScope(const ThreadRunner &runner)
    : previous(borrowed) {
  borrowed = runner;
}

cpu::ThreadRunnerScope::~ThreadRunnerScope() { borrowed = previous; }

void cpu::runOnThreads(int threads, void (*fn)(void *context, int index),
                       void *context) {
  if (threads <= 1) {
    fn(context, 0);
    return;
  }
  if (borrowed.run) {
    struct Shared {
      void (*fn)(void *context, int index);
      void *context;
    } shared{fn, context};
    borrowed.run(
        borrowed.user, threads,
        [](void *argument, int index, int) {
          auto [fn, context] = *static_cast<Shared *>(argument);
          fn(context, index);
        },
        &shared);
    return;
  }
  WorkerPool::Call call(fn, context);
  WorkerPool::current().begin(call, threads);
  fn(context, 0);
  WorkerPool::end(call);
}

cpu::Parts::Parts(int threads, int64_t count) : threads(threads) {
  for (int i = 0; i < threads; ++i) {
    auto *range = new (&ranges[i]) Range;
    range->next.store(count * i / threads, std::memory_order_relaxed);
    range->end = count * (i + 1) / threads;
  }
}

int64_t cpu::Parts::take(int index, int &range) {
  // Visits each range once, from the thread's own on; finished ranges stay
  // finished.
  for (int last = index + threads; range < last; ++range) {
    Range &from = ranges[range % threads];
    if (from.next.load(std::memory_order_relaxed) >= from.end)
      continue;
    int64_t part = from.next.fetch_add(1, std::memory_order_relaxed);
    if (part < from.end)
      return part;
  }
  return -1;
}
