//===- WorkerPool.h - threads that take part in launches ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A run forks and joins once for each launch, about fifty times in two
// milliseconds. A launch calls workers and begins at once. Each worker that
// arrives takes parts of the work until none are left (Threads.h). A worker
// that has not arrived by then is cancelled: the launch never waits for a
// thread that the OS does not run. Between calls a worker spins for a moment
// and then sleeps.
//
// The process has one pool of its own, which grows on demand and starts anew in
// a forked child. A pool of borrowed threads has the same workers, on threads
// that the caller lends for the duration of a run.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_WORKERPOOL_H
#define GRAFT_RUNTIME_CPU_WORKERPOOL_H

#include "support/Processors.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace graft::runtime::cpu {

class WorkerPool {
  struct Worker;

public:
  /// `index` is in [0, threads) and unique among the threads of one call; the
  /// caller has 0.
  using Task = void (*)(void *context, int index);

  /// One task and the workers that were called to it. It is on the caller's
  /// stack from begin() to end().
  class Call {
  public:
    Call(Task task, void *context) : task(task), context(context) {}
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;

  private:
    friend class WorkerPool;
    struct Called {
      Worker *worker;
      uint32_t sequence; ///< of its state word
      uint32_t before;   ///< its state when it was called
    };
    Task task;
    void *context;
    WorkerPool *pool = nullptr; ///< whose workers it holds
    unsigned floatState = 0;    ///< of the caller: its rounding and denormals
    int count = 0;
    Called called[kMaxThreads - 1]; ///< the first `count`
  };

  virtual ~WorkerPool();
  WorkerPool(const WorkerPool &) = delete;
  WorkerPool &operator=(const WorkerPool &) = delete;

  /// The process's own.
  static WorkerPool &own();
  /// The pool that the calling thread's runs use: one of borrowed threads, or
  /// the process's own.
  static WorkerPool &current();

  /// Calls up to `threads` - 1 workers, fewer if several runs share the
  /// processors, and does not wait for them. The caller takes part itself and
  /// then calls end().
  void begin(Call &call, int threads);
  /// Calls exactly `threads` - 1 workers, all of which will take part; waits
  /// until other callers release them. Calls none and returns false if there
  /// are too few; a pool of borrowed threads does not wait for them.
  bool beginExactly(Call &call, int threads);
  /// Cancels the call of workers that have not arrived, and waits for the
  /// others.
  static void end(Call &call);

  /// Summons `threads` - 1 workers if needed; false if there are too few.
  bool reserve(int threads);
  /// Wakes the workers that begin(call, threads) would call, so that they are
  /// ready for the first launch.
  void invite(int threads);

  /// Counts the current runs.
  class Run {
  public:
    Run();
    ~Run();
    Run(const Run &) = delete;
    Run &operator=(const Run &) = delete;
  };

  /// While the object exists, `pool` is the calling thread's current pool.
  class Scope {
  public:
    explicit Scope(WorkerPool &pool);
    ~Scope();
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

  private:
    WorkerPool *previous;
  };

protected:
  /// `keepsThreads`: a summoned thread will arrive, and sleeps when it has no
  /// work. Otherwise it may arrive late or never, and exits.
  WorkerPool(int mostWorkers, bool keepsThreads);

  /// Starts serve(worker) on another thread. False if there is none.
  virtual bool summon(int worker) = 0;
  void serve(int worker);
  /// Releases borrowed threads and takes no more.
  void close();

private:
  bool holdExactly(Call &call, int threads);
  bool hold(int worker, bool mayBeMissing, Call &call);
  bool summonIfAbsent(int worker);
  int mayGrowTo() const;
  void start(Call &call);
  bool waitForCall(Worker &worker);
  static bool isOnCallersProcessor(const Worker &worker);
  bool leaveCallersProcessor(Worker &worker);

  const int capacity;
  const bool keepsThreads;
  std::unique_ptr<Worker[]> workers;
  std::atomic<int> used{0}; ///< workers that were summoned at least once
  std::atomic<bool> closed{false};
  /// Launches request no more threads, because there were none.
  std::atomic<bool> refused{false};
  /// Held by the caller that holds workers for beginExactly().
  std::mutex exactly;
  /// Callers that wait for workers sleep on `returns`.
  std::atomic<int> waiting{0};
  std::atomic<uint32_t> returns{0};
};

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_WORKERPOOL_H
