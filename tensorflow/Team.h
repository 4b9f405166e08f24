//===- Team.h - TensorFlow's threads, lent to one run ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An engine forks and joins once a launch, some fifty times in ten
// milliseconds: too often to queue a closure each time. So a run asks
// TensorFlow's intra-op pool for workers once; each waits for launches,
// spinning, until the run ends or has nothing for it. Whoever has not come when
// a launch begins is left out, so a busy pool makes a run slower and never
// stops it.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TENSORFLOW_TEAM_H
#define GRAFT_TENSORFLOW_TEAM_H

#include "runtime/include/graft_runtime.h"

#include "tensorflow/core/platform/threadpool.h"

#include <atomic>
#include <memory>
#include <vector>

namespace graft {

class Team : public std::enable_shared_from_this<Team> {
public:
  using Task = void (*)(void *context, int index, int count);

  Team(tensorflow::thread::ThreadPool *pool, int threads);

  /// While it lives, the calling thread leads `team`: oneDNN's parallel regions
  /// on it go to the team. At its end the workers go home.
  class Lead {
  public:
    explicit Lead(std::shared_ptr<Team> team);
    ~Lead();
    Lead(const Lead &) = delete;
    Lead &operator=(const Lead &) = delete;

  private:
    std::shared_ptr<Team> team;
    Team *previous;
  };
  /// The team that the calling thread leads, or null.
  static Team *current();

  /// Asks for all workers, and does not wait for them.
  void call();
  /// As graft_threads::run: `wanted` at most, fewer where workers are missing
  /// or other runs want the cores as well.
  void run(int wanted, Task task, void *context);

  /// For oneDNN, which has planned its work for a number of threads: either all
  /// `count` of them begin on `task`, and the caller does index 0's work itself
  /// and then calls end(); or none does, and the result is false.
  bool beginExactly(int count, Task task, void *context);
  void end();

private:
  enum State : int {
    Absent, ///< on no thread
    Asked,  ///< in the pool's queue
    Ready,  ///< waiting for a launch
    Held,   ///< kept by the leader, who is about to give it work
    Busy,   ///< working
    Leave   ///< told to go
  };
  struct alignas(64) Worker {
    std::atomic<int> state{Absent};
    int index = 0;
  };

  void ask(size_t worker);
  void serve(Worker &worker);
  int share() const;
  int assemble(int wanted, int64_t patience);
  void release(size_t from);

  tensorflow::thread::ThreadPool *pool;
  std::vector<Worker> workers;
  std::vector<Worker *> held; ///< the leader's, for the launch at hand
  std::atomic<bool> over{false};
  bool patient = true; ///< no worker has let the leader wait in vain
  Task task = nullptr;
  void *context = nullptr;
  int count = 1;
};

} // namespace graft

#endif // GRAFT_TENSORFLOW_TEAM_H
