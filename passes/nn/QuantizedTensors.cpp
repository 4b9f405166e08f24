//===- QuantizedTensors.cpp - what codes of 8 bits stand for --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn/QuantizedTensors.h"

#include "passes/nn/ChannelMath.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace graft::nn;

static std::optional<Codes> getCodes(Type codes, Type numbers,
                                     ArrayRef<double> scale,
                                     ArrayRef<int64_t> zeroPoint) {
  auto type = dyn_cast<IntegerType>(getElementTypeOrSelf(codes));
  if (!type || type.getWidth() != 8 || scale.size() != 1 ||
      !getElementTypeOrSelf(numbers).isF32())
    return std::nullopt;
  return Codes{scale[0], zeroPoint.empty() ? 0 : zeroPoint[0], type};
}

std::optional<Codes> graft::nn::getCodes(QuantizeOp quantize) {
  return ::getCodes(quantize.getType(), quantize.getX().getType(),
                    quantize.getScale(), quantize.getZeroPoint());
}

std::optional<Codes> graft::nn::getCodes(DequantizeOp dequantize) {
  return ::getCodes(dequantize.getX().getType(), dequantize.getType(),
                    dequantize.getScale(), dequantize.getZeroPoint());
}

Value graft::nn::createQuantize(OpBuilder &builder, Location loc, Value numbers,
                                const Codes &codes) {
  auto type = cast<RankedTensorType>(numbers.getType());
  return QuantizeOp::create(builder, loc, type.clone(codes.type), numbers,
                            ArrayRef(codes.scale), ArrayRef(codes.zeroPoint),
                            /*axis=*/-1, codes.type.isUnsigned() ? "u8" : "i8");
}

Value graft::nn::createDequantize(OpBuilder &builder, Location loc,
                                  Value values, const Codes &codes) {
  auto type = cast<RankedTensorType>(values.getType());
  return DequantizeOp::create(
      builder, loc, type.clone(Float32Type::get(type.getContext())), values,
      ArrayRef(codes.scale), ArrayRef(codes.zeroPoint), /*axis=*/-1, "f32");
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

bool graft::nn::sumsCodes(EpilogueOpInterface op) {
  auto type = dyn_cast<IntegerType>(getElementTypeOrSelf(op->getOperand(0)));
  return isa<Conv2DOp, MatMulOp, AvgPool2DOp>(*op) && type &&
         type.getWidth() == 8;
}
