//===- AbsorbBias.cpp - additions become biases ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pattern that nn-fold-batch-norm and nn-fuse-vertical share.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/Draft.h"
#include "passes/nn/FuseIntoProducer.h"
#include "passes/nn/Patterns.h"

using namespace mlir;
using namespace graft::nn;

namespace {

/// The addition of one constant per channel becomes the bias.
struct FuseBias : OpRewritePattern<AddOp> {
  FuseBias(MLIRContext *context) : OpRewritePattern(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(AddOp add,
                                PatternRewriter &rewriter) const override {
    Draft draft(rewriter, add);
    for (auto [tensor, other] : {std::pair(add.getA(), add.getB()),
                                 std::pair(add.getB(), add.getA())}) {
      auto heavy = getFusable<HeavyOpInterface>(tensor);
      auto type = dyn_cast<RankedTensorType>(tensor.getType());
      if (!heavy || !type || type != add.getType() ||
          !heavy.getEpilogues().empty())
        continue;
      if (heavy.getBias() && !isConstant(heavy.getBias()))
        continue;
      Value bias = asChannelConstant(rewriter, other, getChannels(heavy),
                                     type.getRank());
      if (bias && heavy.getBias())
        bias = compute<AddOp>(rewriter, add.getLoc(), heavy.getBias(), bias);
      if (!bias)
        continue;
      fuse(rewriter, heavy, add,
           [&](HeavyOpInterface copy) { copy.setBias(bias); });
      return success();
    }
    return draft.discard("no bias");
  }
};

} // namespace

void graft::nn::populateBiasPatterns(RewritePatternSet &patterns) {
  patterns.add<FuseBias>(patterns.getContext());
}
