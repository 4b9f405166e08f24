//===- SharedEngine.h - engines and their contexts, shared ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sessions, functions and copies of a model that hold the same plan share one
// engine, so that its weights are in memory once; each run borrows a context.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TENSORFLOW_SHAREDENGINE_H
#define GRAFT_TENSORFLOW_SHAREDENGINE_H

#include "runtime/include/graft_runtime.h"

#include "tensorflow/core/framework/tensor_shape.h"
#include "tensorflow/core/framework/types.pb.h"
#include "tensorflow/core/platform/statusor.h"

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace graft {

/// The runtime's last failure on this thread as a status of TensorFlow's.
absl::Status toStatus(graft_code code);

struct EngineDeleter {
  void operator()(graft_engine *engine) const { graft_engine_destroy(engine); }
};
struct ContextDeleter {
  void operator()(graft_context *context) const {
    graft_context_destroy(context);
  }
};
using ContextHandle = std::unique_ptr<graft_context, ContextDeleter>;
using Shapes = std::vector<tensorflow::TensorShape>;

class SharedEngine : public std::enable_shared_from_this<SharedEngine> {
public:
  /// The engine of `plan`, whose bytes may go afterwards: the one that another
  /// user of the same bytes has, or a new one. Errors: InvalidArgument for a
  /// plan that is damaged or made for another CPU.
  static absl::StatusOr<std::shared_ptr<SharedEngine>>
  get(std::string_view plan);

  /// Engines of this process.
  static size_t alive();

  /// A context that is prepared for one set of shapes, until it goes back to
  /// the engine's pool.
  class Lease {
  public:
    Lease() = default;
    Lease(Lease &&) = default;
    Lease &operator=(Lease &&) = delete;
    ~Lease();
    graft_context *get() const { return context.get(); }

  private:
    friend class SharedEngine;
    std::shared_ptr<SharedEngine> engine;
    std::vector<int64_t> key;
    ContextHandle context;
  };

  /// Contexts of the `maxShapes` sets of shapes that were used last are kept.
  /// Errors: InvalidArgument for shapes that are not of the plan's.
  absl::StatusOr<Lease> acquire(const Shapes &shapes, int threads,
                                size_t maxShapes);

  /// Whether the plan takes inputs of these shapes; `why` says why not.
  bool accepts(const Shapes &shapes, std::string *why = nullptr) const;
  /// Whether inputs and outputs are as many and of these types; `why` as above.
  bool hasTypes(const std::vector<tensorflow::DataType> &inputs,
                const std::vector<tensorflow::DataType> &outputs,
                std::string *why) const;

  graft_engine *handle() const { return engine.get(); }
  size_t numInputs() const { return graft_engine_num_inputs(engine.get()); }
  size_t numOutputs() const { return graft_engine_num_outputs(engine.get()); }
  /// The plan, as it was loaded.
  std::string_view plan() const;

private:
  explicit SharedEngine(graft_engine *engine) : engine(engine) {}
  void giveBack(std::vector<int64_t> key, ContextHandle context);

  struct Idle {
    std::vector<int64_t> key; ///< threads, then rank and sizes of each input
    std::vector<ContextHandle> contexts;
  };

  std::unique_ptr<graft_engine, EngineDeleter> engine;
  std::mutex mutex;
  size_t capacity = 1;  ///< guarded by `mutex`
  std::list<Idle> idle; ///< guarded by `mutex`; used last first
};

} // namespace graft

#endif // GRAFT_TENSORFLOW_SHAREDENGINE_H
