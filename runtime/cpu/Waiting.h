//===- Waiting.h - how a thread waits for another -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A short spin, and then sleep. Spinning reacts within a microsecond where a
// sleeping thread takes fifty to wake, but it keeps a core from whoever could
// use it: often the very thread that is waited for. So a thread that finds that
// it was kept off its core stops, and for a while no thread of the process
// spins for long.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_WAITING_H
#define GRAFT_RUNTIME_CPU_WAITING_H

#include <atomic>
#include <cstdint>

namespace graft::runtime::cpu {

/// Nanoseconds of a clock that never goes back.
int64_t now();

/// Times a spin. The clock is read now and then only.
class Spin {
public:
  /// For `nanoseconds` at most, and less where other processes want the cores.
  explicit Spin(int64_t nanoseconds) : limit(nanoseconds) {}

  /// Pauses for a moment. False where it is time to sleep.
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

/// Spins until `done()`. False where it is time to sleep.
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
/// Wakes those that sleep on `word`, `most` at most.
void wake(const std::atomic<uint32_t> &word, int most);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_WAITING_H
