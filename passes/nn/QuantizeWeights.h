//===- QuantizeWeights.h - weights as quantized values --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_QUANTIZEWEIGHTS_H
#define GRAFT_PASSES_NN_QUANTIZEWEIGHTS_H

#include "dialects/nn/NN.h"

#include "mlir/IR/Builders.h"

namespace graft::nn {

/// `weights`, an f32 constant, as dequantized i8: for each position of the last
/// dimension a scale with which its largest magnitude is 127, or without
/// `perChannel` one scale. Null if the constant cannot be read or is not
/// finite.
DequantizeOp quantizeWeights(mlir::OpBuilder &builder, ConstantOp weights,
                             bool perChannel = true);

/// Whether 32 bits hold the sum of products of each output channel's weights
/// with any 8-bit values: of what quantizeWeights() makes of `weights`, and of
/// dequantized constant i8 values. True if they cannot be read.
bool fitsSums(ConstantOp weights);
bool fitsSums(DequantizeOp weights);

/// The same real values as dequantized i8, if `weights` dequantizes constant u8
/// values whose zero points are all 128. Else null.
DequantizeOp makeSigned(mlir::OpBuilder &builder, DequantizeOp weights);

/// `weights`, dequantized constant i8 without a zero point and with one scale,
/// or one for each position of the last dimension, times `factors`, one for
/// each position of it. The scales take the magnitudes of the factors, the
/// quantized values their signs. Null if that is not exact: a factor is 0, or
/// -128 would change its sign.
DequantizeOp scaleWeights(mlir::OpBuilder &builder, mlir::Location loc,
                          DequantizeOp weights, mlir::ElementsAttr factors);

/// The mean error of each output channel of `heavy`, whose f32 weights `exact`
/// became `rounded`, if its input's channels have these means, and its padding
/// is 0: one value for each output channel. Empty if it is unknown.
llvm::SmallVector<float> findMeanError(HeavyOpInterface heavy, ConstantOp exact,
                                       DequantizeOp rounded,
                                       llvm::ArrayRef<float> means);

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_QUANTIZEWEIGHTS_H
