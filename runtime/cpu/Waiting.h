//===- Waiting.h - how a thread waits for another -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread spins for a short time and then sleeps. A spinning thread reacts
// within a microsecond, a sleeping one within fifty, but a spinning thread
// occupies a core that another thread could use: often the thread that it waits
// for. A thread that notices that it was preempted stops spinning, and for a
// while no thread of the process spins for long.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_WAITING_H
#define GRAFT_RUNTIME_CPU_WAITING_H

#include <atomic>
#include <cstdint>

namespace graft::runtime::cpu {

/// Nanoseconds of a monotonic clock.
int64_t now();

/// Times a spin. It reads the clock only now and then.
class Spin {
public:
  /// Spins for `nanoseconds` at most, and less if other processes use the
  /// cores.
  explicit Spin(int64_t nanoseconds) : limit(nanoseconds) {}

  /// Pauses for a moment. False if it is time to sleep.
  bool pause() {
    __builtin_ia32_pause();
    return ++looks % kLooks != 0 || goesOn();
  }

private:
  bool goesOn();

  static constexpr uint32_t kLooks = 32;
  int64_t limit;
  int64_t start = 0, last = 0;
  uint32_t looks = 0;
};

/// Spins until `done()`. False if it is time to sleep.
template <typename Fn>
bool spinUntil(int64_t nanoseconds, Fn &&done) {
  for (Spin spin(nanoseconds);;) {
    if (done())
      return true;
    if (!spin.pause())
      return done();
  }
}

/// Sleeps while `word` is `value`; may return early.
void sleepWhile(const std::atomic<uint32_t> &word, uint32_t value);
/// Wakes at most `most` threads that sleep on `word`.
void wake(const std::atomic<uint32_t> &word, int most);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_WAITING_H
