//===- Process.cpp - how a program of Graft's ends ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/Process.h"

#include "compiler/BadAlloc.h"
#include "support/Exhaustion.h"
#include "support/MappedAddress.h"
#include "support/OneLine.h"
#include "support/Status.h"
#include "support/TemporaryFiles.h"

#include "llvm/Support/ErrorHandling.h"

#include <csignal>
#include <cstring>
#include <exception>
#include <new>
#include <system_error>
#include <unistd.h>

using namespace graft;

static const char *program = "graft";

/// Ends the process with one line. Safe in a signal handler.
[[noreturn]] static void end(StatusCode code, const char *what,
                             const char *rest = "") {
  removeTemporaries();
  for (const char *text : {program, ": error: ", what, rest, "\n"})
    if (::write(STDERR_FILENO, text, std::strlen(text)) < 0)
      break;
  ::_exit(static_cast<int>(code));
}

static void onEndingSignal(int number) {
  removeTemporaries();
  std::signal(number, SIG_DFL);
  std::raise(number); // pending until the handler returns
}

/// A truncated input, or an allocation whose failure nobody checked or, as the
/// C library does for a few bytes of its own, answers by abort().
static void onBadAccess(int number, siginfo_t *info, void *) {
  const char *file = mappedFileAt(info->si_addr);
  if (number == SIGBUS && file)
    end(StatusCode::BadInput, file,
        ": was cut short while it was read; try again when it is complete");
  if ((number == SIGSEGV || number == SIGABRT) && isMemoryExhausted())
    end(StatusCode::Exhausted, "out of memory");
  std::signal(number, SIG_DFL); // back to the instruction that failed
}

[[noreturn]] static void onTerminate() {
  try {
    if (std::exception_ptr thrown = std::current_exception())
      std::rethrow_exception(thrown);
  } catch (const std::bad_alloc &) {
    end(StatusCode::Exhausted, "out of memory");
  } catch (const std::system_error &error) { // of std::thread
    end(StatusCode::Exhausted, oneLine(error.what()).c_str());
  } catch (const std::exception &error) {
    end(StatusCode::Internal, oneLine(error.what()).c_str());
  } catch (...) {
  }
  end(StatusCode::Internal, "unexpected end");
}

static void onFatalError(void *, const char *reason, bool) {
  if (isMemoryExhausted())
    end(StatusCode::Exhausted, "out of memory");
  end(StatusCode::Internal, oneLine(reason).c_str());
}

static void handle(int number, int flags,
                   void (*action)(int, siginfo_t *, void *)) {
  struct sigaction handler = {};
  handler.sa_sigaction = action;
  handler.sa_flags = SA_SIGINFO | SA_ONSTACK | flags;
  ::sigemptyset(&handler.sa_mask);
  ::sigaction(number, &handler, nullptr);
}

void graft::installProcessHandlers(const char *name) {
  program = name;
  for (int number : {SIGINT, SIGTERM, SIGHUP})
    // What the parent ignores (nohup) stays ignored.
    if (std::signal(number, onEndingSignal) == SIG_IGN)
      std::signal(number, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);

  // The stack may be what could not grow.
  alignas(16) static char stack[1 << 16];
  stack_t alternative = {};
  alternative.ss_sp = stack;
  alternative.ss_size = sizeof(stack);
  ::sigaltstack(&alternative, nullptr);
  handle(SIGBUS, 0, onBadAccess);
  handle(SIGSEGV, 0, onBadAccess);
  handle(SIGABRT, 0, onBadAccess);

  std::set_terminate(onTerminate);
  llvm::remove_fatal_error_handler();
  llvm::install_fatal_error_handler(onFatalError);
  throwBadAllocs();
}
