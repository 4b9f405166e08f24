//===- Builder.h - engines built at run time ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// This library has no compiler. Where one is at hand, libgraft.so, it is loaded
// when the first engine is to be built.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TENSORFLOW_BUILDER_H
#define GRAFT_TENSORFLOW_BUILDER_H

#include "tensorflow/SharedEngine.h"

#include "tensorflow/core/framework/function.h"

namespace graft {

struct BuildRequest {
  const tensorflow::FunctionDef *function = nullptr;
  std::vector<tensorflow::DataType> inputs, outputs;
  Shapes shapes;           ///< of the inputs
  std::string target;      ///< as `graft build` takes it; empty: the default
  std::string precision;   ///< as `graft build` takes it
  std::string calibration; ///< the text of a table of ranges, for int8, or none
  int threads = 1;
};

/// Compiles a function, which may call those of `library`, for inputs of the
/// request's shapes. Errors: Unavailable without libgraft.so, else the
/// compiler's.
absl::StatusOr<std::shared_ptr<SharedEngine>>
buildEngine(tensorflow::FunctionLibraryRuntime *library,
            const BuildRequest &request);

} // namespace graft

#endif // GRAFT_TENSORFLOW_BUILDER_H
