//===- ChannelMath.cpp - constants with one value per channel
//---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"

#include "dialects/nn/Describe.h"
#include "dialects/nn/reference/TensorBuffer.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace graft::nn;

bool graft::nn::isConstant(Value value) {
  return value.getDefiningOp<ConstantOp>() != nullptr;
}

int64_t graft::nn::getChannels(Operation *heavy) {
  return cast<RankedTensorType>(heavy->getResult(0).getType())
      .getShape()
      .back();
}

Value graft::nn::getChannelWeights(Operation *heavy) {
  Value weights;
  if (auto conv = dyn_cast<Conv2DOp>(heavy))
    weights = conv.getFilter();
  else if (auto matmul = dyn_cast<MatMulOp>(heavy);
           matmul && !matmul.getTransposeB())
    weights = matmul.getB();
  return weights && isConstant(weights) ? weights : Value();
}

Value graft::nn::asChannelConstant(PatternRewriter &rewriter, Value value,
                                   int64_t channels, int64_t rank) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape() || !isConstant(value) ||
      type.getRank() == 0 || type.getRank() > rank ||
      type.getNumElements() != channels || type.getShape().back() != channels)
    return {};
  if (type.getRank() == 1)
    return value;
  return evaluateNow(
      rewriter,
      ReshapeOp::create(rewriter, value.getLoc(), value, /*dims=*/Value(),
                        rewriter.getDenseI64ArrayAttr({channels})));
}

Value graft::nn::evaluateNow(PatternRewriter &rewriter, Operation *op) {
  std::vector<TensorBuffer> buffers(op->getNumOperands() + 1);
  std::vector<ops::TensorView> inputs;
  auto type = toTensorType(op->getResult(0).getType());
  LogicalResult read = success(type.has_value());
  for (auto [operand, buffer] : llvm::zip(op->getOperands(), buffers)) {
    ElementsAttr value;
    if (failed(read) || !matchPattern(operand, m_Constant(&value)))
      read = failure();
    else
      read = buffer.read(value);
    inputs.push_back(buffer.view());
  }
  TensorBuffer &result = buffers.back();
  ElementsAttr value;
  if (succeeded(read) && succeeded(result.allocate(*type)) &&
      ops::evaluate(describe(op), inputs, {result.view()}))
    value = result.toAttribute(op->getContext());
  Location loc = op->getLoc();
  rewriter.eraseOp(op);
  return value ? ConstantOp::create(rewriter, loc, value) : Value();
}
