//===- Regions.cpp - oneDNN's parallel regions on the worker pool ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// oneDNN opens its regions through a few functions of libgomp. libgomp would
// keep a pool of spinning threads for each thread of the program, wait for all
// of them on a busy machine, and hang in a forked child. So oneDNN's calls of
// these functions are replaced: a region that a thread opens inside of a
// ThreadCountScope uses the worker pool, and all others go to libgomp as
// before. Other users of libgomp in the process are not affected.
//
// oneDNN plans its work for a number of members, and members of some regions
// wait for each other. So a region begins with as many workers as it may need;
// if members do not wait, the first free worker takes the next member.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/onednn/Regions.h"
#include "runtime/cpu/Waiting.h"
#include "runtime/cpu/WorkerPool.h"
#include "runtime/cpu/onednn/Slots.h"

#include <oneapi/dnnl/dnnl.h>

#include <climits>
#include <dlfcn.h>
#include <iterator>

using namespace graft::runtime;
using namespace graft::runtime::onednn;

/// How long a member spins for the others.
static constexpr int64_t kBarrierSpin = 100'000;
/// How long a region waits for borrowed threads.
static constexpr int64_t kPatience = 100'000;

namespace {

void enter(void *context, int index);

struct Region {
  void (*fn)(void *data) = nullptr;
  void *data = nullptr;
  int count = 1;   ///< of members
  int threads = 1; ///< of the scope
  std::atomic<int> next{0};
  std::atomic<int> waiting{0};
  std::atomic<uint32_t> turn{0}; ///< of the barrier; members sleep on it
  std::atomic<bool> sleeps{false};
  cpu::WorkerPool::Call call{enter, this};
};

/// The role of a thread in a region.
struct Member {
  Region *region = nullptr;
  int index = 0;
  int nested = 0; ///< regions of one member inside
};

thread_local Member member;
/// The region that this thread has opened.
thread_local Region opened;
/// Of the innermost ThreadCountScope, or 0.
thread_local int scopeThreads = 0;

/// The original functions.
struct {
  void (*parallelStart)(void (*fn)(void *), void *data, unsigned threads);
  void (*parallelEnd)();
  void (*barrier)();
  int (*threadNum)();
  int (*numThreads)();
  int (*inParallel)();
  int (*maxThreads)();
  void (*setNumThreads)(int threads); ///< not replaced
} next;

/// Takes members until there are none left.
void enter(void *context, int) {
  Region &region = *static_cast<Region *>(context);
  const Member before = member;
  const int threadsBefore = scopeThreads;
  scopeThreads = region.threads;
  for (int index; (index = region.next.fetch_add(1)) < region.count;) {
    member = {&region, index, 0};
    region.fn(region.data);
  }
  member = before;
  scopeThreads = threadsBefore;
}

/// Calls the workers. False if there are no threads for them.
bool callWorkers(Region &region) {
  if (region.count == 1)
    return true;
  cpu::WorkerPool &pool = cpu::WorkerPool::current();
  cpu::WorkerPool &own = cpu::WorkerPool::own();
  auto begin = [&] { return pool.beginExactly(region.call, region.count); };
  if (begin())
    return true;
  if (&pool == &own)
    return false;
  pool.invite(region.count);
  return cpu::spinUntil(kPatience, begin) ||
         own.beginExactly(region.call, region.count);
}

void parallelStart(void (*fn)(void *), void *data, unsigned threads) {
  if (member.region) {
    ++member.nested;
    return;
  }
  if (scopeThreads > 0) {
    opened.fn = fn;
    opened.data = data;
    opened.count = threads ? int(threads) : scopeThreads;
    opened.threads = scopeThreads;
    opened.next.store(1);
    if (callWorkers(opened)) {
      member = {&opened, 0, 0};
      return;
    }
  }
  next.parallelStart(fn, data, threads);
}

void parallelEnd() {
  if (!member.region)
    return next.parallelEnd();
  if (member.nested > 0) {
    --member.nested;
    return;
  }
  Region &region = *member.region;
  enter(&region, 0);
  cpu::WorkerPool::end(region.call);
  member = {};
}

void barrier() {
  Region *region = member.region;
  if (!region)
    return next.barrier();
  if (member.nested > 0)
    return;
  uint32_t turn = region->turn.load();
  if (region->waiting.fetch_add(1) + 1 == region->count) {
    region->waiting.store(0);
    region->turn.fetch_add(1);
    if (region->sleeps.exchange(false))
      cpu::wake(region->turn, INT_MAX);
    return;
  }
  auto hasCome = [&] { return region->turn.load() != turn; };
  while (!cpu::spinUntil(kBarrierSpin, hasCome)) {
    region->sleeps.store(true);
    cpu::sleepWhile(region->turn, turn);
  }
}

int threadNum() {
  if (!member.region)
    return next.threadNum();
  return member.nested > 0 ? 0 : member.index;
}

int numThreads() {
  if (!member.region)
    return next.numThreads();
  return member.nested > 0 ? 1 : member.region->count;
}

int inParallel() {
  return member.region ? member.region->count > 1 : next.inParallel();
}

int maxThreads() { return scopeThreads > 0 ? scopeThreads : next.maxThreads(); }

template <typename Function>
Replacement replace(const char *name, Function *function, Function *&next) {
  return {name, reinterpret_cast<void *>(function),
          reinterpret_cast<void **>(&next)};
}

bool takeRegions() {
  // It is loaded, because oneDNN needs it.
  void *library = dlopen("libgomp.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (!library)
    return false;
  const Replacement replacements[] = {
      replace("GOMP_parallel_start", parallelStart, next.parallelStart),
      replace("GOMP_parallel_end", parallelEnd, next.parallelEnd),
      replace("GOMP_barrier", barrier, next.barrier),
      replace("omp_get_thread_num", threadNum, next.threadNum),
      replace("omp_get_num_threads", numThreads, next.numThreads),
      replace("omp_in_parallel", inParallel, next.inParallel),
      replace("omp_get_max_threads", maxThreads, next.maxThreads),
  };
  for (const Replacement &each : replacements) {
    *each.next = dlsym(library, each.name);
    if (!*each.next)
      return false;
  }
  next.setNumThreads =
      reinterpret_cast<void (*)(int)>(dlsym(library, "omp_set_num_threads"));
  return replaceCalls(reinterpret_cast<const void *>(&dnnl_primitive_execute),
                      replacements, std::size(replacements));
}

} // namespace

bool onednn::ownsRegions() {
  static const bool owns = takeRegions();
  return owns;
}

onednn::ThreadCountScope::ThreadCountScope(int threads)
    : previous(scopeThreads) {
  if (ownsRegions()) {
    scopeThreads = threads;
  } else if (next.setNumThreads) {
    previous = next.maxThreads();
    next.setNumThreads(threads);
  }
}

onednn::ThreadCountScope::~ThreadCountScope() {
  if (ownsRegions())
    scopeThreads = previous;
  else if (next.setNumThreads)
    next.setNumThreads(previous);
}
