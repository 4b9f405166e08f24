//===- Context.h - one run of an engine at a time -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Holds what an engine may not: the shapes of this caller, kernels made for
// them, the arena and the scratch memory. Belongs to one thread at a time.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_CONTEXT_H
#define GRAFT_RUNTIME_CORE_CONTEXT_H

#include "runtime/core/Engine.h"
#include "runtime/core/ShapeSolver.h"
#include "runtime/cpu/Threads.h"

#include <functional>

namespace graft::runtime {

/// What a caller may ask of one run.
struct RunOptions {
  cpu::ThreadRunner
      threads; ///< borrowed from the caller; else the worker pool's
  /// Asked between launches, if there is one.
  int (*cancelled)(void *user) = nullptr;
  void *cancelledUser = nullptr;
  /// Called after each launch, if there is one; see launchOutput().
  std::function<void(size_t launch)> launched;
};

/// A tensor in memory while a run goes on.
struct LiveTensor {
  ops::TensorType type;
  std::vector<int64_t> strides; ///< in elements
  const void *data = nullptr;
};

class Context {
public:
  /// `threads` <= 0: as many as this process may use; kMaxThreads at most.
  Context(std::shared_ptr<const Engine> engine, int threads);
  ~Context();

  /// Sets the shape of input `i`. Errors (Usage): no such input, or a shape
  /// that is not of the port's.
  Status setShape(size_t i, const ops::Shape &shape);

  /// Finds all shapes, lays out the arena, makes the kernels. Does nothing
  /// where no shape has changed since the last time.
  Status prepare();

  /// Runs the plan on dense row-major buffers of the ports' sizes. Prepares
  /// first where that is still to be done; else allocates nothing itself.
  /// Inputs and outputs must not overlap. Errors: Cancelled if the options'
  /// function says so.
  Status run(const void *const *inputs, void *const *outputs,
             const RunOptions &options = {});
  /// Output `i` of a launch, for `launched`: a later launch may write over it.
  LiveTensor launchOutput(size_t launch, size_t i) const;

  /// Type of a port: the plan's, with this context's sizes once prepared.
  ops::TensorType inputType(size_t i) const;
  ops::TensorType outputType(size_t i) const;
  /// The shape of the above; lives until the next change of shapes.
  const ops::Shape &outputShape(size_t i) const;

  const Engine &engine() const { return *source; }
  /// Memory that this holds, in bytes.
  uint64_t bytes() const {
    return arena.size() + values.size() + scratch.size();
  }
  uint64_t arenaBytes() const { return arena.size(); }

  void setProfiling(bool on);
  /// Nanoseconds of launch `i` in the last run with profiling on; else 0.
  uint64_t nanoseconds(size_t i) const { return times[i]; }

private:
  /// A launch with its kernel and where its pointers begin.
  struct Step {
    std::unique_ptr<Kernel> kernel; ///< null: there is nothing to do
    size_t inputs = 0;
    size_t outputs = 0;
  };
  /// A pointer that each run sets anew, into a buffer of the caller's.
  struct Patch {
    size_t slot = 0;
    bool output = false;
    uint32_t port = 0;
    uint64_t byteOffset = 0;
  };

  Status makeArena();
  Status makeValues();
  Status makeSteps();
  void announceWeights();
  LaunchDesc describe(size_t launch) const;
  Expected<std::unique_ptr<Kernel>> makeKernel(size_t launch) const;
  Slot makeSlot(uint32_t tensor) const;
  size_t addPointer(uint32_t tensor);
  void release();

  std::shared_ptr<const Engine> source;
  int threads;
  bool ready = false;
  bool profiling = false;
  std::vector<ops::Shape> inputShapes;
  ShapeSolution solution;
  std::vector<std::byte *> addresses; ///< of roots in the arena
  std::vector<uint32_t> ports;        ///< of input and output tensors
  std::vector<Step> steps;
  std::vector<void *> pointers;
  std::vector<Patch> patches;
  std::vector<uint64_t> times;
  Memory arena;
  Memory values; ///< what launches that need not run would have written
  Memory scratch;
};

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_CONTEXT_H
