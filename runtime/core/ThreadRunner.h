//===- ThreadRunner.h - threads that a caller lends to a run --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_RUNTIME_CORE_THREADRUNNER_H
#define GRAFT_RUNTIME_CORE_THREADRUNNER_H

namespace graft::runtime {

/// Threads that a run borrows from its caller; graft_threads describes run().
/// If run() is null, there are none.
struct ThreadRunner {
  void *user = nullptr;
  void (*run)(void *user, int wanted,
              void (*fn)(void *context, int index, int count),
              void *context) = nullptr;
};

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_THREADRUNNER_H
