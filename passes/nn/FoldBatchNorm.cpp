//===- FoldBatchNorm.cpp - normalisation into weights ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-fold-batch-norm.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/Draft.h"
#include "passes/nn/Passes.h"
#include "passes/nn/Patterns.h"
#include "passes/nn/QuantizeWeights.h"
#include "passes/nn/QuantizedTensors.h"

using namespace mlir;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_FOLDBATCHNORM
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

/// The weights of a heavy operation whose channels can be scaled: constant, or
/// constant quantized weights with a scale for each channel.
static Value getScalableWeights(HeavyOpInterface heavy) {
  if (Value weights = getChannelWeights(heavy))
    return weights;
  DequantizeOp dequantize = getQuantizedWeights(heavy);
  return dequantize ? dequantize.getResult() : Value();
}

/// The heavy operation that computes `value` if its weights can be scaled
/// without other effects: constant weights and bias, no epilogue, one reader.
static HeavyOpInterface getScalableSource(Value value) {
  auto heavy = value.getDefiningOp<HeavyOpInterface>();
  if (!heavy || !value.hasOneUse() || !heavy.getEpilogues().empty() ||
      !getScalableWeights(heavy) ||
      (heavy.getBias() && !isConstant(heavy.getBias())))
    return {};
  return heavy;
}

/// Replaces `op`, which reads `heavy`, by a copy of `heavy` with weights and
/// bias multiplied by `factor` and `shift` added to the bias. `shift` may be
/// null; `draft` began before either was made.
static LogicalResult scaleInto(PatternRewriter &rewriter, Draft &draft,
                               Operation *op, HeavyOpInterface heavy,
                               Value factor, Value shift) {
  Location loc = rewriter.getFusedLoc({heavy.getLoc(), op->getLoc()});
  Value weights = getScalableWeights(heavy), scaled;
  if (auto dequantize = weights.getDefiningOp<DequantizeOp>()) {
    auto constant = factor.getDefiningOp<ConstantOp>();
    if (constant)
      if (DequantizeOp moved =
              scaleWeights(rewriter, loc, dequantize, constant.getValue()))
        scaled = moved;
  } else {
    scaled = compute<MulOp>(rewriter, loc, weights, factor);
  }
  Value bias = heavy.getBias();
  if (bias)
    bias = compute<MulOp>(rewriter, loc, bias, factor);
  if (bias && shift)
    bias = compute<AddOp>(rewriter, loc, bias, shift);
  else if (!heavy.getBias())
    bias = shift;
  if (!scaled || (heavy.getBias() && !bias))
    return draft.discard("constants cannot be evaluated");

  auto copy = cast<HeavyOpInterface>(rewriter.clone(*heavy));
  copy->setLoc(loc);
  copy->replaceUsesOfWith(weights, scaled);
  if (bias)
    copy.setBias(bias);
  copy->getResult(0).setType(op->getResult(0).getType());
  rewriter.replaceOp(op, copy->getResults());
  rewriter.eraseOp(heavy);
  return success();
}

namespace {

struct FoldNormalization : OpRewritePattern<BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(BatchNormOp norm,
                                PatternRewriter &rewriter) const override {
    HeavyOpInterface heavy = getScalableSource(norm.getX());
    if (!heavy)
      return rewriter.notifyMatchFailure(norm, "nothing to fold it into");
    Draft draft(rewriter, norm);
    Value factor, shift;
    if (!asFactorAndShift(rewriter, norm, factor, shift))
      return draft.discard("a parameter is not constant");
    return scaleInto(rewriter, draft, norm, heavy, factor, shift);
  }
};

struct FoldScaling : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MulOp mul,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(mul.getType());
    Draft draft(rewriter, mul);
    for (auto [tensor, other] : {std::pair(mul.getA(), mul.getB()),
                                 std::pair(mul.getB(), mul.getA())}) {
      HeavyOpInterface heavy = getScalableSource(tensor);
      if (!heavy || tensor.getType() != type)
        continue;
      Value factor = asChannelConstant(rewriter, other, getChannels(heavy),
                                       type.getRank());
      if (factor)
        return scaleInto(rewriter, draft, mul, heavy, factor, /*shift=*/{});
    }
    return rewriter.notifyMatchFailure(mul, "no factor for each channel");
  }
};

} // namespace

static void populate(RewritePatternSet &patterns) {
  populateBiasPatterns(patterns); // a bias may stand between
  patterns.add<FoldNormalization, FoldScaling>(patterns.getContext());
}

namespace {
class FoldBatchNormPass
    : public PatternPass<graft::nn::impl::FoldBatchNormBase<FoldBatchNormPass>,
                         populate> {
public:
  using PatternPass::PatternPass;
};
} // namespace
