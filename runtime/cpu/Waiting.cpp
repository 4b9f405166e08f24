//===- Waiting.cpp - how a thread waits for another -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Waiting.h"

#include <algorithm>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace graft::runtime;

/// If two clock readings are this far apart, another thread ran in between: an
/// interrupt is shorter.
static constexpr int64_t kInterrupted = 200'000;
/// How long that is remembered.
static constexpr int64_t kMemory = 20'000'000;
/// The longest spin during that time.
static constexpr int64_t kCrowdedSpin = 50'000;

static std::atomic<int64_t> crowdedUntil{0};

int64_t cpu::now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

bool cpu::Spin::goesOn() {
  int64_t time = now();
  if (start == 0) {
    start = last = time;
    return true;
  }
  if (time - last > kInterrupted) {
    // The thread has a new time slice, and there may be work.
    crowdedUntil.store(time + kMemory, std::memory_order_relaxed);
    start = time;
  }
  last = time;
  if (time < crowdedUntil.load(std::memory_order_relaxed))
    return time - start < std::min(limit, kCrowdedSpin);
  return time - start < limit;
}

static const uint32_t *addressOf(const std::atomic<uint32_t> &word) {
  static_assert(sizeof(word) == sizeof(uint32_t) &&
                std::atomic<uint32_t>::is_always_lock_free);
  return reinterpret_cast<const uint32_t *>(&word);
}

void cpu::sleepWhile(const std::atomic<uint32_t> &word, uint32_t value) {
  syscall(SYS_futex, addressOf(word), FUTEX_WAIT_PRIVATE, value, nullptr,
          nullptr, 0);
}

void cpu::wake(const std::atomic<uint32_t> &word, int most) {
  syscall(SYS_futex, addressOf(word), FUTEX_WAKE_PRIVATE, most, nullptr,
          nullptr, 0);
}
