//===- IntraOpWorkers.h - TensorFlow's threads, borrowed for one run ------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Launches are too short to queue a closure each time. So a run asks
// TensorFlow's intra-op pool for workers once, and they serve its launches
// until it ends or has nothing for them for a moment.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TENSORFLOW_INTRAOPWORKERS_H
#define GRAFT_TENSORFLOW_INTRAOPWORKERS_H

#include "runtime/cpu/WorkerPool.h"

#include "tensorflow/core/platform/threadpool.h"

#include <memory>

namespace graft {

class IntraOpWorkers final
    : public runtime::cpu::WorkerPool,
      public std::enable_shared_from_this<IntraOpWorkers> {
public:
  /// While it lives, the calling thread's launches and oneDNN's regions go to
  /// workers of `pool`, `threads` with the caller. At its end they go home.
  class Scope {
  public:
    Scope(tensorflow::thread::ThreadPool *pool, int threads);
    ~Scope();
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

    /// Asks for all workers now, and does not wait for them.
    void invite();

  private:
    std::shared_ptr<IntraOpWorkers> workers;
    int threads;
    WorkerPool::Scope scope;
  };

private:
  IntraOpWorkers(tensorflow::thread::ThreadPool *pool, int threads);
  bool summon(int worker) override;

  tensorflow::thread::ThreadPool *pool;
};

} // namespace graft

#endif // GRAFT_TENSORFLOW_INTRAOPWORKERS_H
