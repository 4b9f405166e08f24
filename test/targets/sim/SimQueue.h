//===- SimQueue.h - work that a device does later -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The execution context of the target `sim`: tasks are done by a thread of its
// own, in their order, and not before somebody waits for them; so a caller that
// forgets to wait sees nothing. A run is recorded once and then replayed.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_TARGETS_SIM_SIMQUEUE_H
#define GRAFT_TEST_TARGETS_SIM_SIMQUEUE_H

#include "runtime/core/ExecutionContext.h"

#include <functional>
#include <vector>

namespace graft::sim {

class SimQueue final : public runtime::ExecutionContext {
public:
  using Task = std::function<Status()>;

  /// Appends a task.
  void push(Task task) { tasks.push_back(std::move(task)); }

  void begin(const runtime::ThreadRunner &threads) override;
  void end() override { tasks.clear(); }
  Status enqueueRun(uint64_t generation, Status (*enqueue)(void *user),
                    void *user) override;
  Status copyIn(void *to, const void *from, uint64_t bytes) override;
  Status copyOut(void *to, const void *from, uint64_t bytes) override;
  Status synchronize() override;

  /// Runs, of all queues, that were replayed.
  static uint64_t replays();

private:
  std::vector<Task> tasks;
  std::vector<Task> recorded;
  uint64_t recordedGeneration = 0;
};

} // namespace graft::sim

#endif // GRAFT_TEST_TARGETS_SIM_SIMQUEUE_H
