//===- LaunchLoop.cpp - the kernels of a plan, one after the other --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/LaunchLoop.h"

#include <algorithm>
#include <atomic>
#include <chrono>

using namespace graft;
using namespace graft::runtime;

namespace {

/// Begins a run, and ends it on every path.
class RunScope {
public:
  RunScope(ExecutionContext &context, const ThreadRunner &threads)
      : context(context) {
    context.begin(threads);
  }
  ~RunScope() { context.end(); }
  RunScope(const RunScope &) = delete;
  RunScope &operator=(const RunScope &) = delete;

private:
  ExecutionContext &context;
};

} // namespace

static Status atLaunch(const LaunchLoop::Step &step, const Status &status) {
  return Status(status.code(),
                "launch '" + *step.name + "': " + status.message());
}

void LaunchLoop::setProfiling(bool on) {
  profiling = on;
  if (!on)
    times.clear();
}

Status LaunchLoop::prepare() {
  uint64_t bytes = 0;
  for (const Step &step : steps)
    if (step.kernel)
      bytes = std::max(bytes, step.kernel->scratchBytes());
  if (scratch.size() != bytes && !scratch.reset(bytes))
    return Status::exhausted("scratch memory needs " + std::to_string(bytes) +
                             " bytes");
  if (!context) {
    Expected<std::unique_ptr<ExecutionContext>> made =
        backend->createExecutionContext();
    GRAFT_RETURN_IF_ERROR(made.status());
    context = *std::move(made);
  }
  context->setScratch(scratch.data());
  static std::atomic<uint64_t> generations{0};
  generation = ++generations;
  return Status();
}

Status LaunchLoop::run(Bindings &bindings, const void *const *inputs,
                       void *const *outputs, const RunOptions &options) {
  if (profiling)
    times.assign(steps.size(), 0);
  RunScope scope(*context, options.threads);
  GRAFT_RETURN_IF_ERROR(bindings.bind(inputs, outputs, *context));
  struct Work {
    LaunchLoop &loop;
    const Bindings &bindings;
    const RunOptions &options;
  } work{*this, bindings, options};
  auto enqueueAll = [](void *user) {
    auto &[loop, bindings, options] = *static_cast<Work *>(user);
    return loop.enqueue(bindings, options);
  };
  // If the caller observes single launches, they are enqueued one by one.
  bool isWatched = profiling || options.cancelled || options.launched;
  GRAFT_RETURN_IF_ERROR(
      isWatched ? enqueueAll(&work)
                : context->enqueueRun(generation, enqueueAll, &work));
  GRAFT_RETURN_IF_ERROR(bindings.collect(outputs, *context));
  return context->synchronize();
}

Status LaunchLoop::enqueue(const Bindings &bindings,
                           const RunOptions &options) {
  using Clock = std::chrono::steady_clock;
  for (size_t i = 0; i < steps.size(); ++i) {
    const Step &step = steps[i];
    if (!step.kernel)
      continue;
    if (options.cancelled && options.cancelled(options.cancelledUser))
      return Status(StatusCode::Cancelled, "the run was cancelled");
    Clock::time_point start;
    if (profiling)
      start = Clock::now();
    if (Status status = step.kernel->enqueue(
            bindings.at(step.inputs), bindings.at(step.outputs), *context);
        !status.ok())
      return atLaunch(step, status);
    if (profiling || options.launched)
      if (Status status = context->synchronize(); !status.ok())
        return atLaunch(step, status);
    if (profiling)
      times[i] = static_cast<uint64_t>(
          std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() -
                                                               start)
              .count());
    if (options.launched)
      options.launched(i);
  }
  return Status();
}
