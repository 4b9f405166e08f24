//===- ExecutionContext.h - what the kernels of one run share -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels are enqueued in the order of a plan's launches and take effect in
// that order: a target may run each before enqueue() returns, or put it into a
// queue of its device. A target derives its own class, which holds the state of
// its kernels. Belongs to one thread at a time.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_EXECUTIONCONTEXT_H
#define GRAFT_RUNTIME_CORE_EXECUTIONCONTEXT_H

#include "runtime/core/ThreadRunner.h"
#include "support/Status.h"

#include <cstddef>
#include <cstdint>

namespace graft::runtime {

class ExecutionContext {
public:
  /// `scratch`: see below.
  explicit ExecutionContext(void *scratch = nullptr) : base(scratch) {}
  virtual ~ExecutionContext();
  ExecutionContext(const ExecutionContext &) = delete;
  ExecutionContext &operator=(const ExecutionContext &) = delete;

  /// Memory for the kernel that is being enqueued: Kernel::scratchBytes bytes
  /// with the target's alignment, in its memory space. The next kernels use the
  /// same memory.
  void *scratch() const { return base; }
  void setScratch(void *scratch) { base = scratch; }

  /// Begins a run on the calling thread. `threads` are borrowed from the
  /// caller, or null.
  virtual void begin(const ThreadRunner &threads);
  /// Ends the run, after synchronize() or a failure.
  virtual void end();

  /// Calls `enqueue(user)`, which enqueues all kernels of a run. `generation`
  /// changes with their order, their sizes and their addresses, and differs
  /// between any two contexts: a target that has recorded a generation may
  /// replay it instead.
  virtual Status enqueueRun(uint64_t generation, Status (*enqueue)(void *user),
                            void *user);

  /// Copies between the host and the target's memory space, in the order of the
  /// queue. The memory must stay until synchronize().
  virtual Status copyIn(void *to, const void *from, uint64_t bytes);
  virtual Status copyOut(void *to, const void *from, uint64_t bytes);

  /// Waits until all that was enqueued is done. Errors: those of kernels that
  /// enqueue() could not report yet.
  virtual Status synchronize();

private:
  void *base;
};

/// While the object exists, the scratch memory begins `offset` bytes later: for
/// a kernel that runs another one.
class ScratchOffset {
public:
  ScratchOffset(ExecutionContext &context, uint64_t offset)
      : context(context), base(context.scratch()) {
    context.setScratch(static_cast<std::byte *>(base) + offset);
  }
  ~ScratchOffset() { context.setScratch(base); }
  ScratchOffset(const ScratchOffset &) = delete;
  ScratchOffset &operator=(const ScratchOffset &) = delete;

private:
  ExecutionContext &context;
  void *base;
};

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_EXECUTIONCONTEXT_H
