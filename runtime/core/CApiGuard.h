//===- CApiGuard.h - turns exceptions and Status into C API codes ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C API guard. Graft throws no exceptions, but containers do when memory
// runs out: the guard catches them, and turns a Status into a code and a text.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_CAPIGUARD_H
#define GRAFT_RUNTIME_CORE_CAPIGUARD_H

#include "runtime/include/graft_runtime.h"
#include "support/OneLine.h"
#include "support/Status.h"

#include <new>

namespace graft {

/// The text that graft_last_error returns.
inline std::string &lastError() {
  thread_local std::string text;
  return text;
}

/// Runs `fn` and turns the Status that it returns, or an exception, into a
/// code.
template <typename Fn>
graft_code guard(Fn &&fn) {
  try {
    Status status = fn();
    if (!status.ok())
      lastError() = oneLine(status.message());
    return static_cast<graft_code>(status.exitCode());
  } catch (const std::bad_alloc &) {
    // The text must not allocate memory.
    lastError().assign("out of memory");
    return GRAFT_EXHAUSTED;
  } catch (...) {
    lastError().assign("unexpected exception");
    return GRAFT_INTERNAL;
  }
}

inline Status missingArgument(const char *what) {
  return Status::usage(std::string(what) + " must not be null");
}

} // namespace graft

#endif // GRAFT_RUNTIME_CORE_CAPIGUARD_H
