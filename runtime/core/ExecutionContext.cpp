//===- ExecutionContext.cpp - what the kernels of one run share -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The base class is a context of the calling thread and the host's memory.
//===----------------------------------------------------------------------===//
#include "runtime/core/ExecutionContext.h"

#include <cstring>

using namespace graft;
using namespace graft::runtime;

ExecutionContext::~ExecutionContext() = default;

void ExecutionContext::begin(const ThreadRunner &) {}

void ExecutionContext::end() {}

Status ExecutionContext::enqueueRun(uint64_t, Status (*enqueue)(void *user),
                                    void *user) {
  return enqueue(user);
}

Status ExecutionContext::copyIn(void *to, const void *from, uint64_t bytes) {
  std::memcpy(to, from, bytes);
  return Status();
}

Status ExecutionContext::copyOut(void *to, const void *from, uint64_t bytes) {
  std::memcpy(to, from, bytes);
  return Status();
}

Status ExecutionContext::synchronize() { return Status(); }
