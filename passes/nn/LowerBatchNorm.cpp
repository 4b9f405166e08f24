//===- LowerBatchNorm.cpp - normalisation that has to be computed ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-lower-batch-norm.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/Draft.h"
#include "passes/nn/Passes.h"
#include "passes/nn/Patterns.h"

using namespace mlir;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_LOWERBATCHNORM
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

namespace {

struct LowerNormalization : OpRewritePattern<BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(BatchNormOp norm,
                                PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(norm.getX().getType());
    if (type.getRank() != 4 || !type.getElementType().isF32() ||
        type.isDynamicDim(3) || norm.getX().getType() != norm.getType())
      return rewriter.notifyMatchFailure(norm, "not of images in f32");
    Draft draft(rewriter, norm);
    Value factor, shift;
    if (!asFactorAndShift(rewriter, norm, factor, shift))
      return draft.discard("a parameter is not constant");
    Location loc = norm.getLoc();
    int64_t channels = type.getDimSize(3);
    Value filter = evaluateNow(
        rewriter,
        ReshapeOp::create(rewriter, loc, factor, /*dims=*/Value(),
                          rewriter.getDenseI64ArrayAttr({1, 1, 1, channels})));
    if (!filter)
      return draft.discard("constants cannot be evaluated");
    auto conv = Conv2DOp::create(
        rewriter, loc, type, norm.getX(), filter, shift,
        /*epilogue_operands=*/ValueRange(),
        /*strides=*/ArrayRef<int64_t>{1, 1},
        /*dilations=*/ArrayRef<int64_t>{1, 1},
        /*pads=*/ArrayRef<int64_t>{0, 0, 0, 0}, /*groups=*/channels,
        /*epilogues=*/rewriter.getArrayAttr({}), /*to=*/StringAttr(),
        /*zero_point=*/IntegerAttr());
    rewriter.replaceOp(norm, conv);
    return success();
  }
};

} // namespace

static void populate(RewritePatternSet &patterns) {
  patterns.add<LowerNormalization>(patterns.getContext());
}

namespace {
class LowerBatchNormPass
    : public PatternPass<
          graft::nn::impl::LowerBatchNormBase<LowerBatchNormPass>, populate> {
public:
  using PatternPass::PatternPass;
};
} // namespace
