//===- FuseVertical.cpp - epilogues for heavy operations
//--------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-fuse-vertical.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/Passes.h"

#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_FUSEVERTICAL
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

/// The heavy operation behind `value` if nobody else reads it, else null.
static EpilogueOpInterface getFusable(Value value) {
  return value.hasOneUse() ? value.getDefiningOp<EpilogueOpInterface>()
                           : EpilogueOpInterface();
}

/// A copy of `heavy` in the place of `op`, which reads it; both are replaced.
/// `change` makes the copy do what `op` did.
template <typename Change>
static void fuse(PatternRewriter &rewriter, EpilogueOpInterface heavy,
                 Operation *op, Change change) {
  auto copy = cast<EpilogueOpInterface>(rewriter.clone(*heavy));
  copy->setLoc(rewriter.getFusedLoc({heavy.getLoc(), op->getLoc()}));
  change(copy);
  copy->getResult(0).setType(op->getResult(0).getType());
  rewriter.replaceOp(op, copy->getResults());
  rewriter.eraseOp(heavy);
}

/// The double in attribute `name`, or 0.
static double getParameter(Operation *op, StringRef name) {
  auto attribute = op->getAttrOfType<FloatAttr>(name);
  return attribute ? attribute.getValueAsDouble() : 0.0;
}

/// The mnemonic, which is also the epilogue's kind.
static StringRef getKind(Operation *op) { return op->getName().stripDialect(); }

namespace {

struct FuseActivation : OpTraitRewritePattern<ElementwiseUnary> {
  using OpTraitRewritePattern::OpTraitRewritePattern;

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    EpilogueOpInterface heavy = getFusable(op->getOperand(0));
    if (!heavy)
      return rewriter.notifyMatchFailure(op, "nothing to ride on");
    if (getElementTypeOrSelf(op->getOperand(0)) !=
        getElementTypeOrSelf(op->getResult(0)))
      return rewriter.notifyMatchFailure(op, "changes the element type");
    fuse(rewriter, heavy, op, [&](EpilogueOpInterface copy) {
      copy.appendEpilogue(getKind(op), {}, getParameter(op, "alpha"),
                          getParameter(op, "beta"));
    });
    return success();
  }
};

/// The addition of one constant per channel becomes the bias.
struct FuseBias : OpRewritePattern<AddOp> {
  FuseBias(MLIRContext *context) : OpRewritePattern(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(AddOp add,
                                PatternRewriter &rewriter) const override {
    for (auto [tensor, other] : {std::pair(add.getA(), add.getB()),
                                 std::pair(add.getB(), add.getA())}) {
      EpilogueOpInterface heavy = getFusable(tensor);
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
           [&](EpilogueOpInterface copy) { copy.setBias(bias); });
      return success();
    }
    return rewriter.notifyMatchFailure(add, "no bias");
  }
};

/// A step with another tensor as its operand.
struct FuseOperand : OpTraitRewritePattern<ElementwiseBinary> {
  using OpTraitRewritePattern::OpTraitRewritePattern;

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!isa<AddOp, SubOp, MulOp, MinimumOp, MaximumOp>(op))
      return rewriter.notifyMatchFailure(op, "not a kind of epilogue");
    Value a = op->getOperand(0), b = op->getOperand(1);
    EpilogueOpInterface left = fits(op, a, b), right;
    if (op->hasTrait<OpTrait::IsCommutative>())
      right = fits(op, b, a);
    // Of two candidates the later: the other is finished by then anyway.
    bool takeRight =
        right && (!left || left->isBeforeInBlock(right.getOperation()));
    EpilogueOpInterface heavy = takeRight ? right : left;
    if (!heavy)
      return rewriter.notifyMatchFailure(op, "nothing to ride on");
    fuse(rewriter, heavy, op, [&](EpilogueOpInterface copy) {
      copy.appendEpilogue(getKind(op), takeRight ? a : b, 0.0, 0.0);
    });
    return success();
  }

private:
  /// The heavy operation behind `tensor` if `op` can become its epilogue with
  /// operand `other`.
  static EpilogueOpInterface fits(Operation *op, Value tensor, Value other) {
    EpilogueOpInterface heavy = getFusable(tensor);
    auto type = dyn_cast<RankedTensorType>(tensor.getType());
    if (!heavy || !type || type != op->getResult(0).getType() ||
        tensor == other || heavy->getBlock() != op->getBlock())
      return {};
    return heavy;
  }
};

class FuseVerticalPass
    : public graft::nn::impl::FuseVerticalBase<FuseVerticalPass> {
public:
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    set.add<FuseActivation, FuseBias, FuseOperand>(context);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    if (failed(applyPatternsGreedily(getOperation(), patterns)))
      signalPassFailure();
  }

private:
  FrozenRewritePatternSet patterns;
};

} // namespace
