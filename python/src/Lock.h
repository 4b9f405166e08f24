//===- Lock.h - Python's lock, in threads that outlive Python -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// While the interpreter ends, whoever takes its lock is ended by pthread_exit,
// which unwinds the stack: through C++ that must not throw, so that a daemon
// thread would abort the process. Such a thread waits for the end instead.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PYTHON_LOCK_H
#define GRAFT_PYTHON_LOCK_H

#include <nanobind/nanobind.h>

#include <unistd.h>

namespace graft::python {

/// take(), or no return.
template <typename Take>
auto takeOrWait(Take take) {
  try {
    return take();
  } catch (...) { // pthread_exit; a handler that does not end keeps the stack
    for (;;)
      ::pause();
  }
}

/// Without the lock while it lives.
class Unlocked {
public:
  Unlocked() : state(PyEval_SaveThread()) {}
  Unlocked(const Unlocked &) = delete;
  ~Unlocked() {
    takeOrWait([&] { PyEval_RestoreThread(state); });
  }

private:
  PyThreadState *state;
};

/// With the lock while it lives.
class Locked {
public:
  Locked() : state(takeOrWait([] { return PyGILState_Ensure(); })) {}
  Locked(const Locked &) = delete;
  ~Locked() { PyGILState_Release(state); }

private:
  PyGILState_STATE state;
};

} // namespace graft::python

#endif // GRAFT_PYTHON_LOCK_H
