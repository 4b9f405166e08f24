//===- SimQueue.cpp - work that a device does later -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "SimQueue.h"
#include "SimDevice.h"

#include <atomic>
#include <cstring>
#include <thread>

using namespace graft;
using namespace graft::sim;

static std::atomic<uint64_t> replayCount{0};

uint64_t SimQueue::replays() { return replayCount; }

void SimQueue::begin(const runtime::ThreadRunner &) { tasks.clear(); }

Status SimQueue::enqueueRun(uint64_t generation, Status (*enqueue)(void *user),
                            void *user) {
  if (recordedGeneration != generation) {
    size_t first = tasks.size();
    recordedGeneration = 0;
    if (Status status = enqueue(user); !status.ok())
      return status;
    recorded.assign(tasks.begin() + static_cast<ptrdiff_t>(first), tasks.end());
    recordedGeneration = generation;
    return Status();
  }
  ++replayCount;
  tasks.insert(tasks.end(), recorded.begin(), recorded.end());
  return Status();
}

Status SimQueue::copyIn(void *to, const void *from, uint64_t bytes) {
  push([=] {
    std::memcpy(simDevice().inside(to), from, bytes);
    return Status();
  });
  return Status();
}

Status SimQueue::copyOut(void *to, const void *from, uint64_t bytes) {
  push([=] {
    std::memcpy(to, simDevice().inside(from), bytes);
    return Status();
  });
  return Status();
}

Status SimQueue::synchronize() {
  Status result;
  std::thread device([&] {
    for (const Task &task : tasks)
      if (result = task(); !result.ok())
        break;
  });
  device.join();
  tasks.clear();
  return result;
}
