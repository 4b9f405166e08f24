//===- Attention.cpp - a softmax between two products ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// softmax(q k^T scale + mask) v, where transpositions move the heads of q, k
// and v in front of the positions. An attention reads the operands of the
// transpositions instead.
//===----------------------------------------------------------------------===//
#include "passes/nn/raise/Expression.h"
#include "passes/nn/raise/Patterns.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace graft::nn;
using namespace graft::nn::raise;

/// Whether `product` multiplies matrices and does nothing more.
static bool isPlain(MatMulOp product) {
  return !product.getBias() && product.getEpilogues().empty() &&
         getElementTypeOrSelf(product.getType()) ==
             getElementTypeOrSelf(product.getA().getType());
}

/// Such a product, if it has no other reader; else null.
static MatMulOp getPlainProduct(Value value) {
  auto product =
      value.hasOneUse() ? value.getDefiningOp<MatMulOp>() : MatMulOp();
  return product && isPlain(product) ? product : MatMulOp();
}

/// Whether `value` is [batch, head, ...] by a transposition.
static bool isHeads(Value value) {
  auto transpose = value.getDefiningOp<TransposeOp>();
  return transpose && transpose.getPerm().size() == 4;
}

/// Whether all have the same number of heads: an attention broadcasts none.
static bool haveSameHeads(ArrayRef<Value> values) {
  auto headsOf = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getShape().take_front(2);
  };
  return llvm::all_of(values, [&](Value value) {
    return headsOf(value) == headsOf(values.front());
  });
}

/// Positions before heads, from [batch, head, position, feature] or, if it
/// `isTransposed`, [batch, head, feature, position].
static Value bringBack(PatternRewriter &rewriter, Value value,
                       bool isTransposed) {
  SmallVector<int64_t> perm = {0, 2, 1, 3};
  if (isTransposed)
    perm = {0, 3, 1, 2};
  return rewriter.createOrFold<TransposeOp>(value.getLoc(), value, perm);
}

namespace {

struct RaiseAttention : OpRewritePattern<MatMulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatMulOp op,
                                PatternRewriter &rewriter) const override {
    auto softmax = op.getA().getDefiningOp<SoftmaxOp>();
    if (!softmax || !softmax->hasOneUse() || op.getTransposeA() ||
        !isPlain(op) || !isHeads(op.getB()))
      return rewriter.notifyMatchFailure(op, "no weights times heads");
    auto type = cast<RankedTensorType>(softmax.getType());
    if (type.getRank() != 4 || !isa<FloatType>(type.getElementType()) ||
        !llvm::is_contained({-1, 3}, static_cast<int64_t>(softmax.getAxis())))
      return rewriter.notifyMatchFailure(op, "not a softmax of matrices' rows");

    MatMulOp scores;
    Value mask;
    double scale = 1;
    for (auto [term, isNegative] : asSum(softmax.getX())) {
      // A constant added to a whole row does not change its softmax.
      if (getNumber(term))
        continue;
      Product product = asProduct(term, [](Value) { return false; });
      bool isOne = product.factors.size() == 1 && product.divisors.empty();
      if (MatMulOp found =
              isOne ? getPlainProduct(product.factors.front()) : MatMulOp();
          found && !scores) {
        scores = found;
        scale = isNegative ? -product.scale : product.scale;
        continue;
      }
      if (mask || isNegative)
        return rewriter.notifyMatchFailure(op, "more than a mask is added");
      mask = term;
    }
    if (!scores || scores.getType() != type || !isHeads(scores.getA()) ||
        !isHeads(scores.getB()) ||
        !haveSameHeads({scores.getA(), scores.getB(), op.getB()}))
      return rewriter.notifyMatchFailure(op, "scores are no product of heads");

    Location loc = fuseLocations(
        op, {scores.getA(), scores.getB(), op.getB(), mask ? mask : op.getB()});
    Value query = bringBack(rewriter, scores.getA(), scores.getTransposeA());
    Value key = bringBack(rewriter, scores.getB(), !scores.getTransposeB());
    Value value = bringBack(rewriter, op.getB(), op.getTransposeB());
    auto attention = AttentionOp::create(rewriter, loc, query, key, value, mask,
                                         rewriter.getF64FloatAttr(scale));
    auto back = TransposeOp::create(rewriter, op.getLoc(), op.getType(),
                                    attention, ArrayRef<int64_t>{0, 2, 1, 3});
    rewriter.replaceOp(op, back);
    return success();
  }
};

} // namespace

void raise::populateAttentionPatterns(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<RaiseAttention>(context);
  TransposeOp::getCanonicalizationPatterns(patterns, context);
}
