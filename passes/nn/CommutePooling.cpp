//===- CommutePooling.cpp - means where they are cheapest -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-commute-pooling.
//===----------------------------------------------------------------------===//
#include "passes/nn/Passes.h"
#include "passes/nn/Patterns.h"

#include "dialects/nn/NN.h"

using namespace mlir;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_COMMUTEPOOLING
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

static bool isAll(ArrayRef<int64_t> values, int64_t wanted) {
  return llvm::all_of(values, [&](int64_t v) { return v == wanted; });
}

/// Whether `conv` multiplies each pixel with a matrix, so that it commutes with
/// the mean of pixels of `pool`. A bias commutes with a mean of existing
/// elements, but not with one that includes the padding.
static bool commute(Conv2DOp conv, AvgPool2DOp pool) {
  auto filter = cast<RankedTensorType>(conv.getFilter().getType());
  return filter.getDimSize(0) == 1 && filter.getDimSize(1) == 1 &&
         isAll(conv.getStrides(), 1) && isAll(conv.getPads(), 0) &&
         conv.getGroups() == 1 && conv.getEpilogues().empty() &&
         pool.getEpilogues().empty() && !conv.getTo() &&
         isa<FloatType>(
             cast<RankedTensorType>(conv.getX().getType()).getElementType()) &&
         (!conv.getBias() || !pool.getIncludePad() || isAll(pool.getPads(), 0));
}

/// Puts a copy of `second` in front of a copy of `first`, which it reads. The
/// tensor between them then has `channels` channels, and the height and width
/// of `image`.
static void swap(PatternRewriter &rewriter, Operation *first, Operation *second,
                 RankedTensorType image, int64_t channels) {
  SmallVector<int64_t> shape(image.getShape());
  shape.back() = channels;
  Operation *before = rewriter.clone(*second);
  before->setOperand(0, first->getOperand(0));
  before->getResult(0).setType(
      RankedTensorType::get(shape, image.getElementType()));
  Operation *after = rewriter.clone(*first);
  after->setOperand(0, before->getResult(0));
  after->getResult(0).setType(second->getResult(0).getType());
  rewriter.replaceOp(second, after->getResults());
  rewriter.eraseOp(first);
}

namespace {

/// A mean that keeps the number of pixels moves to the side with fewer
/// channels.
struct SinkMean : OpRewritePattern<Conv2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(Conv2DOp conv,
                                PatternRewriter &rewriter) const override {
    auto pool = conv.getX().getDefiningOp<AvgPool2DOp>();
    if (!pool || !pool->hasOneUse() || !commute(conv, pool) ||
        !isAll(pool.getStrides(), 1))
      return rewriter.notifyMatchFailure(conv, "no mean to exchange");
    auto filter = cast<RankedTensorType>(conv.getFilter().getType());
    int64_t channels = filter.getDimSize(3);
    if (filter.isDynamicDim(2) || filter.isDynamicDim(3) ||
        channels >= filter.getDimSize(2))
      return rewriter.notifyMatchFailure(conv, "channels do not get fewer");
    auto input = cast<RankedTensorType>(pool.getX().getType());
    swap(rewriter, pool, conv, input, channels);
    return success();
  }
};

/// A mean that reduces the number of pixels moves before the matrix.
struct HoistMean : OpRewritePattern<AvgPool2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AvgPool2DOp pool,
                                PatternRewriter &rewriter) const override {
    auto conv = pool.getX().getDefiningOp<Conv2DOp>();
    if (!conv || !conv->hasOneUse() || !commute(conv, pool) ||
        isAll(pool.getStrides(), 1))
      return rewriter.notifyMatchFailure(pool, "no convolution to exchange");
    auto input = cast<RankedTensorType>(conv.getX().getType());
    auto result = cast<RankedTensorType>(pool.getY().getType());
    swap(rewriter, conv, pool, result, input.getDimSize(3));
    return success();
  }
};

} // namespace

static void populate(RewritePatternSet &patterns) {
  patterns.add<SinkMean, HoistMean>(patterns.getContext());
}

namespace {
class CommutePoolingPass
    : public PatternPass<
          graft::nn::impl::CommutePoolingBase<CommutePoolingPass>, populate> {
public:
  using PatternPass::PatternPass;
};
} // namespace
