//===- ChannelMath.h - constants with one value per channel ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Helpers of the fusions: they query weights and biases, and compute new ones
// by building `nn` operations on constants and evaluating them at once.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_CHANNELMATH_H
#define GRAFT_PASSES_NN_CHANNELMATH_H

#include "dialects/nn/NN.h"

#include "mlir/IR/PatternMatch.h"

namespace graft::nn {

/// Whether `value` is the result of a `constant`.
bool isConstant(mlir::Value value);

/// The number of output channels of a heavy operation: the size of the last
/// dimension of its result. kDynamic if it is unknown.
int64_t getChannels(mlir::Operation *heavy);

/// The weights of a heavy operation (filter or right matrix) if their last
/// dimension is the output channels and they are constant, else null. A
/// transposed filter or matrix does not count.
mlir::Value getChannelWeights(mlir::Operation *heavy);

/// `value` as one value per channel: a constant of shape [channels], reshaped
/// if need be, where `value` is constant and broadcasts along all dimensions
/// but the last of a tensor of rank `rank`. Else null.
mlir::Value asChannelConstant(mlir::PatternRewriter &rewriter,
                              mlir::Value value, int64_t channels,
                              int64_t rank);

/// Evaluates an operation whose operands are constant and replaces it by the
/// constant. Null, and the operation is gone, if it cannot be evaluated.
mlir::Value evaluateNow(mlir::PatternRewriter &rewriter, mlir::Operation *op);

/// Builds an operation on constants and evaluates it.
template <typename OpT, typename... Args>
mlir::Value compute(mlir::PatternRewriter &rewriter, mlir::Location loc,
                    Args &&...args) {
  for (mlir::Value operand : {mlir::Value(args)...})
    if (!operand)
      return {};
  return evaluateNow(rewriter,
                     OpT::create(rewriter, loc, std::forward<Args>(args)...));
}

/// The factor and the offset that `norm` applies to each channel, if known:
/// constants of shape [channels].
bool asFactorAndShift(mlir::PatternRewriter &rewriter, BatchNormOp norm,
                      mlir::Value &factor, mlir::Value &shift);

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_CHANNELMATH_H
