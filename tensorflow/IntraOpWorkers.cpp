//===- IntraOpWorkers.cpp - TensorFlow's threads, borrowed for one run ----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tensorflow/IntraOpWorkers.h"

using namespace graft;

IntraOpWorkers::IntraOpWorkers(tensorflow::thread::ThreadPool *pool,
                               int threads)
    : WorkerPool(threads - 1, /*keepsThreads=*/false), pool(pool) {}

bool IntraOpWorkers::summon(int worker) {
  // The closure may begin after the run has ended.
  pool->Schedule([self = shared_from_this(), worker] { self->serve(worker); });
  return true;
}

IntraOpWorkers::Scope::Scope(tensorflow::thread::ThreadPool *pool, int threads)
    : workers(new IntraOpWorkers(pool, threads)), threads(threads),
      scope(*workers) {}

IntraOpWorkers::Scope::~Scope() { workers->close(); }

void IntraOpWorkers::Scope::invite() { workers->invite(threads); }
