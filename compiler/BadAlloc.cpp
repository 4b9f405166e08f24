//===- BadAlloc.cpp - LLVM's failed allocations as exceptions -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/BadAlloc.h"

#include "llvm/Support/ErrorHandling.h"

#include <new>

void graft::throwBadAllocs() {
  static const bool installed = [] {
    llvm::install_bad_alloc_error_handler(
        [](void *, const char *, bool) { throw std::bad_alloc(); });
    return true;
  }();
  (void)installed;
}
