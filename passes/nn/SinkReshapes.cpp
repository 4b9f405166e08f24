//===- SinkReshapes.cpp - shapes that hide what belongs together ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Patterns of nn-simplify: frameworks flatten a tensor for a matrix product and
// reshape the result, and the reshape separates the product from its bias and
// activation.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/Patterns.h"

#include "dialects/nn/NN.h"

using namespace mlir;
using namespace graft::nn;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// The product that a reshape reads, if it has no other reader.
static MatMulOp getProduct(ReshapeOp reshape) {
  Value source = reshape ? reshape.getX() : Value();
  return source && source.hasOneUse() ? source.getDefiningOp<MatMulOp>()
                                      : MatMulOp();
}

/// The inner one of reshape(matmul(reshape(x), w)) = `outer`, where both keep
/// the last dimension and the outer one restores the others; else null.
static ReshapeOp getSuperfluous(ReshapeOp outer) {
  MatMulOp product = getProduct(outer);
  auto inner =
      product ? product.getA().getDefiningOp<ReshapeOp>() : ReshapeOp();
  if (!inner || product.getTransposeA() ||
      typeOf(product.getB()).getRank() != 2 ||
      !product.getEpilogueOperands().empty())
    return {};
  ArrayRef<int64_t> before = typeOf(inner.getX()).getShape();
  ArrayRef<int64_t> after = outer.getType().getShape();
  // One size that is not known follows from the number of elements.
  bool isRestored = before.size() >= 2 &&
                    before.drop_back() == after.drop_back() &&
                    llvm::count(before, ShapedType::kDynamic) <= 1 &&
                    !ShapedType::isDynamic(before.back()) &&
                    before.back() == typeOf(product.getA()).getShape().back() &&
                    after.back() == typeOf(product).getShape().back();
  return isRestored ? inner : ReshapeOp();
}

/// Whether `value` is a product, or what has moved between it and a reshape.
static bool isOfProduct(Value value) {
  for (unsigned steps = 0; steps < 8 && value.hasOneUse(); ++steps) {
    Operation *op = value.getDefiningOp();
    if (!op || isa<MatMulOp>(op))
      return op;
    if (!op->hasTrait<ElementwiseUnary>() && !op->hasTrait<ElementwiseBinary>())
      return false;
    value = op->getOperand(isConstant(op->getOperand(0)) ? 1 : 0);
  }
  return false;
}

/// A change of shape that may move behind `op`, which is its only reader; else
/// null.
static ReshapeOp getMovable(Operation *op, unsigned operand) {
  auto reshape = op->getOperand(operand).getDefiningOp<ReshapeOp>();
  bool isMovable = reshape && isOfProduct(reshape.getX()) &&
                   reshape->hasOneUse() &&
                   op->getResult(0).getType() == reshape.getType() &&
                   !getSuperfluous(reshape);
  return isMovable ? reshape : ReshapeOp();
}

namespace {

/// One matrix is applied to all rows, however they are arranged.
struct DropReshapes : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    ReshapeOp inner = getSuperfluous(op);
    if (!inner)
      return rewriter.notifyMatchFailure(op, "the product's rows are others");
    MatMulOp product = getProduct(op);
    rewriter.modifyOpInPlace(product, [&] {
      product.getAMutable().assign(inner.getX());
      product.getResult().setType(op.getType());
      product->setLoc(rewriter.getFusedLoc({product.getLoc(), op.getLoc()}));
    });
    rewriter.replaceOp(op, product);
    return success();
  }
};

/// f(reshape(matmul)) is reshape(f(matmul)) for a function of each element.
struct SinkThroughFunction : OpTraitRewritePattern<ElementwiseUnary> {
  using OpTraitRewritePattern::OpTraitRewritePattern;

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    ReshapeOp reshape = getMovable(op, 0);
    if (!reshape)
      return rewriter.notifyMatchFailure(op, "no product behind a reshape");
    Operation *before = rewriter.clone(*op);
    before->setOperand(0, reshape.getX());
    before->getResult(0).setType(reshape.getX().getType());
    rewriter.modifyOpInPlace(reshape, [&] {
      reshape.getXMutable().assign(before->getResult(0));
      reshape->moveAfter(before);
    });
    rewriter.replaceOp(op, reshape);
    return success();
  }
};

/// The same with a constant that has a value for each of the product's columns,
/// or one for all, as the other operand.
struct SinkThroughConstant : OpTraitRewritePattern<ElementwiseBinary> {
  using OpTraitRewritePattern::OpTraitRewritePattern;

  /// `constant`, which is added to tensors of type `after`, in a shape for
  /// tensors of type `before`. Null if there is none.
  static Value reshaped(PatternRewriter &rewriter, Value constant,
                        RankedTensorType before, RankedTensorType after) {
    ArrayRef<int64_t> shape = typeOf(constant).getShape();
    while (!shape.empty() && shape.front() == 1)
      shape = shape.drop_front();
    int64_t columns = before.getShape().back();
    int64_t count = typeOf(constant).getNumElements();
    if (count != 1 &&
        (count != columns || shape != after.getShape().take_back(shape.size())))
      return {};
    SmallVector<int64_t, 1> flat;
    if (count != 1)
      flat.push_back(columns);
    return evaluateNow(rewriter,
                       ReshapeOp::create(rewriter, constant.getLoc(), constant,
                                         /*dims=*/Value(),
                                         rewriter.getDenseI64ArrayAttr(flat)));
  }

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    for (unsigned i : {0, 1}) {
      ReshapeOp reshape = getMovable(op, i);
      Value other = op->getOperand(1 - i);
      if (!reshape || !isConstant(other))
        continue;
      Value constant =
          reshaped(rewriter, other, typeOf(reshape.getX()), reshape.getType());
      if (!constant)
        continue;
      Operation *before = rewriter.clone(*op);
      before->setOperand(i, reshape.getX());
      before->setOperand(1 - i, constant);
      before->getResult(0).setType(reshape.getX().getType());
      rewriter.modifyOpInPlace(reshape, [&] {
        reshape.getXMutable().assign(before->getResult(0));
        reshape->moveAfter(before);
      });
      rewriter.replaceOp(op, reshape);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no product and constant");
  }
};

/// A slice of the last dimension that is then split into heads becomes a slice
/// of the heads. Those are apart in memory like pixels of a larger image, which
/// kernels can read, and the last dimension stays whole.
struct SliceHeads : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto slice = op.getX().getDefiningOp<SliceOp>();
    if (!slice || !slice->hasOneUse())
      return rewriter.notifyMatchFailure(op, "no slice to exchange");
    ArrayRef<int64_t> whole = typeOf(slice.getX()).getShape();
    ArrayRef<int64_t> part = slice.getType().getShape();
    ArrayRef<int64_t> heads = op.getType().getShape();
    ArrayRef<int64_t> rows = whole.drop_back();
    bool ofLast = rows == part.drop_back() &&
                  heads.size() == whole.size() + 1 &&
                  rows == heads.drop_back(2) &&
                  llvm::count(rows, ShapedType::kDynamic) <= 1 &&
                  llvm::all_of(slice.getBegin().drop_back(),
                               [](int64_t begin) { return begin == 0; });
    int64_t width = heads.back();
    if (!ofLast || width <= 0 || whole.back() <= 0 || whole.back() % width ||
        slice.getBegin().back() % width ||
        heads[rows.size()] * width != part.back())
      return rewriter.notifyMatchFailure(op, "not a part that is whole heads");
    SmallVector<int64_t> shape(rows), begin(slice.getBegin()), size(begin);
    shape.append({whole.back() / width, width});
    auto type = RankedTensorType::get(shape, op.getType().getElementType());
    for (int64_t &count : shape)
      count = ShapedType::isDynamic(count) ? -1 : count;
    auto all = ReshapeOp::create(rewriter, op.getLoc(), type, slice.getX(),
                                 /*dims=*/Value(),
                                 rewriter.getDenseI64ArrayAttr(shape));
    begin.back() /= width;
    begin.push_back(0);
    size.assign(begin.size(), -1);
    size[rows.size()] = heads[rows.size()];
    Location loc = rewriter.getFusedLoc({slice.getLoc(), op.getLoc()});
    rewriter.replaceOp(
        op, SliceOp::create(rewriter, loc, op.getType(), all, begin, size));
    return success();
  }
};

} // namespace

void graft::nn::populateReshapePatterns(RewritePatternSet &patterns) {
  patterns
      .add<DropReshapes, SinkThroughFunction, SinkThroughConstant, SliceHeads>(
          patterns.getContext());
}
