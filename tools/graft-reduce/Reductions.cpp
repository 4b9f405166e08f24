//===- Reductions.cpp - what graft-reduce tries on operations -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each operation is tried alone: in a copy of the module its results are
// replaced, and where the copy is still interesting, so are they in the module.
//===----------------------------------------------------------------------===//
#include "tools/graft-reduce/Reductions.h"

#include "dialects/nn/NN.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Reducer/ReductionPatternInterface.h"

using namespace mlir;
using namespace graft;

namespace {

/// The number of the operand that takes the place of each result that is read;
/// -1 for a result that is not.
using Bypass = SmallVector<int>;

/// Replaces an operation by its operands, or, with none of the results' types
/// among them, by zeros.
class Shorten : public RewritePattern {
public:
  Shorten(MLIRContext *context, Tester &tester)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context),
        tester(tester) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override;

private:
  bool
  isInteresting(Operation *op,
                function_ref<void(Operation *, RewriterBase &)> change) const;

  Tester &tester;
};

class Reductions : public DialectReductionPatternInterface {
public:
  explicit Reductions(Dialect *dialect)
      : DialectReductionPatternInterface(dialect) {}

  void populateReductionPatterns(RewritePatternSet &) const override {}
  void populateReductionPatternsWithTester(RewritePatternSet &patterns,
                                           Tester &tester) const override {
    patterns.add<Shorten>(patterns.getContext(), tester);
  }
};

} // namespace

static std::optional<Bypass> findBypass(Operation *op) {
  Bypass bypass;
  for (OpResult result : op->getResults()) {
    if (result.use_empty()) {
      bypass.push_back(-1);
      continue;
    }
    auto fits = llvm::find_if(op->getOpOperands(), [&](OpOperand &operand) {
      return operand.get().getType() == result.getType() &&
             operand.get().getDefiningOp() != op;
    });
    if (fits == op->getOpOperands().end())
      return std::nullopt;
    bypass.push_back(fits->getOperandNumber());
  }
  return bypass;
}

static void replaceByOperands(Operation *op, const Bypass &bypass,
                              RewriterBase &rewriter) {
  for (auto [result, operand] : llvm::zip_equal(op->getResults(), bypass))
    if (operand >= 0)
      rewriter.replaceAllUsesWith(result, op->getOperand(operand));
  rewriter.eraseOp(op);
}

/// Zeros of the type; null for one that has none.
static DenseElementsAttr zerosOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return {};
  Type element = tensor.getElementType();
  if (!isa<FloatType, IntegerType>(element))
    return {};
  return DenseElementsAttr::get(
      tensor, cast<TypedAttr>(Builder(type.getContext()).getZeroAttr(element)));
}

static void replaceByZeros(Operation *op, RewriterBase &rewriter) {
  rewriter.setInsertionPoint(op);
  rewriter.replaceOpWithNewOp<nn::ConstantOp>(
      op, zerosOf(op->getResult(0).getType()));
}

/// An nn operation of one result that is not zero already.
static bool mayBecomeZero(Operation *op) {
  if (!isa_and_nonnull<nn::NNDialect>(op->getDialect()) ||
      op->getNumResults() != 1)
    return false;
  DenseElementsAttr zeros = zerosOf(op->getResult(0).getType());
  auto constant = dyn_cast<nn::ConstantOp>(op);
  return zeros && !(constant && constant.getValue() == zeros);
}

bool Shorten::isInteresting(
    Operation *op,
    function_ref<void(Operation *, RewriterBase &)> change) const {
  auto module = op->getParentOfType<ModuleOp>();
  while (auto outer = module->getParentOfType<ModuleOp>())
    module = outer;
  IRMapping mapping;
  OwningOpRef<Operation *> copy = module->clone(mapping);
  IRRewriter rewriter(op->getContext());
  change(mapping.lookup(op), rewriter);
  return succeeded(verify(*copy)) &&
         tester.isInteresting(cast<ModuleOp>(*copy)).first ==
             Tester::Interestingness::True;
}

LogicalResult Shorten::matchAndRewrite(Operation *op,
                                       PatternRewriter &rewriter) const {
  if (op->getNumRegions() != 0 || op->getNumResults() == 0 ||
      op->hasTrait<OpTrait::IsTerminator>() || !op->getParentOp())
    return failure();
  if (std::optional<Bypass> bypass = findBypass(op)) {
    auto change = [&](Operation *op, RewriterBase &rewriter) {
      replaceByOperands(op, *bypass, rewriter);
    };
    if (isInteresting(op, change)) {
      change(op, rewriter);
      return success();
    }
  }
  if (!mayBecomeZero(op) || !isInteresting(op, replaceByZeros))
    return failure();
  replaceByZeros(op, rewriter);
  return success();
}

void graft::registerReductions(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, nn::NNDialect *dialect) {
    dialect->addInterfaces<Reductions>();
  });
}
