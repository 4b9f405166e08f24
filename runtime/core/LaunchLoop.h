//===- LaunchLoop.h - the kernels of a plan, one after the other ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Owns the kernels and their scratch memory, but knows no shapes or ports:
// kernels get the pointers of Bindings.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_LAUNCHLOOP_H
#define GRAFT_RUNTIME_CORE_LAUNCHLOOP_H

#include "runtime/core/Backend.h"
#include "runtime/core/Bindings.h"

#include <functional>

namespace graft::runtime {

/// The options of one run.
struct RunOptions {
  /// Borrowed from the caller, or null for the target's own.
  ThreadRunner threads;
  /// Called between launches, if not null.
  int (*cancelled)(void *user) = nullptr;
  void *cancelledUser = nullptr;
  /// Called after each launch, if not null; see Context::launchOutput().
  std::function<void(size_t launch)> launched;
};

class LaunchLoop {
public:
  /// A launch with its kernel, and the places of its pointers.
  struct Step {
    const std::string *name = nullptr; ///< the plan's
    std::unique_ptr<Kernel> kernel;    ///< null: nothing to run
    size_t inputs = 0;
    size_t outputs = 0;
  };

  /// `backend` must outlive the object.
  explicit LaunchLoop(const Backend &backend)
      : backend(&backend), scratch(backend.device()) {}

  void clear() { steps.clear(); }
  /// Appends the next launch.
  Step &add() { return steps.emplace_back(); }
  Step &operator[](size_t launch) { return steps[launch]; }
  const Step &operator[](size_t launch) const { return steps[launch]; }
  size_t size() const { return steps.size(); }
  /// After the last launch: allocates scratch memory. Errors: Exhausted.
  Status prepare();

  /// Enqueues all launches and waits for them. Allocates nothing. Errors: Usage
  /// if a buffer is missing, Cancelled if the options' function says so, those
  /// of kernels with the launch's name.
  Status run(Bindings &bindings, const void *const *inputs,
             void *const *outputs, const RunOptions &options);

  void setProfiling(bool on);
  /// Nanoseconds of a launch in the last run with profiling on; else 0.
  uint64_t nanoseconds(size_t launch) const {
    return launch < times.size() ? times[launch] : 0;
  }
  uint64_t scratchBytes() const { return scratch.size(); }

private:
  Status enqueue(const Bindings &bindings, const RunOptions &options);

  const Backend *backend;
  std::vector<Step> steps;
  std::unique_ptr<ExecutionContext> context;
  Memory scratch;
  std::vector<uint64_t> times;
  bool profiling = false;
  uint64_t generation = 0;
};

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_LAUNCHLOOP_H
