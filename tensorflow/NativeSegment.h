//===- NativeSegment.h - the nodes that an engine stands for --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each engine node names a function with the nodes that it replaced. TensorFlow
// runs it where the engine cannot.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TENSORFLOW_NATIVESEGMENT_H
#define GRAFT_TENSORFLOW_NATIVESEGMENT_H

#include "tensorflow/core/framework/function.h"
#include "tensorflow/core/framework/op_kernel.h"

#include <mutex>
#include <unordered_map>

namespace graft {

class NativeSegment {
public:
  void setFunction(tensorflow::NameAttrList function) {
    func = std::move(function);
  }
  const std::string &name() const { return func.name(); }
  /// Where the checkpoint with the segment's constants is, if they are in one.
  void setFolder(std::string path) {
    std::lock_guard<std::mutex> lock(mutex);
    folder = std::move(path);
  }

  /// The function with all its constants in it. Errors: NotFound, or what
  /// reading the constants gives.
  absl::StatusOr<tensorflow::FunctionDef>
  definition(tensorflow::FunctionLibraryRuntime *library);

  /// Calls the function on the op's inputs; sets the op's outputs or status,
  /// then calls `done`.
  void run(tensorflow::OpKernelContext *context,
           tensorflow::AsyncOpKernel::DoneCallback done);

private:
  using Handle = tensorflow::FunctionLibraryRuntime::Handle;
  absl::StatusOr<Handle> instantiate(tensorflow::OpKernelContext *context);

  tensorflow::NameAttrList func;
  std::mutex mutex; ///< guards what follows
  std::string folder;
  /// A kernel may serve several runtimes.
  std::unordered_map<tensorflow::FunctionLibraryRuntime *, Handle> handles;
  /// With the function's constants in it, where the graph has them outside.
  std::unique_ptr<tensorflow::FunctionLibraryDefinition> whole;
};

} // namespace graft

#endif // GRAFT_TENSORFLOW_NATIVESEGMENT_H
