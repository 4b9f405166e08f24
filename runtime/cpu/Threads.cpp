//===- Threads.cpp - work shared among threads ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The few entry points of libgomp that are needed, declared by hand: its header
// belongs to the other compiler.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Threads.h"

extern "C" {
void GOMP_parallel(void (*fn)(void *), void *data, unsigned threads,
                   unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_get_max_threads(void);
void omp_set_num_threads(int threads);
}

using namespace graft::runtime;

namespace {

struct Region {
  void (*fn)(void *context, int index, int count);
  void *context;
};

void enter(void *data) {
  const Region &region = *static_cast<Region *>(data);
  region.fn(region.context, omp_get_thread_num(), omp_get_num_threads());
}

thread_local cpu::ThreadRunner lent;

} // namespace

cpu::ThreadRunnerScope::ThreadRunnerScope(const ThreadRunner &runner)
    : previous(lent) {
  lent = runner;
}

cpu::ThreadRunnerScope::~ThreadRunnerScope() { lent = previous; }

void cpu::runOnThreads(int threads,
                       void (*fn)(void *context, int index, int count),
                       void *context) {
  if (threads <= 1) {
    fn(context, 0, 1);
    return;
  }
  if (lent.run) {
    lent.run(lent.user, threads, fn, context);
    return;
  }
  Region region{fn, context};
  GOMP_parallel(enter, &region, static_cast<unsigned>(threads), 0);
}

cpu::ThreadCountScope::ThreadCountScope(int threads)
    : previous(omp_get_max_threads()) {
  if (threads != previous)
    omp_set_num_threads(threads);
}

cpu::ThreadCountScope::~ThreadCountScope() {
  if (omp_get_max_threads() != previous)
    omp_set_num_threads(previous);
}
