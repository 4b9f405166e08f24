//===- FuseQuantization.cpp - arithmetic on codes instead of numbers ------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-fuse-quantization.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/Passes.h"
#include "passes/nn/Patterns.h"
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

/// A copy of `heavy` with other operands and steps. Operands of steps come last.
static EpilogueOpInterface
cloneWithSteps(PatternRewriter &rewriter, EpilogueOpInterface heavy, Value x,
               Value weights, ArrayRef<Value> stepOperands,
               ArrayRef<Attribute> steps) {
  SmallVector<Value> operands = {x, weights};
  bool hasBias = heavy.getBias() != nullptr && stepOperands.empty();
  if (hasBias)
    operands.push_back(heavy.getBias());
  llvm::append_range(operands, stepOperands);
  OperationState state(heavy.getLoc(), heavy->getName(), operands,
                       heavy->getResultTypes(), heavy->getAttrs());
  state.attributes.set("operandSegmentSizes",
                       rewriter.getDenseI32ArrayAttr(
                           {1, 1, hasBias, int32_t(stepOperands.size())}));
  state.attributes.set("epilogues", rewriter.getArrayAttr(steps));
  return cast<EpilogueOpInterface>(rewriter.create(state));
}

namespace {

/// Products of codes: the scales move behind the sum, and the bias with them.
struct MultiplyCodes : OpInterfaceRewritePattern<EpilogueOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(EpilogueOpInterface heavy,
                                PatternRewriter &rewriter) const override {
    DequantizeOp weights = getQuantizedWeights(heavy);
    if (!weights)
      return rewriter.notifyMatchFailure(heavy, "weights are not codes");
    auto x = heavy->getOperand(0).getDefiningOp<DequantizeOp>();
    std::optional<Codes> codes = x ? getCodes(x) : std::nullopt;
    if (!codes || !getElementTypeOrSelf(heavy->getResult(0)).isF32())
      return rewriter.notifyMatchFailure(heavy, "the input is not of codes");

    int64_t channels = getChannels(heavy);
    ArrayRef<double> scales = weights.getScale();
    SmallVector<float> factors;
    for (int64_t i = 0; i < channels; ++i)
      factors.push_back(float(codes->scale * scales[scales.size() == 1 ? 0 : i]));
    MLIRContext *context = rewriter.getContext();
    SmallVector<Value> operands = {
        getConstant(rewriter, weights.getLoc(), factors)};
    SmallVector<Attribute> steps = {EpilogueAttr::get(context, "mul", 0)};
    if (Value bias = heavy.getBias()) {
      steps.push_back(EpilogueAttr::get(context, "add", 1));
      operands.push_back(bias);
    }
    int32_t moved = operands.size();
    for (auto step : heavy.getEpilogues().getAsRange<EpilogueAttr>())
      steps.push_back(EpilogueAttr::get(
          context, step.getKind(),
          step.hasOperand() ? step.getOperand() + moved : -1, step.getAlpha(),
          step.getBeta()));
    llvm::append_range(operands, heavy.getEpilogueOperands());
    EpilogueOpInterface copy = cloneWithSteps(
        rewriter, heavy, x.getX(), weights.getX(), operands, steps);
    copy->setAttr("zero_point", rewriter.getI64IntegerAttr(codes->zeroPoint));
    copy->setAttr("to", rewriter.getStringAttr("f32"));
    rewriter.replaceOp(heavy, copy->getResults());
    return success();
  }
};

/// The codes of a result of products of codes: its last step.
struct QuantizeSums : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp quantize,
                                PatternRewriter &rewriter) const override {
    auto heavy = quantize.getX().getDefiningOp<EpilogueOpInterface>();
    std::optional<Codes> codes = getCodes(quantize);
    if (!heavy || !heavy->hasOneUse() || !codes || !multipliesCodes(heavy) ||
        !getElementTypeOrSelf(heavy->getResult(0)).isF32())
      return rewriter.notifyMatchFailure(quantize, "no sums of codes");
    Location loc = rewriter.getFusedLoc({heavy.getLoc(), quantize.getLoc()});
    auto copy = cast<EpilogueOpInterface>(rewriter.clone(*heavy));
    copy->setLoc(loc);
    copy.appendEpilogue("quantize", Value(), codes->scale,
                        static_cast<double>(codes->zeroPoint));
    copy->setAttr("to", quantize.getToAttr());
    copy->getResult(0).setType(quantize.getType());
    rewriter.replaceOp(quantize, copy->getResults());
    rewriter.eraseOp(heavy);
    return success();
  }
};

/// A step reads codes as they are: the residual branch.
struct ReadCodesInStep : OpInterfaceRewritePattern<EpilogueOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(EpilogueOpInterface heavy,
                                PatternRewriter &rewriter) const override {
    if (!multipliesCodes(heavy))
      return rewriter.notifyMatchFailure(heavy, "no sums of codes");
    SmallVector<Value> operands(heavy.getEpilogueOperands());
    SmallVector<Attribute> steps;
    bool changes = false;
    for (auto step : heavy.getEpilogues().getAsRange<EpilogueAttr>()) {
      steps.push_back(step);
      if (!step.hasOperand())
        continue;
      Value &operand = operands[step.getOperand()];
      auto dequantize = operand.getDefiningOp<DequantizeOp>();
      std::optional<Codes> codes =
          dequantize ? getCodes(dequantize) : std::nullopt;
      // Another step may read the numbers.
      if (!codes || llvm::count_if(
                        heavy.getEpilogues().getAsRange<EpilogueAttr>(),
                        [&](EpilogueAttr other) {
                          return other.getOperand() == step.getOperand();
                        }) != 1)
        continue;
      operand = dequantize.getX();
      steps.back() = EpilogueAttr::get(
          rewriter.getContext(), step.getKind(), step.getOperand(),
          codes->scale, static_cast<double>(codes->zeroPoint));
      changes = true;
    }
    if (!changes)
      return rewriter.notifyMatchFailure(heavy, "no step reads codes");
    EpilogueOpInterface copy =
        cloneWithSteps(rewriter, heavy, heavy->getOperand(0),
                       heavy->getOperand(1), operands, steps);
    rewriter.replaceOp(heavy, copy->getResults());
    return success();
  }
};

/// What only moves or compares elements does so with codes.
struct MoveCodes : RewritePattern {
  explicit MoveCodes(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!keepsScale(op))
      return rewriter.notifyMatchFailure(op, "computes with numbers");
    std::optional<Codes> codes;
    SmallVector<Value> operands(op->getOperands());
    for (unsigned i : getDataOperands(op)) {
      auto dequantize = operands[i].getDefiningOp<DequantizeOp>();
      std::optional<Codes> own = dequantize ? getCodes(dequantize)
                                            : std::nullopt;
      if (!own || (codes && *codes != *own))
        return rewriter.notifyMatchFailure(op, "operands are not of one scale");
      codes = own;
      operands[i] = dequantize.getX();
    }
    if (auto pad = dyn_cast<PadOp>(op);
        pad && pad.getMode() == "constant" && !pad.getValue().isZero())
      return rewriter.notifyMatchFailure(op, "pads with a number of its own");
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    Operation *moved = rewriter.clone(*op);
    moved->setOperands(operands);
    moved->getResult(0).setType(type.clone(codes->type));
    if (isa<PadOp>(moved))
      moved->setAttr("value", rewriter.getF64FloatAttr(
                                  static_cast<double>(codes->zeroPoint)));
    rewriter.replaceOp(op, createDequantize(rewriter, op->getLoc(),
                                            moved->getResult(0), *codes));
    return success();
  }
};

/// max(x, 0) of codes none of which means less.
struct DropRelu : OpRewritePattern<ReluOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReluOp relu,
                                PatternRewriter &rewriter) const override {
    auto x = relu.getX().getDefiningOp<DequantizeOp>();
    std::optional<Codes> codes = x ? getCodes(x) : std::nullopt;
    if (!codes || !codes->type.isUnsignedInteger() || codes->zeroPoint != 0)
      return rewriter.notifyMatchFailure(relu, "may find a negative number");
    rewriter.replaceOp(relu, relu.getX());
    return success();
  }
};

} // namespace

static void populate(RewritePatternSet &patterns) {
  patterns.add<MultiplyCodes, QuantizeSums, ReadCodesInStep, MoveCodes,
               DropRelu>(patterns.getContext());
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
