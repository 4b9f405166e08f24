//===- QuantizedTensors.cpp - quantization parameters ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn/QuantizedTensors.h"

#include "passes/nn/ChannelMath.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace graft::nn;

static std::optional<QuantizationParams>
getQuantizationParams(Type params, Type reals, ArrayRef<double> scale,
                      ArrayRef<int64_t> zeroPoint) {
  auto type = dyn_cast<IntegerType>(getElementTypeOrSelf(params));
  if (!type || type.getWidth() != 8 || scale.size() != 1 ||
      !getElementTypeOrSelf(reals).isF32())
    return std::nullopt;
  return QuantizationParams{scale[0], zeroPoint.empty() ? 0 : zeroPoint[0],
                            type};
}

std::optional<QuantizationParams>
graft::nn::getQuantizationParams(QuantizeOp quantize) {
  return ::getQuantizationParams(quantize.getType(), quantize.getX().getType(),
                                 quantize.getScale(), quantize.getZeroPoint());
}

std::optional<QuantizationParams>
graft::nn::getQuantizationParams(DequantizeOp dequantize) {
  return ::getQuantizationParams(dequantize.getX().getType(),
                                 dequantize.getType(), dequantize.getScale(),
                                 dequantize.getZeroPoint());
}

Value graft::nn::createQuantize(OpBuilder &builder, Location loc, Value reals,
                                const QuantizationParams &params) {
  auto type = cast<RankedTensorType>(reals.getType());
  return QuantizeOp::create(builder, loc, type.clone(params.type), reals,
                            ArrayRef(params.scale), ArrayRef(params.zeroPoint),
                            /*axis=*/-1,
                            params.type.isUnsigned() ? "u8" : "i8");
}

Value graft::nn::createDequantize(OpBuilder &builder, Location loc,
                                  Value values,
                                  const QuantizationParams &params) {
  auto type = cast<RankedTensorType>(values.getType());
  return DequantizeOp::create(
      builder, loc, type.clone(Float32Type::get(type.getContext())), values,
      ArrayRef(params.scale), ArrayRef(params.zeroPoint), /*axis=*/-1, "f32");
}

DequantizeOp graft::nn::getQuantizedWeights(HeavyOpInterface heavy) {
  auto matmul = dyn_cast<MatMulOp>(*heavy);
  if (!isa<Conv2DOp>(*heavy) &&
      !(matmul && !matmul.getTransposeA() && !matmul.getTransposeB()))
    return {};
  auto weights = heavy->getOperand(1).getDefiningOp<DequantizeOp>();
  if (!weights || !isConstant(weights.getX()) ||
      !getElementTypeOrSelf(weights.getX().getType()).isSignlessInteger(8) ||
      !getElementTypeOrSelf(weights.getType()).isF32() ||
      llvm::any_of(weights.getZeroPoint(), [](int64_t z) { return z != 0; }))
    return {};
  auto type = cast<RankedTensorType>(weights.getType());
  int64_t axis = static_cast<int64_t>(weights.getAxis());
  if (axis < 0)
    axis += type.getRank();
  if ((weights.getScale().size() != 1 && axis != type.getRank() - 1) ||
      (matmul && type.getRank() != 2))
    return {};
  return weights;
}

bool graft::nn::sumsQuantized(EpilogueOpInterface op) {
  auto type = dyn_cast<IntegerType>(getElementTypeOrSelf(op->getOperand(0)));
  return isa<Conv2DOp, MatMulOp, AvgPool2DOp>(*op) && type &&
         type.getWidth() == 8;
}
