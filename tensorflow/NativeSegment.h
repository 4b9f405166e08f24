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
  const tensorflow::NameAttrList &function() const { return func; }
  const std::string &name() const { return func.name(); }

  /// Calls the function on the op's inputs; sets the op's outputs or status,
  /// then calls `done`.
  void run(tensorflow::OpKernelContext *context,
           tensorflow::AsyncOpKernel::DoneCallback done);

private:
  using Handle = tensorflow::FunctionLibraryRuntime::Handle;
  absl::StatusOr<Handle> instantiate(tensorflow::OpKernelContext *context);

  tensorflow::NameAttrList func;
  std::mutex mutex;
  /// A kernel may serve several runtimes.
  std::unordered_map<tensorflow::FunctionLibraryRuntime *, Handle> handles;
};

} // namespace graft

#endif // GRAFT_TENSORFLOW_NATIVESEGMENT_H
