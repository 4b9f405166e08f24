//===- WorkerPool.h - threads that take part in launches ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A run forks and joins once a launch, some fifty times in two milliseconds. A
// launch calls workers and begins at once; whoever comes takes parts of the
// work until there are none left (Threads.h), and a worker that has not come by
// then is called off: the launch never waits for a thread that the OS does not
// run. Between calls a worker spins for a moment and then sleeps.
//
// The process has one pool of its own, which grows as it is needed and starts
// anew in a forked child. A pool of borrowed threads has the same workers, on
// threads that somebody else lends for as long as a run lasts.
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
  /// `index` is of [0, threads) and differs between the threads of one call;
  /// the caller's is 0.
  using Task = void (*)(void *context, int index);

  /// One task and the workers that were called to it. Lives on the caller's
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
  /// The pool that the calling thread's runs use: of borrowed threads, or the
  /// process's own.
  static WorkerPool &current();

  /// Calls up to `threads` - 1 workers, fewer where several runs share the
  /// processors, and does not wait for them. The caller takes part itself and
  /// then calls end().
  void begin(Call &call, int threads);
  /// Calls exactly `threads` - 1 workers, which will come for certain; waits
  /// until other callers give them back. False, with no worker called, where so
  /// many cannot be had; a pool of borrowed threads does not wait for them.
  bool beginExactly(Call &call, int threads);
  /// Calls off who has not come, and waits for who has.
  static void end(Call &call);

  /// Whether there are `threads` - 1 workers; sees to it.
  bool reserve(int threads);
  /// Asks for the workers that begin(call, threads) would call, so that they
  /// are awake when the first launch is.
  void invite(int threads);

  /// Counts the runs that want processors now.
  class Run {
  public:
    Run();
    ~Run();
    Run(const Run &) = delete;
    Run &operator=(const Run &) = delete;
  };

  /// While it lives, `pool` is the calling thread's current one.
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
  /// `keepsThreads`: a thread that is summoned will come, and sleeps where it
  /// has nothing to do; else it may come late or never, and goes home.
  WorkerPool(int mostWorkers, bool keepsThreads);

  /// Has serve(worker) called on another thread. False where none can be had.
  virtual bool summon(int worker) = 0;
  void serve(int worker);
  /// Sends borrowed threads home and takes no more.
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
  /// Launches ask for no more threads, as none could be had.
  std::atomic<bool> refused{false};
  std::mutex exactly; ///< held by who holds workers for beginExactly()
  /// Callers that wait for workers sleep on `returns`.
  std::atomic<int> waiting{0};
  std::atomic<uint32_t> returns{0};
};

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_WORKERPOOL_H
