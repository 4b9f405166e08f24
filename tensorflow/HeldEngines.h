//===- HeldEngines.h - engines that a resource holds ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TF-TRT keeps engines that are not in the graph in a resource named after the
// engine's node, filled from an asset of the SavedModel or at run time.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TENSORFLOW_HELDENGINES_H
#define GRAFT_TENSORFLOW_HELDENGINES_H

#include "tensorflow/SharedEngine.h"

#include "tensorflow/core/framework/resource_mgr.h"
#include "tensorflow/core/platform/env.h"

namespace graft {

class HeldEngines : public tensorflow::ResourceBase {
public:
  std::string DebugString() const override;

  /// The engine that takes these shapes and was used last, or null. `origin`
  /// says which nodes it stands for; an engine without one may stand for any.
  std::shared_ptr<SharedEngine> find(const Shapes &shapes, uint64_t origin);
  /// The same of an engine that was made for these shapes and no others.
  std::shared_ptr<SharedEngine> findExact(const Shapes &shapes,
                                          uint64_t origin);
  /// Adds an engine made for `shapes` and the nodes of `origin`. Of more than
  /// `capacity` engines, those not used for longest go.
  void add(Shapes shapes, std::shared_ptr<SharedEngine> engine, uint64_t origin,
           size_t capacity);
  bool empty() const;

  /// Adds the engines in a TFRecord file of TF-TRT's TRTEngineInstance messages
  /// and gives their number. Errors: the file's, or DataLoss for a record that
  /// is not such a message; plans that are damaged or not for this machine are
  /// left out, with a line each in the log.
  absl::StatusOr<int> read(tensorflow::Env *env, const std::string &path,
                           size_t capacity);

  /// Keeps such a file of one record, whose plan its node requests when it runs
  /// first. Errors as above.
  absl::Status keep(tensorflow::Env *env, const std::string &path);
  /// The engine of the file that is kept. What uses the engine holds it.
  absl::StatusOr<std::shared_ptr<SharedEngine>> kept();
  /// The folder of that file; empty without one.
  std::string folder() const;

  /// Writes such a file and gives the number of engines.
  absl::StatusOr<int> write(tensorflow::Env *env, const std::string &path);

private:
  struct Entry {
    Shapes shapes;
    std::shared_ptr<SharedEngine> engine;
    uint64_t origin = 0;
  };
  struct File;
  template <typename Fn>
  std::shared_ptr<SharedEngine> findIf(uint64_t origin, Fn &&fits);
  mutable std::mutex mutex;
  std::list<Entry> entries;         ///< guarded by `mutex`; used last first
  std::shared_ptr<const File> file; ///< guarded by `mutex`
};

} // namespace graft

#endif // GRAFT_TENSORFLOW_HELDENGINES_H
