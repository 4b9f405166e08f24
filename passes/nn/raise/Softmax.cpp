//===- Softmax.cpp - exponentials over their sum --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn/raise/Expression.h"
#include "passes/nn/raise/Patterns.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace graft::nn;
using namespace graft::nn::raise;

/// The dimension along which `value` is a reduction of that kind of `x`, kept
/// as a dimension of one element; nothing if it is none, or along several.
static std::optional<int64_t> getReducedAxis(Value value, StringRef kind,
                                             Value x) {
  auto reduce = value.getDefiningOp<ReduceOp>();
  if (!reduce || reduce.getKind() != kind || reduce.getX() != x ||
      !reduce.getKeepDims() || reduce.getAxes().size() != 1)
    return std::nullopt;
  int64_t axis = reduce.getAxes()[0];
  return axis < 0 ? axis + cast<RankedTensorType>(x.getType()).getRank() : axis;
}

/// What softmax along `axis` reads where its exponentials are of `argument`:
/// the largest element may have been subtracted already.
static Value withoutShift(Value argument, int64_t axis) {
  auto shifted = argument.getDefiningOp<SubOp>();
  return shifted && shifted.getA().getType() == argument.getType() &&
                 getReducedAxis(shifted.getB(), "max", shifted.getA()) == axis
             ? shifted.getA()
             : argument;
}

namespace {

/// exp(x) / sum(exp(x))
template <typename OpT>
struct RaiseSoftmax : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    Product product = asProduct(op, [](Value) { return false; });
    if (product.scale != 1 || product.factors.size() != 1 ||
        product.divisors.size() != 1)
      return rewriter.notifyMatchFailure(op, "no quotient of two tensors");
    auto power = product.factors.front().template getDefiningOp<ExpOp>();
    if (!power || power.getType() != op.getType())
      return rewriter.notifyMatchFailure(op, "no exponential");
    auto axis = getReducedAxis(product.divisors.front(), "sum", power);
    if (!axis)
      return rewriter.notifyMatchFailure(op, "not over its own sum");
    Value x = withoutShift(power.getX(), *axis);
    rewriter.replaceOp(op, SoftmaxOp::create(rewriter, fuseLocations(op, x),
                                             op.getType(), x, *axis));
    return success();
  }
};

/// x - log(sum(exp(x)))
struct RaiseLogSoftmax : OpRewritePattern<SubOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SubOp op,
                                PatternRewriter &rewriter) const override {
    auto log = op.getB().getDefiningOp<LogOp>();
    auto sum = log ? log.getX().getDefiningOp<ReduceOp>() : ReduceOp();
    auto power = sum ? sum.getX().getDefiningOp<ExpOp>() : ExpOp();
    if (!power || power.getX() != op.getA() || power.getType() != op.getType())
      return rewriter.notifyMatchFailure(op, "no logarithm of exponentials");
    auto axis = getReducedAxis(sum, "sum", power);
    if (!axis)
      return rewriter.notifyMatchFailure(op, "not of a sum");
    Value x = withoutShift(op.getA(), *axis);
    rewriter.replaceOp(op, LogSoftmaxOp::create(rewriter, fuseLocations(op, x),
                                                op.getType(), x, *axis));
    return success();
  }
};

} // namespace

void raise::populateSoftmaxPatterns(RewritePatternSet &patterns) {
  patterns.add<RaiseSoftmax<DivOp>, RaiseSoftmax<MulOp>, RaiseLogSoftmax>(
      patterns.getContext());
}
