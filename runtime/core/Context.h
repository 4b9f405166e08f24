//===- Context.h - one run of an engine at a time -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Holds the mutable state of a run, which an engine has none of: the shapes of
// this caller, the arena, the addresses (Bindings) and the kernels (LaunchLoop)
// for them. Belongs to one thread at a time.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_CONTEXT_H
#define GRAFT_RUNTIME_CORE_CONTEXT_H

#include "runtime/core/Bindings.h"
#include "runtime/core/Engine.h"
#include "runtime/core/LaunchLoop.h"
#include "runtime/core/ShapeSolver.h"

namespace graft::runtime {

/// A tensor in memory during a run, in the plan's memory space.
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
  /// that the port does not allow.
  Status setShape(size_t i, const ops::Shape &shape);

  /// Infers all shapes, lays out the arena, creates the kernels. Does nothing
  /// if no shape has changed since the last time.
  Status prepare();

  /// Runs the plan on dense row-major buffers of the ports' sizes. Prepares
  /// first if necessary; else allocates nothing itself. Inputs and outputs must
  /// not overlap. Errors: Cancelled if the options' function says so.
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
    return arena.size() + values.size() + bindings.bytes() +
           loop.scratchBytes();
  }
  uint64_t arenaBytes() const { return arena.size(); }

  void setProfiling(bool on) { loop.setProfiling(on); }
  /// Nanoseconds of launch `i` in the last run with profiling on; else 0.
  uint64_t nanoseconds(size_t i) const { return loop.nanoseconds(i); }

private:
  Status makeArena();
  Status makeValues();
  Status makeSteps();
  void announceWeights();
  LaunchDesc describe(size_t launch) const;
  Expected<std::unique_ptr<Kernel>> makeKernel(size_t launch) const;
  Slot makeSlot(uint32_t tensor) const;
  size_t addPointer(uint32_t tensor);
  Status stagePorts();
  void release();

  std::shared_ptr<const Engine> source;
  int threads;
  bool ready = false;
  std::vector<ops::Shape> inputShapes;
  ShapeSolution solution;
  std::vector<std::byte *> addresses; ///< of roots in the arena
  std::vector<uint32_t> ports;        ///< of input and output tensors
  Bindings bindings;
  LaunchLoop loop;
  Memory arena;
  Memory values; ///< the results of launches that need not run
};

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_CONTEXT_H
