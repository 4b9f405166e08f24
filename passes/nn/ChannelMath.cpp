//===- ChannelMath.cpp - constants with one value per channel -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"

#include "dialects/nn/reference/Evaluator.h"

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
  SmallVector<ElementsAttr> operands, results;
  for (Value operand : op->getOperands()) {
    ElementsAttr value;
    if (matchPattern(operand, m_Constant(&value)))
      operands.push_back(value);
  }
  // Weights may be of any size: the result replaces them.
  LogicalResult done =
      success(operands.size() == op->getNumOperands() &&
              succeeded(evaluate(op, operands, INT64_MAX, results)));
  Location loc = op->getLoc();
  rewriter.eraseOp(op);
  return succeeded(done) ? ConstantOp::create(rewriter, loc, results.front())
                         : Value();
}

bool graft::nn::asFactorAndShift(PatternRewriter &rewriter, BatchNormOp norm,
                                 Value &factor, Value &shift) {
  for (Value parameter : norm->getOperands().drop_front())
    if (!isConstant(parameter))
      return false;
  Location loc = norm.getLoc();
  auto type = cast<RankedTensorType>(norm.getVariance().getType());
  auto element = cast<FloatType>(type.getElementType());
  APFloat small(norm.getEpsilon().convertToDouble());
  bool inexact;
  small.convert(element.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                &inexact);
  Value epsilon = ConstantOp::create(
      rewriter, loc, DenseElementsAttr::get(type, ArrayRef(small)));
  Value variance = compute<AddOp>(rewriter, loc, norm.getVariance(), epsilon);
  factor = compute<MulOp>(rewriter, loc, norm.getScale(),
                          compute<RsqrtOp>(rewriter, loc, variance));
  shift = compute<SubOp>(rewriter, loc, norm.getOffset(),
                         compute<MulOp>(rewriter, loc, norm.getMean(), factor));
  return factor && shift;
}
