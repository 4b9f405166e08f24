//===- FuseVertical.cpp - epilogues for convolutions, products, pooling ---===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-fuse-vertical.
//===----------------------------------------------------------------------===//
#include "passes/nn/FuseIntoProducer.h"
#include "passes/nn/Passes.h"
#include "passes/nn/Patterns.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_FUSEVERTICAL
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

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
    auto carrier = getFusable(op->getOperand(0));
    if (!carrier)
      return rewriter.notifyMatchFailure(op, "nothing to ride on");
    if (getElementTypeOrSelf(op->getOperand(0)) !=
        getElementTypeOrSelf(op->getResult(0)))
      return rewriter.notifyMatchFailure(op, "changes the element type");
    fuse(rewriter, carrier, op, [&](EpilogueOpInterface copy) {
      copy.appendEpilogue(getKind(op), {}, getParameter(op, "alpha"),
                          getParameter(op, "beta"));
    });
    return success();
  }
};

/// An epilogue with another tensor as its operand.
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
    bool takeRight = right && (!left || isBetter(right, left));
    EpilogueOpInterface carrier = takeRight ? right : left;
    if (!carrier)
      return rewriter.notifyMatchFailure(op, "nothing to ride on");
    fuse(rewriter, carrier, op, [&](EpilogueOpInterface copy) {
      copy.appendEpilogue(getKind(op), takeRight ? a : b, 0.0, 0.0);
    });
    return success();
  }

private:
  /// The operation that computes `tensor` if `op` can become its epilogue with
  /// operand `other`.
  static EpilogueOpInterface fits(Operation *op, Value tensor, Value other) {
    auto carrier = getFusable(tensor);
    auto type = dyn_cast<RankedTensorType>(tensor.getType());
    if (!carrier || !type || type != op->getResult(0).getType() ||
        tensor == other || carrier->getBlock() != op->getBlock())
      return {};
    return carrier;
  }

  /// Prefers the heavy one of two candidates, which hides the read of the
  /// operand, else the later one: the other has finished by then anyway.
  static bool isBetter(Operation *candidate, Operation *other) {
    bool heavy = isa<HeavyOpInterface>(candidate);
    if (heavy != isa<HeavyOpInterface>(other))
      return heavy;
    return other->isBeforeInBlock(candidate);
  }
};

} // namespace

static void populate(RewritePatternSet &patterns) {
  populateBiasPatterns(patterns);
  patterns.add<FuseActivation, FuseOperand>(patterns.getContext());
}

namespace {
class FuseVerticalPass
    : public PatternPass<graft::nn::impl::FuseVerticalBase<FuseVerticalPass>,
                         populate> {
public:
  using PatternPass::PatternPass;
};
} // namespace
