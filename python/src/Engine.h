//===- Engine.h - a loaded plan and its pool of contexts ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PYTHON_ENGINE_H
#define GRAFT_PYTHON_ENGINE_H

#include "runtime/include/graft_runtime.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace graft::python {

using Shape = std::vector<int64_t>;

/// One input or output. A dimension of -1 is known only at run time.
struct Port {
  std::string name;
  graft_dtype dtype;
  Shape shape;
};

/// A shared engine. Any thread may acquire a context; it returns to the pool
/// when it is released, with its kernels.
class Engine {
public:
  /// A context with the shapes that it is prepared for.
  struct Context {
    ~Context() { graft_context_destroy(handle); }
    graft_context *handle = nullptr;
    std::vector<Shape> shapes;
  };

  /// Takes `handle` over, which lives in `memory`. Each run uses `threads`;
  /// <= 0: all there are.
  Engine(graft_engine *handle, int threads, std::shared_ptr<void> memory);
  ~Engine();
  Engine(const Engine &) = delete;
  Engine &operator=(const Engine &) = delete;

  const std::vector<Port> &getInputs() const { return inputs; }
  const std::vector<Port> &getOutputs() const { return outputs; }
  const char *getPrecision() const { return graft_engine_precision(handle); }
  graft_engine *getHandle() const { return handle; }

  /// A prepared context for these shapes of the inputs, of this caller only.
  /// Throws Failure.
  std::unique_ptr<Context> acquire(const std::vector<Shape> &shapes);
  void release(std::unique_ptr<Context> context);

  /// Memory of the idle contexts, in bytes.
  size_t getContextBytes();

private:
  std::shared_ptr<void> memory;
  graft_engine *handle;
  int threads;
  std::vector<Port> inputs, outputs;
  std::mutex mutex;
  std::vector<std::unique_ptr<Context>> idle; ///< least recently used first
  size_t count = 0;                           ///< of contexts, idle or not
};

} // namespace graft::python

#endif // GRAFT_PYTHON_ENGINE_H
