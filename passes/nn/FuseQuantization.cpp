//===- FuseQuantization.cpp - arithmetic on quantized values --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-fuse-quantization.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/Passes.h"
#include "passes/nn/Patterns.h"
#include "passes/nn/QuantizeWeights.h"
#include "passes/nn/QuantizedTensors.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_FUSEQUANTIZATION
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

static Value getConstant(PatternRewriter &rewriter, Location loc,
                         ArrayRef<float> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())},
                                    rewriter.getF32Type());
  return ConstantOp::create(rewriter, loc,
                            DenseElementsAttr::get(type, values));
}

namespace {

/// Epilogues with their operands.
struct EpilogueList {
  SmallVector<Attribute> attributes;
  SmallVector<Value> operands;

  void append(StringRef kind, Value operand) {
    attributes.push_back(EpilogueAttr::get(
        operand.getContext(), kind, static_cast<int32_t>(operands.size())));
    operands.push_back(operand);
  }
  /// Those of `op`.
  void append(EpilogueOpInterface op) {
    auto moved = static_cast<int32_t>(operands.size());
    for (auto epilogue : op.getEpilogues().getAsRange<EpilogueAttr>())
      attributes.push_back(EpilogueAttr::get(
          op.getContext(), epilogue.getKind(),
          epilogue.hasOperand() ? epilogue.getOperand() + moved : -1,
          epilogue.getAlpha(), epilogue.getBeta()));
    llvm::append_range(operands, op.getEpilogueOperands());
  }
};

} // namespace

/// A copy of `op` with other operands of its own and other epilogues.
static EpilogueOpInterface cloneWithEpilogues(PatternRewriter &rewriter,
                                              EpilogueOpInterface op,
                                              ArrayRef<Value> own,
                                              const EpilogueList &epilogues) {
  SmallVector<Value> operands(own);
  llvm::append_range(operands, epilogues.operands);
  OperationState state(op.getLoc(), op->getName(), operands,
                       op->getResultTypes(), op->getAttrs());
  if (isa<HeavyOpInterface>(*op))
    state.attributes.set(
        "operandSegmentSizes",
        rewriter.getDenseI32ArrayAttr({1, 1, int32_t(own.size()) - 2,
                                       int32_t(epilogues.operands.size())}));
  state.attributes.set("epilogues",
                       rewriter.getArrayAttr(epilogues.attributes));
  return cast<EpilogueOpInterface>(rewriter.create(state));
}

/// Makes `op` read quantized values and return f32.
static void setQuantizedInput(PatternRewriter &rewriter, Operation *op,
                              const QuantizationParams &params) {
  op->setAttr("zero_point", rewriter.getI64IntegerAttr(params.zeroPoint));
  op->setAttr("to", rewriter.getStringAttr("f32"));
}

namespace {

/// Products of quantized values: the scales move behind the sum, and the bias
/// with them.
struct MultiplyQuantized : OpInterfaceRewritePattern<HeavyOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(HeavyOpInterface heavy,
                                PatternRewriter &rewriter) const override {
    DequantizeOp weights = getQuantizedWeights(heavy);
    if (!weights)
      return rewriter.notifyMatchFailure(heavy, "weights are not quantized");
    if (!fitsSums(weights))
      return rewriter.notifyMatchFailure(heavy, "sums may not fit 32 bits");
    auto x = heavy->getOperand(0).getDefiningOp<DequantizeOp>();
    std::optional<QuantizationParams> params =
        x ? getQuantizationParams(x) : std::nullopt;
    if (!params || !getElementTypeOrSelf(heavy->getResult(0)).isF32())
      return rewriter.notifyMatchFailure(heavy, "the input is not quantized");

    int64_t channels = getChannels(heavy);
    ArrayRef<double> scales = weights.getScale();
    SmallVector<float> factors;
    for (int64_t i = 0; i < channels; ++i)
      factors.push_back(
          float(params->scale * scales[scales.size() == 1 ? 0 : i]));
    EpilogueList epilogues;
    epilogues.append("mul", getConstant(rewriter, weights.getLoc(), factors));
    if (Value bias = heavy.getBias())
      epilogues.append("add", bias);
    auto carrier = cast<EpilogueOpInterface>(*heavy);
    epilogues.append(carrier);
    EpilogueOpInterface copy = cloneWithEpilogues(
        rewriter, carrier, {x.getX(), weights.getX()}, epilogues);
    setQuantizedInput(rewriter, copy, *params);
    rewriter.replaceOp(heavy, copy->getResults());
    return success();
  }
};

/// Means of quantized values: the scale moves behind the sum.
struct AveragePoolQuantized : OpRewritePattern<AvgPool2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AvgPool2DOp pool,
                                PatternRewriter &rewriter) const override {
    auto x = pool.getX().getDefiningOp<DequantizeOp>();
    std::optional<QuantizationParams> params =
        x ? getQuantizationParams(x) : std::nullopt;
    if (!params || !params->type.isUnsigned())
      return rewriter.notifyMatchFailure(pool, "the input is not quantized");
    EpilogueList epilogues;
    epilogues.append("mul",
                     getConstant(rewriter, x.getLoc(), {float(params->scale)}));
    auto carrier = cast<EpilogueOpInterface>(*pool);
    epilogues.append(carrier);
    EpilogueOpInterface copy =
        cloneWithEpilogues(rewriter, carrier, {x.getX()}, epilogues);
    setQuantizedInput(rewriter, copy, *params);
    rewriter.replaceOp(pool, copy->getResults());
    return success();
  }
};

/// Quantization of a result of quantized sums becomes its last epilogue.
struct QuantizeSums : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp quantize,
                                PatternRewriter &rewriter) const override {
    auto heavy = quantize.getX().getDefiningOp<EpilogueOpInterface>();
    std::optional<QuantizationParams> params = getQuantizationParams(quantize);
    if (!heavy || !heavy->hasOneUse() || !params || !sumsQuantized(heavy) ||
        !getElementTypeOrSelf(heavy->getResult(0)).isF32())
      return rewriter.notifyMatchFailure(quantize,
                                         "no sums of quantized values");
    Location loc = rewriter.getFusedLoc({heavy.getLoc(), quantize.getLoc()});
    auto copy = cast<EpilogueOpInterface>(rewriter.clone(*heavy));
    copy->setLoc(loc);
    copy.appendEpilogue("quantize", Value(), params->scale,
                        static_cast<double>(params->zeroPoint));
    copy->setAttr("to", quantize.getToAttr());
    copy->getResult(0).setType(quantize.getType());
    rewriter.replaceOp(quantize, copy->getResults());
    rewriter.eraseOp(heavy);
    return success();
  }
};

/// An epilogue reads quantized values directly: the residual branch.
struct ReadQuantizedInEpilogue : OpInterfaceRewritePattern<HeavyOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(HeavyOpInterface op,
                                PatternRewriter &rewriter) const override {
    auto heavy = cast<EpilogueOpInterface>(*op);
    if (!sumsQuantized(heavy))
      return rewriter.notifyMatchFailure(heavy, "no sums of quantized values");
    EpilogueList epilogues;
    epilogues.append(heavy);
    bool changes = false;
    for (Attribute &attribute : epilogues.attributes) {
      auto epilogue = cast<EpilogueAttr>(attribute);
      if (!epilogue.hasOperand())
        continue;
      Value &operand = epilogues.operands[epilogue.getOperand()];
      auto dequantize = operand.getDefiningOp<DequantizeOp>();
      std::optional<QuantizationParams> params =
          dequantize ? getQuantizationParams(dequantize) : std::nullopt;
      // Another epilogue may read the real values.
      if (!params ||
          llvm::count_if(heavy.getEpilogues().getAsRange<EpilogueAttr>(),
                         [&](EpilogueAttr other) {
                           return other.getOperand() == epilogue.getOperand();
                         }) != 1)
        continue;
      operand = dequantize.getX();
      attribute = EpilogueAttr::get(rewriter.getContext(), epilogue.getKind(),
                                    epilogue.getOperand(), params->scale,
                                    static_cast<double>(params->zeroPoint));
      changes = true;
    }
    if (!changes)
      return rewriter.notifyMatchFailure(heavy,
                                         "no epilogue reads quantized values");
    SmallVector<Value> own(
        heavy->getOperands().drop_back(heavy.getEpilogueOperands().size()));
    EpilogueOpInterface copy =
        cloneWithEpilogues(rewriter, heavy, own, epilogues);
    rewriter.replaceOp(heavy, copy->getResults());
    return success();
  }
};

/// The mean of all pixels is a pool with one window.
struct AverageQuantized : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp reduce,
                                PatternRewriter &rewriter) const override {
    auto x = reduce.getX().getDefiningOp<DequantizeOp>();
    std::optional<QuantizationParams> params =
        x ? getQuantizationParams(x) : std::nullopt;
    auto type = cast<RankedTensorType>(reduce.getX().getType());
    if (!params || !params->type.isUnsigned() || reduce.getKind() != "mean" ||
        reduce.getToAttr() || type.getRank() != 4 ||
        reduce.getAxes() != ArrayRef<int64_t>{1, 2} || type.isDynamicDim(1) ||
        type.isDynamicDim(2))
      return rewriter.notifyMatchFailure(
          reduce, "no mean of pixels of quantized values");
    Location loc = reduce.getLoc();
    RankedTensorType pooled = RankedTensorType::get(
        {type.getDimSize(0), 1, 1, type.getDimSize(3)}, type.getElementType());
    Value mean = AvgPool2DOp::create(
        rewriter, loc, pooled, reduce.getX(),
        /*epilogue_operands=*/ValueRange(),
        /*window=*/type.getShape().slice(1, 2),
        /*strides=*/ArrayRef<int64_t>{1, 1},
        /*pads=*/ArrayRef<int64_t>{0, 0, 0, 0}, /*include_pad=*/false,
        /*to=*/StringAttr(), /*zero_point=*/IntegerAttr(),
        rewriter.getArrayAttr({}));
    if (reduce.getKeepDims())
      rewriter.replaceOp(reduce, mean);
    else
      rewriter.replaceOpWithNewOp<SqueezeOp>(reduce, reduce.getType(), mean,
                                             reduce.getAxes());
    return success();
  }
};

/// quantize(reshape(x)) becomes reshape(quantize(x)), if the quantization can
/// be fused into quantized sums.
struct QuantizeBeforeReshape : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp quantize,
                                PatternRewriter &rewriter) const override {
    Operation *op = quantize.getX().getDefiningOp();
    std::optional<QuantizationParams> params = getQuantizationParams(quantize);
    if (!params || !op || !op->hasOneUse() || !op->hasTrait<ReshapeLike>())
      return rewriter.notifyMatchFailure(quantize, "nothing to pass");
    Value x = op->getOperand(0);
    auto sums = x.getDefiningOp<EpilogueOpInterface>();
    if (!sums || !x.hasOneUse() || !sumsQuantized(sums))
      return rewriter.notifyMatchFailure(quantize,
                                         "no sums of quantized values");
    rewriter.setInsertionPoint(op);
    Operation *moved = rewriter.clone(*op);
    rewriter.setInsertionPoint(moved);
    moved->setOperand(0,
                      createQuantize(rewriter, quantize.getLoc(), x, *params));
    moved->getResult(0).setType(quantize.getType());
    rewriter.replaceOp(quantize, moved->getResults());
    rewriter.eraseOp(op);
    return success();
  }
};

/// Operations that only move or compare elements do so with quantized values.
struct MoveQuantized : RewritePattern {
  explicit MoveQuantized(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    auto mover = dyn_cast<KeepsScaleOpInterface>(op);
    if (!mover)
      return rewriter.notifyMatchFailure(op, "computes with real values");
    std::optional<QuantizationParams> params;
    SmallVector<Value> operands(op->getOperands());
    for (unsigned i : llvm::seq(mover.getNumDataOperands())) {
      auto dequantize = operands[i].getDefiningOp<DequantizeOp>();
      std::optional<QuantizationParams> own =
          dequantize ? getQuantizationParams(dequantize) : std::nullopt;
      if (!own || (params && *params != *own))
        return rewriter.notifyMatchFailure(op, "operands are not of one scale");
      params = own;
      operands[i] = dequantize.getX();
    }
    if (auto pad = dyn_cast<PadOp>(op);
        pad && pad.getMode() == "constant" && !pad.getValue().isZero())
      return rewriter.notifyMatchFailure(op, "pads with another value");
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    Operation *moved = rewriter.clone(*op);
    moved->setOperands(operands);
    moved->getResult(0).setType(type.clone(params->type));
    if (isa<PadOp>(moved))
      moved->setAttr("value", rewriter.getF64FloatAttr(
                                  static_cast<double>(params->zeroPoint)));
    rewriter.replaceOp(op, createDequantize(rewriter, op->getLoc(),
                                            moved->getResult(0), *params));
    return success();
  }
};

/// max(x, 0) of quantized values none of which means less than 0.
struct DropRelu : OpRewritePattern<ReluOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReluOp relu,
                                PatternRewriter &rewriter) const override {
    auto x = relu.getX().getDefiningOp<DequantizeOp>();
    std::optional<QuantizationParams> params =
        x ? getQuantizationParams(x) : std::nullopt;
    if (!params || !params->type.isUnsignedInteger() || params->zeroPoint != 0)
      return rewriter.notifyMatchFailure(relu, "may find a negative value");
    rewriter.replaceOp(relu, relu.getX());
    return success();
  }
};

} // namespace

static void populate(RewritePatternSet &patterns) {
  patterns.add<MultiplyQuantized, AveragePoolQuantized, QuantizeSums,
               ReadQuantizedInEpilogue, AverageQuantized, QuantizeBeforeReshape,
               MoveQuantized, DropRelu>(patterns.getContext());
}

namespace {
class FuseQuantizationPass
    : public PatternPass<
          graft::nn::impl::FuseQuantizationBase<FuseQuantizationPass>,
          populate> {
public:
  using PatternPass::PatternPass;
};
} // namespace
