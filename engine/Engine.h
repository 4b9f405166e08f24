//===- Engine.h - run a plan on NumPy arrays ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C API with owners, and the step between named arrays and its buffers.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_ENGINE_ENGINE_H
#define GRAFT_ENGINE_ENGINE_H

#include "calibration/Samples.h"
#include "runtime/include/graft_runtime.h"
#include "support/ByteBuffer.h"
#include "support/Npz.h"
#include "support/ShapeMap.h"

#include <functional>
#include <memory>

namespace graft {

struct DestroyEngine {
  void operator()(graft_engine *engine) const { graft_engine_destroy(engine); }
};
struct DestroyContext {
  void operator()(graft_context *c) const { graft_context_destroy(c); }
};
using EnginePtr = std::unique_ptr<graft_engine, DestroyEngine>;
using ContextPtr = std::unique_ptr<graft_context, DestroyContext>;

/// A plan in memory. `planBytes` backs an engine that was built here.
struct LoadedEngine {
  ByteBuffer planBytes;
  EnginePtr engine;
};

/// Loads the plan in `planBytes`.
Status loadEngine(LoadedEngine &loaded);

/// Loads a plan whose bytes need not outlive the call.
Status loadCopy(std::string_view plan, EnginePtr &engine);

/// Loads the plan of that file.
Expected<LoadedEngine> openEngine(const std::string &path);

/// Checks of an archive's headers that its arrays are inputs of the engine;
/// with `anyBatch`, of any first dimension. The engine lives as long. Errors
/// (Usage) as makeContext() gives them.
CheckArray inputCheck(const graft_engine *engine, bool anyBatch = false);

/// A context whose kernels are made for the shapes of `inputs`.
/// Errors (Usage) name the input and state what the engine requires.
Expected<ContextPtr> makeContext(const graft_engine *engine,
                                 const NpzArrays &inputs, int threads);

/// Buffers for every output of a prepared context, in the engine's order.
std::vector<NpyArray> makeOutputs(const graft_engine *engine,
                                  const graft_context *context);

/// Runs once; the buffers are in the engine's order.
Status runContext(graft_context *context,
                  const std::vector<const void *> &inputs,
                  const std::vector<void *> &outputs);

/// Told of each launch with what it wrote, which lives as long as the call.
using LaunchWatcher =
    std::function<void(size_t launch, const graft_tensor *outputs, size_t)>;

/// Runs once in a context of its own and gives the outputs by name.
Expected<NpzArrays> runOnce(const graft_engine *engine, const NpzArrays &inputs,
                            int threads, const LaunchWatcher &watcher = {});

/// The arrays' bytes in the order of the engine's inputs.
std::vector<const void *> inputPointers(const graft_engine *engine,
                                        const NpzArrays &inputs);
std::vector<void *> outputPointers(std::vector<NpyArray> &outputs);

/// What the engine takes of calibration's samples. A dynamic batch is at most
/// what `shapes` say.
std::vector<SampleInput> sampleInputs(const graft_engine *engine,
                                      const ShapeMap &shapes);

/// Inputs that have to be given, filled with pseudo-random numbers, the same
/// for the same seed:
/// floating point in [0, 1), integers in [0, 2). A dynamic dimension takes its
/// size from `shapes`, or is as small as the engine takes it.
Expected<NpzArrays> randomInputs(const graft_engine *engine,
                                 const ShapeMap &shapes, uint64_t seed);

} // namespace graft

#endif // GRAFT_ENGINE_ENGINE_H
