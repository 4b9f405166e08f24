//===- Simplify.cpp - canonicalisation that needs more than a folder ------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-simplify. Patterns about transpositions and changes of shape
// are in SinkTransposes.cpp and SinkReshapes.cpp.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/Passes.h"
#include "passes/nn/Patterns.h"
#include "passes/nn/QuantizeWeights.h"

#include "dialects/nn/NN.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_SIMPLIFY
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

/// The padding of height and width by zeros in front of `x` as top, bottom,
/// left and right; nothing if it is of another kind.
static PadOp getSpatialZeroPadding(Value x, SmallVectorImpl<int64_t> &sides) {
  auto pad = x.getDefiningOp<PadOp>();
  if (!pad || pad.getMode() != "constant" || !pad.getValue().isZero())
    return {};
  ArrayRef<int64_t> low = pad.getLow(), high = pad.getHigh();
  if (low.size() != 4 || low[0] || high[0] || low[3] || high[3])
    return {};
  sides.assign({low[1], high[1], low[2], high[2]});
  return pad;
}

/// Whether no element of `value` can be negative, by the operation behind it.
static bool isNonNegative(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto carrier = dyn_cast_or_null<EpilogueOpInterface>(op)) {
    if (carrier.getEpilogues().empty())
      return false;
    auto last = cast<EpilogueAttr>(carrier.getEpilogues().getValue().back());
    return last.getKind() == "relu" || last.getKind() == "sigmoid" ||
           (last.getKind() == "clip" && last.getAlpha() >= 0);
  }
  if (auto clip = dyn_cast_or_null<ClipOp>(op))
    return !clip.getAlpha().isNegative();
  return op && op->hasTrait<NonNegative>();
}

/// `op` reads the padded tensor at operand 0: makes it read the tensor itself
/// and pad it.
template <typename OpT>
static LogicalResult absorbPadding(OpT op, PatternRewriter &rewriter) {
  SmallVector<int64_t, 4> sides;
  PadOp pad = getSpatialZeroPadding(op.getX(), sides);
  if (!pad)
    return rewriter.notifyMatchFailure(op, "no padding to absorb");
  if constexpr (std::is_same_v<OpT, MaxPool2DOp>) {
    // A window that covers only padding has no other element.
    bool someInside =
        sides[0] < op.getWindow()[0] && sides[1] < op.getWindow()[0] &&
        sides[2] < op.getWindow()[1] && sides[3] < op.getWindow()[1];
    bool already = llvm::any_of(op.getPads(), [](int64_t p) { return p; });
    if (!someInside || already || !isNonNegative(pad.getX()))
      return rewriter.notifyMatchFailure(op, "a zero could be the maximum");
  }
  SmallVector<int64_t> pads(op.getPads());
  for (auto [sum, side] : llvm::zip_equal(pads, sides))
    if (side < 0 || __builtin_add_overflow(sum, side, &sum))
      return rewriter.notifyMatchFailure(op, "padding out of range");
  rewriter.modifyOpInPlace(op, [&] {
    op.getXMutable().assign(pad.getX());
    op.setPads(pads);
    op->setLoc(rewriter.getFusedLoc({pad.getLoc(), op.getLoc()}));
  });
  return success();
}

void graft::nn::populatePaddingPatterns(RewritePatternSet &patterns) {
  patterns.add(absorbPadding<Conv2DOp>);
  patterns.add(absorbPadding<MaxPool2DOp>);
}

/// x 1 is x.
static LogicalResult dropUnitFactor(MulOp op, PatternRewriter &rewriter) {
  for (auto [x, factor] :
       {std::pair(op.getA(), op.getB()), std::pair(op.getB(), op.getA())}) {
    DenseFPElementsAttr value;
    if (x.getType() != op.getType() ||
        !matchPattern(factor, m_Constant(&value)) || !value.isSplat() ||
        !value.getSplatValue<APFloat>().isExactlyValue(1.0))
      continue;
    rewriter.replaceOp(op, x);
    return success();
  }
  return rewriter.notifyMatchFailure(op, "no factor of one");
}

/// Quantizes a constant of any size: the weights of a quantized network. A
/// clamp may come before the rounding.
static LogicalResult quantizeConstant(QuantizeOp op,
                                      PatternRewriter &rewriter) {
  if (isConstant(op.getX())) {
    Value quantized = evaluateNow(rewriter, rewriter.clone(*op));
    if (!quantized)
      return rewriter.notifyMatchFailure(op, "cannot be evaluated");
    rewriter.replaceOp(op, quantized);
    return success();
  }
  Operation *bound = op.getX().getDefiningOp();
  if (!isa_and_nonnull<MaximumOp, ClipOp>(bound) ||
      !llvm::all_of(bound->getOperands(), isConstant))
    return rewriter.notifyMatchFailure(op, "not of a constant");
  Value bounded = evaluateNow(rewriter, rewriter.clone(*bound));
  if (!bounded)
    return rewriter.notifyMatchFailure(op, "cannot be evaluated");
  rewriter.modifyOpInPlace(op, [&] { op.getXMutable().assign(bounded); });
  return success();
}

/// The real values of quantized constants.
static LogicalResult dequantizeConstant(DequantizeOp op,
                                        PatternRewriter &rewriter) {
  Value reals = isConstant(op.getX())
                    ? evaluateNow(rewriter, rewriter.clone(*op))
                    : Value();
  if (!reals)
    return rewriter.notifyMatchFailure(op, "not of a constant");
  rewriter.replaceOp(op, reals);
  return success();
}

/// Quantized constants around 128 as signed ones around 0.
static LogicalResult makeCodesSigned(DequantizeOp op,
                                     PatternRewriter &rewriter) {
  DequantizeOp moved = makeSigned(rewriter, op);
  if (!moved)
    return rewriter.notifyMatchFailure(op,
                                       "not quantized constants around 128");
  rewriter.replaceOp(op, moved);
  return success();
}

static void populate(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add(dropUnitFactor);
  patterns.add(quantizeConstant);
  populatePaddingPatterns(patterns);
  populateReshapePatterns(patterns);
  populateTransposePatterns(patterns);
  Dialect *dialect = context->getLoadedDialect<NNDialect>();
  for (RegisteredOperationName op : context->getRegisteredOperations())
    if (&op.getDialect() == dialect)
      op.getCanonicalizationPatterns(patterns, context);
}

namespace {
class SimplifyPass
    : public PatternPass<graft::nn::impl::SimplifyBase<SimplifyPass>,
                         populate> {
public:
  using PatternPass::PatternPass;

private:
  void populateByOptions(RewritePatternSet &patterns) override {
    if (keepQuantized)
      patterns.add(makeCodesSigned);
    else
      patterns.add(dequantizeConstant);
  }
};
} // namespace
