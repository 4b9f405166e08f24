//===- SinkTransposes.cpp - transpositions move down ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Patterns of nn-simplify: op(transpose(x)) becomes transpose(op(x)) where op
// treats all elements alike, so that a transposition meets its inverse further
// down; transpose's own canonicaliser then removes the pair.
//===----------------------------------------------------------------------===//
#include "passes/nn/Patterns.h"

#include "dialects/nn/NN.h"

using namespace mlir;
using namespace graft::nn;

/// The type of the tensor whose transposition by `perm` has type `type`.
static RankedTensorType untranspose(RankedTensorType type,
                                    ArrayRef<int64_t> perm) {
  SmallVector<int64_t> shape(type.getRank());
  for (auto [i, p] : llvm::enumerate(perm))
    shape[p] = type.getDimSize(i);
  return RankedTensorType::get(shape, type.getElementType());
}

/// `op`, which has one result, on operands from before the transposition. The
/// caller must change attributes that name dimensions.
static Operation *sink(PatternRewriter &rewriter, Operation *op,
                       ValueRange operands, ArrayRef<int64_t> perm) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Operation *before = rewriter.clone(*op);
  before->setOperands(operands);
  before->getResult(0).setType(untranspose(type, perm));
  rewriter.replaceOpWithNewOp<TransposeOp>(op, type, before->getResult(0),
                                           perm);
  return before;
}

/// Whether every operand is a transposition by the same permutation without
/// other readers. Sources are collected.
static TransposeOp getCommonTranspose(OperandRange operands,
                                      SmallVectorImpl<Value> &sources) {
  TransposeOp first;
  for (Value operand : operands) {
    auto transpose = operand.getDefiningOp<TransposeOp>();
    if (!transpose || !operand.hasOneUse() ||
        (first && transpose.getPerm() != first.getPerm()))
      return {};
    first = first ? first : transpose;
    sources.push_back(transpose.getX());
  }
  return first;
}

/// Whether another transposition is about to move down to `transpose`, through
/// the function above it. The two then become one, which moves on: if each
/// moved by itself, the last one first, n of them would take n squared steps.
static bool awaitsAnother(TransposeOp transpose) {
  Operation *above = transpose.getX().getDefiningOp();
  return above && above->hasTrait<ElementwiseUnary>() &&
         above->getOperand(0).getDefiningOp<TransposeOp>() &&
         above->getOperand(0).hasOneUse();
}

namespace {

struct SinkThroughUnary : OpTraitRewritePattern<ElementwiseUnary> {
  using OpTraitRewritePattern::OpTraitRewritePattern;

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> sources;
    TransposeOp transpose = getCommonTranspose(op->getOperands(), sources);
    if (!transpose || awaitsAnother(transpose))
      return rewriter.notifyMatchFailure(op, "no transposition above");
    sink(rewriter, op, sources, transpose.getPerm());
    return success();
  }
};

/// Both operands are transposed alike, or one is and the other has one element.
struct SinkThroughBinary : OpTraitRewritePattern<ElementwiseBinary> {
  using OpTraitRewritePattern::OpTraitRewritePattern;

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> sources;
    TransposeOp transpose = getCommonTranspose(op->getOperands(), sources);
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (transpose && llvm::all_of(op->getOperandTypes(), [&](Type operand) {
          return cast<RankedTensorType>(operand).getRank() == type.getRank();
        })) {
      sink(rewriter, op, sources, transpose.getPerm());
      return success();
    }
    for (unsigned i : {0u, 1u}) {
      auto above = op->getOperand(i).getDefiningOp<TransposeOp>();
      auto other = cast<RankedTensorType>(op->getOperand(1 - i).getType());
      // One with more dimensions adds them in front of the transposed ones.
      if (!above || !above->hasOneUse() || !other.hasStaticShape() ||
          other.getNumElements() != 1 ||
          above.getType().getRank() != type.getRank())
        continue;
      SmallVector<Value> operands(op->getOperands());
      operands[i] = above.getX();
      sink(rewriter, op, operands, above.getPerm());
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no common transposition above");
  }
};

struct SinkThroughConcat : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConcatOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> sources;
    TransposeOp transpose = getCommonTranspose(op.getInputs(), sources);
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "no common transposition above");
    ArrayRef<int64_t> perm = transpose.getPerm();
    int64_t rank = perm.size();
    int64_t axis = op.getAxis() < 0 ? op.getAxis() + rank : op.getAxis();
    auto before = cast<ConcatOp>(sink(rewriter, op, sources, perm));
    rewriter.modifyOpInPlace(before, [&] { before.setAxis(perm[axis]); });
    return success();
  }
};

struct SinkThroughPad : OpRewritePattern<PadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PadOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> sources;
    TransposeOp transpose = getCommonTranspose(op->getOperands(), sources);
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "no transposition above");
    SmallVector<int64_t> perm(transpose.getPerm());
    SmallVector<int64_t> low(perm.size()), high(perm.size());
    for (auto [i, p] : llvm::enumerate(perm)) {
      low[p] = op.getLow()[i];
      high[p] = op.getHigh()[i];
    }
    auto before = cast<PadOp>(sink(rewriter, op, sources, perm));
    rewriter.modifyOpInPlace(before, [&] {
      before.setLow(low);
      before.setHigh(high);
    });
    return success();
  }
};

/// A reduction over transposed dimensions is one over the original ones, if
/// what remains keeps its order; kept dimensions are left to the transposition.
struct SinkThroughReduce : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> sources;
    TransposeOp transpose = getCommonTranspose(op->getOperands(), sources);
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "no transposition above");
    SmallVector<int64_t> perm(transpose.getPerm()), axes;
    int64_t rank = perm.size();
    llvm::SmallBitVector reduced(rank);
    for (int64_t axis : op.getAxes()) {
      int64_t before = perm[axis < 0 ? axis + rank : axis];
      axes.push_back(before);
      reduced.set(before);
    }
    if (op.getKeepDims()) {
      auto before = cast<ReduceOp>(sink(rewriter, op, sources, perm));
      rewriter.modifyOpInPlace(before, [&] { before.setAxes(axes); });
      return success();
    }
    SmallVector<int64_t> rest = llvm::filter_to_vector(
        perm, [&](int64_t p) { return !reduced.test(p); });
    if (!llvm::is_sorted(rest))
      return rewriter.notifyMatchFailure(op, "what remains changes its order");
    rewriter.modifyOpInPlace(op, [&] {
      op.getXMutable().assign(sources.front());
      op.setAxes(axes);
    });
    return success();
  }
};

} // namespace

void graft::nn::populateTransposePatterns(RewritePatternSet &patterns) {
  patterns.add<SinkThroughUnary, SinkThroughBinary, SinkThroughConcat,
               SinkThroughPad, SinkThroughReduce>(patterns.getContext());
}
