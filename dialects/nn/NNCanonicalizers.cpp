//===- NNCanonicalizers.cpp - simpler forms of operations -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Patterns of one or two operations that always pay: chains that become one
// operation, sizes that are computed at run time although they are known, and
// casts that others can do on the way.
//===----------------------------------------------------------------------===//
#include "dialects/nn/NN.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace graft::nn;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

/// Whether `op` swaps the last two dimensions and no others.
static bool swapsMatrices(TransposeOp op) {
  SmallVector<int64_t> perm(op.getPerm());
  if (perm.size() < 2)
    return false;
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return llvm::all_of(llvm::enumerate(perm), [](auto it) {
    return it.value() == static_cast<int64_t>(it.index());
  });
}

namespace {

/// transpose(transpose(x, p), q) is transpose(x, p[q]).
struct ComposeTransposes : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<TransposeOp>();
    if (!inner)
      return failure();
    SmallVector<int64_t> perm;
    for (int64_t axis : op.getPerm())
      perm.push_back(inner.getPerm()[axis]);
    Location loc = rewriter.getFusedLoc({inner.getLoc(), op.getLoc()});
    auto composed =
        TransposeOp::create(rewriter, loc, op.getType(), inner.getX(), perm);
    rewriter.replaceOp(op, composed);
    return success();
  }
};

/// The transposition of a product is the product of the transpositions, in the
/// other order.
struct TransposeOfMatMul : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto product = op.getX().getDefiningOp<MatMulOp>();
    if (!product || !product->hasOneUse() || product.getBias() ||
        !product.getEpilogues().empty() || !swapsMatrices(op))
      return failure();
    Location loc = rewriter.getFusedLoc({product.getLoc(), op.getLoc()});
    auto swapped = MatMulOp::create(
        rewriter, loc, op.getType(), product.getB(), product.getA(),
        /*bias=*/Value(), /*epilogue_operands=*/ValueRange(),
        !product.getTransposeB(), !product.getTransposeA(),
        product.getEpilogues(), product.getToAttr(),
        product.getZeroPointAttr());
    rewriter.replaceOp(op, swapped);
    return success();
  }
};

/// A product takes a transposition of its matrices itself.
struct TransposeIntoMatMul : OpRewritePattern<MatMulOp> {
  using OpRewritePattern::OpRewritePattern;

  /// What `value` is the transposition of, last two dimensions swapped.
  static Value swapped(Value value) {
    auto transpose = value.getDefiningOp<TransposeOp>();
    return transpose && swapsMatrices(transpose) ? transpose.getX() : Value();
  }

  LogicalResult matchAndRewrite(MatMulOp op,
                                PatternRewriter &rewriter) const override {
    Value a = swapped(op.getA());
    Value b = swapped(op.getB());
    if (!a && !b)
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      if (a) {
        op.getAMutable().assign(a);
        op.setTransposeA(!op.getTransposeA());
      }
      if (b) {
        op.getBMutable().assign(b);
        op.setTransposeB(!op.getTransposeB());
      }
    });
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Shape
//===----------------------------------------------------------------------===//

/// Only the last of several changes of shape counts.
struct ComposeReshapes : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    Operation *inner = op.getX().getDefiningOp();
    if (!inner || !inner->hasTrait<ReshapeLike>())
      return failure();
    rewriter.modifyOpInPlace(
        op, [&] { op.getXMutable().assign(inner->getOperand(0)); });
    return success();
  }
};

/// The constant sizes that `dims` is made of, -1 for those that are not
/// constant. Nothing where even their number is not clear.
std::optional<SmallVector<int64_t>> partialSizes(Value dims) {
  auto pack = dims.getDefiningOp<PackOp>();
  if (!pack || pack.getAxis() != 0)
    return std::nullopt;
  SmallVector<int64_t> sizes;
  for (Value input : pack.getInputs()) {
    DenseIntElementsAttr value;
    if (typeOf(input).getRank() != 0)
      return std::nullopt;
    bool known = matchPattern(input, m_Constant(&value));
    int64_t size = known ? (*value.begin()).getSExtValue() : -1;
    // A constant -1 asks for the size to be computed, as we are about to.
    sizes.push_back(size < 0 ? -1 : size);
  }
  return sizes;
}

/// Of the sizes one at most has to be computed, and the number of elements
/// gives it: the operand goes.
struct ReshapeByPartialSizes : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getDims())
      return failure();
    auto sizes = partialSizes(op.getDims());
    // Beside a size of 0 another one would not follow.
    if (!sizes || llvm::count(*sizes, -1) > 1 || llvm::is_contained(*sizes, 0))
      return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(
        op, op.getType(), op.getX(), Value(),
        rewriter.getDenseI64ArrayAttr(*sizes));
    return success();
  }
};

/// Constant sizes become the attribute.
template <typename OpT>
struct ConstantSizes : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    DenseIntElementsAttr value;
    if (!op.getDims() || !matchPattern(op.getDims(), m_Constant(&value)))
      return failure();
    SmallVector<int64_t> sizes;
    for (const APInt &size : value.getValues<APInt>())
      sizes.push_back(size.getSExtValue());
    rewriter.modifyOpInPlace(op, [&] {
      op.getDimsMutable().clear();
      op.setShape(sizes);
    });
    return success();
  }
};

/// Positions of a shape that are known in spite of others that are not.
struct KnownSize : OpRewritePattern<StridedSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(StridedSliceOp op,
                                PatternRewriter &rewriter) const override {
    auto shape = op.getX().getDefiningOp<ShapeOfOp>();
    if (!shape || op.getBegin().size() != 1 || op.getShrinkAxisMask() != 1)
      return failure();
    RankedTensorType type = typeOf(shape.getX());
    int64_t at = op.getBegin()[0];
    at = at < 0 ? at + type.getRank() : at;
    if (at < 0 || at >= type.getRank() || type.isDynamicDim(at))
      return failure();
    RankedTensorType result = typeOf(op);
    Attribute size =
        IntegerAttr::get(result.getElementType(), type.getDimSize(at));
    rewriter.replaceOpWithNewOp<ConstantOp>(
        op, cast<ElementsAttr>(DenseElementsAttr::get(result, ArrayRef(size))));
    return success();
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Precision
//===----------------------------------------------------------------------===//

static bool is16BitFloat(Value value) {
  Type type = typeOf(value).getElementType();
  return type.isBF16() || type.isF16();
}

namespace {

/// A reduction of values that were cast to f32 reads them before the cast,
/// which is exact. If others read the f32 values, too, they are in memory
/// anyway, and what belongs together (a mean and what is subtracted from it)
/// goes on having one operand.
struct ReduceNarrow : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op,
                                PatternRewriter &rewriter) const override {
    auto widening = op.getX().getDefiningOp<CastOp>();
    if (!widening || !typeOf(widening).getElementType().isF32() ||
        !is16BitFloat(widening.getX()) ||
        !llvm::all_of(widening->getUsers(), llvm::IsaPred<ReduceOp>))
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.getXMutable().assign(widening.getX());
      if (!op.getToAttr())
        op.setTo("f32");
    });
    return success();
  }
};

/// A reduction rounds what nobody reads as f32 itself. It sums in f32 already;
/// of f64 two roundings would become one.
struct NarrowReduction : OpRewritePattern<CastOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(CastOp op,
                                PatternRewriter &rewriter) const override {
    auto reduce = op.getX().getDefiningOp<ReduceOp>();
    if (!reduce || !reduce->hasOneUse() || !is16BitFloat(op) ||
        !typeOf(reduce).getElementType().isF32() ||
        typeOf(reduce.getX()).getElementType().isF64())
      return failure();
    Location loc = rewriter.getFusedLoc({reduce.getLoc(), op.getLoc()});
    auto rounded = ReduceOp::create(rewriter, loc, op.getType(), reduce.getX(),
                                    reduce.getKind(), reduce.getAxes(),
                                    reduce.getKeepDims(), op.getToAttr());
    rewriter.replaceOp(op, rounded);
    return success();
  }
};

/// The input's type need not be named.
struct DropOwnType : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getToAttr() ||
        typeOf(op).getElementType() != typeOf(op.getX()).getElementType())
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.removeToAttr(); });
    return success();
  }
};

} // namespace

void ReduceOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<ReduceNarrow, DropOwnType>(context);
}

void CastOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<NarrowReduction>(context);
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<ComposeTransposes, TransposeOfMatMul>(context);
}

void MatMulOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<TransposeIntoMatMul>(context);
}

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns
      .add<ComposeReshapes, ReshapeByPartialSizes, ConstantSizes<ReshapeOp>>(
          context);
}

void BroadcastToOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                MLIRContext *context) {
  patterns.add<ConstantSizes<BroadcastToOp>>(context);
}

void StridedSliceOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                 MLIRContext *context) {
  patterns.add<KnownSize>(context);
}
