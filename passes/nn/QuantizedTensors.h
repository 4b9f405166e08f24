//===- QuantizedTensors.h - quantization parameters -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Queries about quantized tensors for the passes that place and fuse
// quantization: real = (quantized - zero point) * scale.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_QUANTIZEDTENSORS_H
#define GRAFT_PASSES_NN_QUANTIZEDTENSORS_H

#include "dialects/nn/NN.h"

#include "mlir/IR/Builders.h"

#include <optional>

namespace graft::nn {

/// The quantization parameters of a whole tensor.
struct QuantizationParams {
  double scale = 1.0;
  int64_t zeroPoint = 0;
  mlir::IntegerType type; ///< i8 or ui8

  bool operator==(const QuantizationParams &other) const {
    return scale == other.scale && zeroPoint == other.zeroPoint &&
           type == other.type;
  }
  bool operator!=(const QuantizationParams &other) const {
    return !(*this == other);
  }
};

/// The parameters of the quantized operand or result of the operation; nothing
/// if it does not have 8 bits or has several scales.
std::optional<QuantizationParams> getQuantizationParams(QuantizeOp quantize);
std::optional<QuantizationParams>
getQuantizationParams(DequantizeOp dequantize);

mlir::Value createQuantize(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::Value reals, const QuantizationParams &params);
mlir::Value createDequantize(mlir::OpBuilder &builder, mlir::Location loc,
                             mlir::Value values,
                             const QuantizationParams &params);

/// The dequantization of the weights of a convolution or matrix product, if
/// they are constant i8 without a zero point and have one scale, or one for
/// each output channel. Else null.
DequantizeOp getQuantizedWeights(HeavyOpInterface heavy);

/// Whether a heavy operation multiplies quantized values, or a mean sums them.
bool sumsQuantized(EpilogueOpInterface op);

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_QUANTIZEDTENSORS_H
