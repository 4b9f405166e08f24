//===- ShapePropagation.h - an engine's shapes for given sizes ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to StaticTypes: the queries of its search for sizes.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PLAN_SHAPEPROPAGATION_H
#define GRAFT_PASSES_PLAN_SHAPEPROPAGATION_H

#include "dialects/nn/reference/TensorBuffer.h"
#include "dialects/plan/Plan.h"
#include "runtime/ops/Semantics.h"

#include "llvm/ADT/DenseMap.h"

namespace graft::plan {

/// A dynamic dimension of an engine's input, and the size that stands for it.
struct OpenSize {
  mlir::Value input;
  size_t dim = 0;
  int64_t size = 0;
};

/// The shapes of all buffers of one engine, for sizes that may change. Contents
/// of small tensors are computed where they follow from shapes and constants,
/// as the executor does.
class ShapePropagation {
public:
  /// `standIn` is every size to begin with, and that of dimensions which depend
  /// on data. Fails, with a diagnostic, where a buffer has elements of a type
  /// that no engine has.
  mlir::LogicalResult init(EngineOp engine, int64_t standIn);

  /// Infers every shape that depends on a size. Stops at the first launch that
  /// does not take its inputs' shapes, or whose results are empty, and returns
  /// its position; otherwise returns the number of launches that such shapes
  /// concern. With `skips` it skips such launches instead.
  size_t run(bool skips = false);

  size_t countLaunches() const { return launches.size(); }
  LaunchOp getLaunch(size_t position) const { return launches[position].op; }
  /// From now on the results of that launch have the sizes of their types, and
  /// the stand-in for unknown sizes.
  void skip(size_t position) { launches[position].isSkipped = true; }
  bool isSkipped(size_t position) const { return launches[position].isSkipped; }

  /// Which of `sizes` shapes of the launch's inputs may depend on.
  llvm::SmallVector<size_t> findSizes(size_t position) const;
  /// Whether the launch keeps its operation's rules as far as types tell, with
  /// dynamic sizes left open.
  Status checkTypes(size_t position) const;

  /// Of every buffer, all static.
  llvm::DenseMap<mlir::Value, ops::TensorType> &getTypes() { return types; }

  llvm::SmallVector<OpenSize> sizes;
  /// The total number of queries of launches.
  int64_t numAsked = 0;

private:
  struct Launch {
    LaunchOp op;
    ops::OpDesc desc;
    bool isDynamic = false;   ///< some input or result is
    bool mayEvaluate = false; ///< results are small and written once
    bool isSkipped = false;
  };

  void addLaunch(LaunchOp launch);
  void addConstant(ConstantOp constant);
  Status infer(const Launch &launch,
               const std::vector<ops::ShapeInput> &inputs);
  void evaluate(const Launch &launch,
                const std::vector<ops::ShapeInput> &inputs);
  ops::TensorType complete(ops::TensorType type) const;

  int64_t standIn = 1;
  llvm::SmallVector<Launch, 0> launches;
  llvm::SmallVector<mlir::Value> openBuffers; ///< dynamic ones, in their order
  llvm::DenseMap<mlir::Value, ops::TensorType> declared, types;
  llvm::DenseMap<mlir::Value, nn::TensorBuffer> constants, contents;
};

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_SHAPEPROPAGATION_H
