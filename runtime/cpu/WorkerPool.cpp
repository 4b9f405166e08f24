//===- WorkerPool.cpp - threads that take part in launches ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/WorkerPool.h"
#include "runtime/cpu/Waiting.h"

#include <algorithm>
#include <climits>
#include <csignal>
#include <dlfcn.h>
#include <immintrin.h>
#include <pthread.h>
#include <sched.h>

using namespace graft;
using namespace graft::runtime::cpu;

/// How long a worker spins for the next call: longer than most launches that
/// run on one thread, and than the pause between two runs of a busy server.
static constexpr int64_t kIdleSpin = 300'000;
/// How long a caller spins for a worker's last part.
static constexpr int64_t kJoinSpin = 100'000;

namespace {

/// The low bits of a worker's state word. The high bits count the calls, so
/// that a late caller does not take another call for its own.
enum State : uint32_t {
  Absent,   ///< on no thread
  Starting, ///< a thread is being requested
  Summoned, ///< a thread was requested
  Idle,     ///< spins for a call
  Asleep,   ///< sleeps on its state word
  Held,     ///< a caller is about to call or release it
  Called,   ///< was called, but does not work yet
  Busy,     ///< works
  Awaited,  ///< works, and the caller sleeps on its state word
  Leave     ///< told to exit
};
constexpr uint32_t kStates = 16;

State stateOf(uint32_t word) { return State(word % kStates); }
uint32_t sequenceOf(uint32_t word) { return word - word % kStates; }

/// Rounding mode, denormal mode and masks; not the exception flags.
constexpr unsigned kFloatModes = 0xffc0;

/// The current runs of all threads.
std::atomic<int> activeRuns{0};
thread_local int runsOfThread = 0;
/// The processors that the thread of the latest run may use.
std::atomic<int> processors{0};
thread_local WorkerPool *scoped = nullptr;

int processorsNow() {
  int known = processors.load(std::memory_order_relaxed);
  if (known == 0)
    processors.store(known = affineProcessors(), std::memory_order_relaxed);
  return known;
}

/// Threads for one of the current runs: runs with separate processors are
/// faster than runs that share all processors.
int shareOf(int threads, int newRuns = 0) {
  int runs = newRuns + activeRuns.load(std::memory_order_relaxed);
  return std::clamp(processorsNow() / std::max(1, runs), 1, threads);
}

} // namespace

struct alignas(64) WorkerPool::Worker {
  std::atomic<uint32_t> word{Absent};
  std::atomic<int> callersProcessor{-1}; ///< at the latest call
  int64_t nextMove = 0;                  ///< not before this time
  int index = 0;                         ///< in the call
  Call *call = nullptr;                  ///< while it is Called or Busy

  bool change(uint32_t from, uint32_t to) {
    return word.compare_exchange_strong(from, to);
  }
};

WorkerPool::WorkerPool(int mostWorkers, bool keepsThreads)
    : capacity(mostWorkers), keepsThreads(keepsThreads),
      workers(new Worker[size_t(mostWorkers)]) {}

WorkerPool::~WorkerPool() = default;

WorkerPool::Run::Run() {
  processors.store(affineProcessors(), std::memory_order_relaxed);
  activeRuns.fetch_add(1, std::memory_order_relaxed);
  ++runsOfThread;
}

WorkerPool::Run::~Run() {
  --runsOfThread;
  activeRuns.fetch_sub(1, std::memory_order_relaxed);
}

WorkerPool::Scope::Scope(WorkerPool &pool) : previous(scoped) {
  scoped = &pool;
}

WorkerPool::Scope::~Scope() { scoped = previous; }

WorkerPool &WorkerPool::current() { return scoped ? *scoped : own(); }

//===----------------------------------------------------------------------===//
// Workers
//===----------------------------------------------------------------------===//

void WorkerPool::serve(int number) {
  Worker &worker = workers[size_t(number)];
  while (waitForCall(worker)) {
    Call &call = *worker.call;
    unsigned modes = _mm_getcsr();
    if ((modes ^ call.floatState) & kFloatModes)
      _mm_setcsr(call.floatState);
    call.task(call.context, worker.index);
    _mm_setcsr(modes);
    uint32_t idle = sequenceOf(worker.word.load(std::memory_order_relaxed));
    // The caller may have returned from here on.
    if (stateOf(worker.word.exchange(idle | Idle)) == Awaited)
      wake(worker.word, 1);
  }
}

bool WorkerPool::isOnCallersProcessor(const Worker &worker) {
  return worker.callersProcessor.load(std::memory_order_relaxed) ==
         sched_getcpu();
}

/// If all processors are busy, the OS wakes a worker on the processor of its
/// caller, where the worker only delays it. The OS does not move it back at
/// once. False if the worker is still on that processor.
bool WorkerPool::leaveCallersProcessor(Worker &worker) {
  if (!isOnCallersProcessor(worker))
    return true;
  constexpr int64_t kPause = 1'000'000;
  const int64_t time = now();
  if (!keepsThreads || time < worker.nextMove)
    return false;
  worker.nextMove = time + kPause;
  cpu_set_t mine, others;
  if (sched_getaffinity(0, sizeof(mine), &mine) != 0)
    return false;
  others = mine;
  CPU_CLR(worker.callersProcessor.load(std::memory_order_relaxed), &others);
  // Allows both processors again: the OS may move the worker back later.
  return sched_setaffinity(0, sizeof(others), &others) == 0 &&
         sched_setaffinity(0, sizeof(mine), &mine) == 0;
}

/// Returns true when the worker is Busy with a call, and false when it is
/// Absent.
bool WorkerPool::waitForCall(Worker &worker) {
  Spin spin(kIdleSpin);
  for (;;) {
    uint32_t word = worker.word.load(std::memory_order_acquire);
    uint32_t sequence = sequenceOf(word);
    switch (stateOf(word)) {
    case Called:
      if (worker.change(word, sequence | Busy))
        return true;
      break;
    case Starting:
    case Summoned:
      worker.change(word, sequence | Idle);
      break;
    case Asleep:
      sleepWhile(worker.word, word);
      leaveCallersProcessor(worker);
      spin = Spin(kIdleSpin);
      break;
    case Leave:
      if (worker.change(word, sequence | Absent))
        return false;
      break;
    case Held:
      // Spins for a moment, unless the caller is preempted.
      if (!spin.pause())
        sched_yield();
      break;
    default:
      if (spin.pause() && !closed.load(std::memory_order_acquire)) {
        if (!isOnCallersProcessor(worker) || leaveCallersProcessor(worker))
          break;
        if (!keepsThreads) {
          sched_yield();
          break;
        }
      }
      if (worker.change(word, sequence | (keepsThreads ? Asleep : Absent)) &&
          !keepsThreads)
        return false;
    }
  }
}

void WorkerPool::close() { closed.store(true, std::memory_order_release); }

//===----------------------------------------------------------------------===//
// Callers
//===----------------------------------------------------------------------===//

bool WorkerPool::hold(int number, bool mayBeMissing, Call &call) {
  Worker &worker = workers[size_t(number)];
  for (;;) {
    uint32_t word = worker.word.load(std::memory_order_relaxed);
    State state = stateOf(word);
    if (state != Idle && state != Asleep &&
        !(state == Summoned && mayBeMissing))
      return false;
    uint32_t sequence = sequenceOf(word) + kStates;
    // A worker that is just falling asleep or arriving can still be held.
    if (!worker.change(word, sequence | Held))
      continue;
    call.called[call.count++] = {&worker, sequence, state};
    return true;
  }
}

void WorkerPool::start(Call &call) {
  if (call.count == 0)
    return;
  call.pool = this;
  call.floatState = _mm_getcsr();
  const int processor = sched_getcpu();
  for (int i = 0; i < call.count; ++i) {
    const Call::Called &called = call.called[i];
    called.worker->call = &call;
    called.worker->index = i + 1;
    called.worker->callersProcessor.store(processor, std::memory_order_relaxed);
    called.worker->word.store(called.sequence | Called,
                              std::memory_order_release);
    if (called.before == Asleep)
      wake(called.worker->word, 1);
  }
}

/// False if there is no thread for the worker.
bool WorkerPool::summonIfAbsent(int number) {
  Worker &worker = workers[size_t(number)];
  uint32_t word = worker.word.load(std::memory_order_relaxed);
  if (stateOf(word) != Absent)
    return true;
  if (!worker.change(word, sequenceOf(word) | Starting))
    return true;
  if (!summon(number)) {
    worker.word.store(word);
    return false;
  }
  refused.store(false, std::memory_order_relaxed);
  // The worker may have arrived already.
  worker.change(sequenceOf(word) | Starting, sequenceOf(word) | Summoned);
  int known = used.load(std::memory_order_relaxed);
  while (known <= number && !used.compare_exchange_weak(known, number + 1))
    continue;
  return true;
}

/// Workers that launches summon: more than there are processors are useless.
int WorkerPool::mayGrowTo() const {
  if (refused.load(std::memory_order_relaxed))
    return 0;
  return std::min(capacity, processorsNow() - 1);
}

void WorkerPool::begin(Call &call, int threads) {
  const int most = std::min(shareOf(threads) - 1, capacity);
  const int grown = mayGrowTo();
  for (int i = 0; call.count < most &&
                  i < std::max(grown, used.load(std::memory_order_relaxed));
       ++i) {
    if (i < grown && !summonIfAbsent(i)) {
      refused.store(true, std::memory_order_relaxed);
      break;
    }
    hold(i, /*mayBeMissing=*/true, call);
  }
  start(call);
  if (keepsThreads)
    return;
  // The lender has other work for threads that this run cannot use.
  for (int i = most; i < used.load(std::memory_order_relaxed); ++i) {
    uint32_t word = workers[size_t(i)].word.load(std::memory_order_relaxed);
    if (stateOf(word) == Idle)
      workers[size_t(i)].change(word, sequenceOf(word) | Leave);
  }
}

/// Holds the workers for beginExactly(), all of them or none.
bool WorkerPool::holdExactly(Call &call, int threads) {
  // Two callers that each held half of the workers would block each other.
  std::lock_guard<std::mutex> lock(exactly);
  // Many concurrent callers take turns instead of having threads each.
  const int grown = std::min(capacity, std::max(threads - 1, processorsNow()));
  for (int i = 0; call.count < threads - 1 &&
                  i < std::max(keepsThreads ? grown : 0,
                               used.load(std::memory_order_relaxed));
       ++i) {
    if (keepsThreads && i < grown && !summonIfAbsent(i))
      break;
    // A borrowed thread counts only if it is present.
    hold(i, /*mayBeMissing=*/keepsThreads, call);
  }
  if (call.count == threads - 1)
    return true;
  for (; call.count > 0; --call.count) {
    const Call::Called &held = call.called[call.count - 1];
    held.worker->word.store(held.sequence | held.before);
  }
  return false;
}

bool WorkerPool::beginExactly(Call &call, int threads) {
  bool holds = holdExactly(call, threads);
  if (!holds && keepsThreads) {
    waiting.fetch_add(1);
    for (;;) {
      const uint32_t seen = returns.load();
      holds = holdExactly(call, threads);
      if (holds || !reserve(threads))
        break;
      sleepWhile(returns, seen);
    }
    waiting.fetch_sub(1);
  }
  if (holds)
    start(call);
  return holds;
}

void WorkerPool::end(Call &call) {
  for (int i = 0; i < call.count; ++i) {
    const auto [worker, sequence, before] = call.called[i];
    if (worker->change(sequence | Called,
                       sequence | (before == Summoned ? Summoned : Idle)))
      continue;
    const uint32_t busy = sequence | Busy, awaited = sequence | Awaited;
    std::atomic<uint32_t> &word = worker->word;
    if (!spinUntil(kJoinSpin, [&] { return word.load() != busy; }) &&
        worker->change(busy, awaited))
      while (word.load() == awaited)
        sleepWhile(word, awaited);
  }
  if (call.count > 0 && call.pool->waiting.load() > 0) {
    call.pool->returns.fetch_add(1);
    wake(call.pool->returns, INT_MAX);
  }
  call.count = 0;
}

bool WorkerPool::reserve(int threads) {
  int there = 0;
  for (int i = 0; i < capacity && there < threads - 1; ++i, ++there)
    if (!summonIfAbsent(i))
      return false;
  return there == threads - 1;
}

void WorkerPool::invite(int threads) {
  const int most = std::min(shareOf(threads, 1) - 1, mayGrowTo());
  for (int i = 0; i < most; ++i)
    if (!summonIfAbsent(i))
      return;
}

//===----------------------------------------------------------------------===//
// The process's own
//===----------------------------------------------------------------------===//

namespace {

/// Threads run this library's code until the process ends, so it must stay
/// loaded.
void keepLibrary() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void *>(&keepLibrary), &info) && info.dli_fname)
    (void)dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

class OwnPool final : public WorkerPool {
public:
  /// Concurrent callers have separate workers if all must take part.
  OwnPool() : WorkerPool(4 * (kMaxThreads - 1), /*keepsThreads=*/true) {}

private:
  struct Start {
    OwnPool *pool;
    int worker;
  };

  static void *enter(void *argument) {
    auto [pool, worker] = *static_cast<Start *>(argument);
    delete static_cast<Start *>(argument);
    (void)pthread_setname_np(pthread_self(), "graft-worker");
    pool->serve(worker);
    return nullptr;
  }

  bool summon(int worker) override {
    auto *start = new Start{this, worker};
    // The program's own threads handle signals.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    bool made = pthread_create(&thread, nullptr, enter, start) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (made)
      pthread_detach(thread);
    else
      delete start;
    return made;
  }
};

/// Lives as long as the process: workers may still spin while it ends.
std::atomic<WorkerPool *> ownPool{nullptr};

/// A forked child has only one of the parent's threads. It never uses the pool
/// of the parent.
void startAnew() {
  ownPool.store(nullptr);
  activeRuns.store(runsOfThread);
}

} // namespace

WorkerPool &WorkerPool::own() {
  WorkerPool *pool = ownPool.load(std::memory_order_acquire);
  if (pool)
    return *pool;
  [[maybe_unused]] static const bool prepared = [] {
    keepLibrary();
    return pthread_atfork(nullptr, nullptr, startAnew) == 0;
  }();
  auto *created = new OwnPool;
  if (ownPool.compare_exchange_strong(pool, created))
    return *created;
  delete created;
  return *pool;
}
