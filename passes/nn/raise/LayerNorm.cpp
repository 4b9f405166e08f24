//===- LayerNorm.cpp - normalisation of rows ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every form has the reciprocal of a standard deviation as a factor; from there
// x, its mean and the dimensions are read.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/Draft.h"
#include "passes/nn/raise/Expression.h"
#include "passes/nn/raise/Patterns.h"

#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace graft::nn;
using namespace graft::nn::raise;

namespace {

/// Rows of a tensor with their means and deviations.
struct Moments {
  Value x;
  Value mean;
  int64_t axis = 0; ///< rows begin there
  double epsilon = 0;

  bool operator==(const Moments &other) const {
    return x == other.x && mean == other.mean && axis == other.axis &&
           epsilon == other.epsilon;
  }
};

} // namespace

/// Where the rows begin whose mean `value` is; nothing if it is no mean of `x`
/// over its last dimensions. One of a single element makes no difference.
static std::optional<int64_t> getRowAxis(Value value, Value x) {
  auto reduce = value.getDefiningOp<ReduceOp>();
  if (!reduce || reduce.getKind() != "mean" || !reduce.getKeepDims() ||
      reduce.getX() != x)
    return std::nullopt;
  auto type = cast<RankedTensorType>(x.getType());
  int64_t rank = type.getRank(), axis = rank;
  llvm::SmallBitVector reduced(rank);
  for (int64_t dim : reduce.getAxes())
    reduced.set(dim < 0 ? dim + rank : dim);
  while (axis > 0 && (reduced.test(axis - 1) || type.getDimSize(axis - 1) == 1))
    --axis;
  for (int64_t dim = 0; dim < axis; ++dim)
    if (reduced.test(dim) && type.getDimSize(dim) != 1)
      return std::nullopt;
  while (axis < rank && !reduced.test(axis))
    ++axis;
  return axis < rank ? std::optional(axis) : std::nullopt;
}

/// Reads x and its mean from the squares of their difference.
static bool readSquares(Value squares, Moments &moments) {
  Operation *op = squares.getDefiningOp();
  if (!op)
    return false;
  if (isa<SquaredDifferenceOp>(op)) {
    for (auto [x, mean] : {std::pair(0, 1), std::pair(1, 0)}) {
      moments.x = op->getOperand(x);
      moments.mean = op->getOperand(mean);
      if (getRowAxis(moments.mean, moments.x))
        return true;
    }
    return false;
  }
  bool isSquare = isa<SquareOp>(op) ||
                  (isa<MulOp>(op) && op->getOperand(0) == op->getOperand(1)) ||
                  (isa<PowOp>(op) && getNumber(op->getOperand(1)) == 2.0);
  auto difference =
      isSquare ? op->getOperand(0).getDefiningOp<SubOp>() : SubOp();
  if (!difference)
    return false;
  moments.x = difference.getA();
  moments.mean = difference.getB();
  return true;
}

/// Reads `variance`: the mean of the squares of the differences.
static bool readVariance(Value variance, Moments &moments) {
  auto reduce = variance.getDefiningOp<ReduceOp>();
  if (!reduce || !readSquares(reduce.getX(), moments))
    return false;
  auto axis = getRowAxis(moments.mean, moments.x);
  if (!axis || getRowAxis(variance, reduce.getX()) != axis)
    return false;
  moments.axis = *axis;
  return true;
}

/// Reads the square of a deviation: variance + epsilon.
static bool readStabilized(Value value, Moments &moments) {
  moments.epsilon = 0;
  if (auto sum = value.getDefiningOp<AddOp>())
    for (auto [variance, number] :
         {std::pair(sum.getA(), sum.getB()), std::pair(sum.getB(), sum.getA())})
      if (auto epsilon = getNumber(number); epsilon && *epsilon >= 0) {
        moments.epsilon = *epsilon;
        return readVariance(variance, moments);
      }
  return readVariance(value, moments);
}

/// Takes the reciprocal of a deviation out of `product`.
static std::optional<Moments> takeDeviation(Product &product) {
  Moments moments;
  for (Value &factor : product.factors)
    if (auto rsqrt = factor.getDefiningOp<RsqrtOp>();
        rsqrt && readStabilized(rsqrt.getX(), moments)) {
      product.factors.erase(&factor);
      return moments;
    }
  for (Value &divisor : product.divisors)
    if (auto sqrt = divisor.getDefiningOp<SqrtOp>();
        sqrt && readStabilized(sqrt.getX(), moments)) {
      product.divisors.erase(&divisor);
      return moments;
    }
  return std::nullopt;
}

/// The sizes of a row, which have to be known.
static std::optional<RankedTensorType> getRowType(const Moments &moments) {
  auto type = cast<RankedTensorType>(moments.x.getType());
  auto row = RankedTensorType::get(type.getShape().drop_front(moments.axis),
                                   type.getElementType());
  return row.hasStaticShape() && isa<FloatType>(type.getElementType())
             ? std::optional(row)
             : std::nullopt;
}

static Value splat(PatternRewriter &rewriter, Location loc,
                   RankedTensorType row, double number) {
  auto element = FloatAttr::get(row.getElementType(), number);
  return ConstantOp::create(rewriter, loc,
                            DenseElementsAttr::get(row, Attribute(element)));
}

/// `value` with one element for each element of a row, if it is a constant of
/// that shape, except for leading dimensions of size 1, or a scalar. Else null.
static Value asRowConstant(PatternRewriter &rewriter, Value value,
                           RankedTensorType row) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!isConstant(value) || type.getElementType() != row.getElementType())
    return {};
  ArrayRef<int64_t> shape = type.getShape();
  while (shape.size() > row.getShape().size() && shape.front() == 1)
    shape = shape.drop_front();
  if (shape.size() > row.getShape().size())
    return {};
  if (auto number = getNumber(value); number && shape != row.getShape())
    return splat(rewriter, value.getLoc(), row, *number);
  if (shape != row.getShape())
    return {};
  return type == row
             ? value
             : evaluateNow(rewriter,
                           ReshapeOp::create(
                               rewriter, value.getLoc(), value,
                               /*dims=*/Value(),
                               rewriter.getDenseI64ArrayAttr(row.getShape())));
}

/// Replaces `op` by a layer_norm. The rest of `product` scales it, and
/// `offset`, which may be null, is added.
static LogicalResult raiseTo(PatternRewriter &rewriter, Operation *op,
                             const Moments &moments, const Product &product,
                             Value offset) {
  auto row = getRowType(moments);
  if (!row || op->getResult(0).getType() != moments.x.getType() ||
      product.factors.size() > 1 || !product.divisors.empty())
    return rewriter.notifyMatchFailure(op, "not all of it is normalisation");
  Location loc = op->getLoc();
  Draft draft(rewriter, op);
  Value scale;
  if (!product.factors.empty()) {
    scale = asRowConstant(rewriter, product.factors.front(), *row);
    if (product.scale != 1)
      scale = compute<MulOp>(rewriter, loc, scale,
                             splat(rewriter, loc, *row, product.scale));
  } else {
    scale = splat(rewriter, loc, *row, product.scale);
  }
  offset = offset ? asRowConstant(rewriter, offset, *row)
                  : splat(rewriter, loc, *row, 0);
  if (!scale || !offset)
    return draft.discard("parameters are not constants of a row");
  auto norm = LayerNormOp::create(rewriter, fuseLocations(op, moments.x),
                                  moments.x.getType(), moments.x, scale, offset,
                                  rewriter.getI64IntegerAttr(moments.axis),
                                  rewriter.getF64FloatAttr(moments.epsilon));
  rewriter.replaceOp(op, norm);
  return success();
}

namespace {

/// (x - mean) / deviation, and its scale.
template <typename OpT>
struct RaiseNormalized : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    Product product = asProduct(op, [](Value) { return false; });
    auto moments = takeDeviation(product);
    if (!moments)
      return rewriter.notifyMatchFailure(op, "no deviation of rows");
    auto *centred = llvm::find_if(product.factors, [&](Value factor) {
      auto difference = factor.getDefiningOp<SubOp>();
      return difference && difference.getA() == moments->x &&
             difference.getB() == moments->mean;
    });
    if (centred == product.factors.end())
      return rewriter.notifyMatchFailure(op, "no difference to the mean");
    product.factors.erase(centred);
    return raiseTo(rewriter, op, *moments, product, /*offset=*/{});
  }
};

/// x f - mean f + offset, where f is a scale over the deviation.
template <typename OpT>
struct RaiseAffine : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    std::optional<Product> ofRows, ofMeans;
    std::optional<Moments> moments;
    Value offset;
    for (auto [term, isNegative] : asSum(op)) {
      if (isConstant(term)) {
        if (offset || isNegative)
          return rewriter.notifyMatchFailure(op, "more than one offset");
        offset = term;
        continue;
      }
      Product product = asProduct(term, [](Value) { return false; });
      auto found = takeDeviation(product);
      if (!found || (moments && !(*moments == *found)))
        return rewriter.notifyMatchFailure(op, "a term without a deviation");
      moments = found;
      // Again: x may be a product itself.
      product = asProduct(term, [&](Value part) { return part == moments->x; });
      (void)takeDeviation(product);
      if (isNegative)
        product.scale = -product.scale;
      std::optional<Product> &place =
          product.take(moments->x) ? ofRows : ofMeans;
      if (place || (&place == &ofMeans && !product.take(moments->mean)))
        return rewriter.notifyMatchFailure(op, "not rows and their means");
      place = std::move(product);
    }
    if (!ofRows || !ofMeans || ofRows->scale != -ofMeans->scale ||
        ofRows->factors != ofMeans->factors || !ofMeans->divisors.empty())
      return rewriter.notifyMatchFailure(op, "scales differ");
    return raiseTo(rewriter, op, *moments, *ofRows, offset);
  }
};

/// A scale or an offset behind a layer_norm becomes a part of it.
template <typename OpT>
struct AbsorbParameter : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    Draft draft(rewriter, op);
    for (auto [tensor, other] :
         {std::pair(op.getA(), op.getB()), std::pair(op.getB(), op.getA())}) {
      auto norm = tensor.template getDefiningOp<LayerNormOp>();
      if (!norm || !norm->hasOneUse() || norm.getType() != op.getType() ||
          !isConstant(norm.getScale()) || !isConstant(norm.getOffset()))
        continue;
      Location loc = op.getLoc();
      Value parameter = asRowConstant(
          rewriter, other, cast<RankedTensorType>(norm.getScale().getType()));
      Value scale = norm.getScale();
      if (std::is_same_v<OpT, MulOp>)
        scale = compute<OpT>(rewriter, loc, scale, parameter);
      Value offset = compute<OpT>(rewriter, loc, norm.getOffset(), parameter);
      if (!scale || !offset)
        continue;
      Location fused = rewriter.getFusedLoc({norm.getLoc(), loc});
      rewriter.replaceOp(op, LayerNormOp::create(rewriter, fused, op.getType(),
                                                 norm.getX(), scale, offset,
                                                 norm.getAxisAttr(),
                                                 norm.getEpsilonAttr()));
      rewriter.eraseOp(norm);
      return success();
    }
    return draft.discard("no layer_norm to absorb it");
  }
};

} // namespace

void raise::populateLayerNormPatterns(RewritePatternSet &patterns) {
  patterns
      .add<RaiseNormalized<MulOp>, RaiseNormalized<DivOp>, RaiseAffine<AddOp>,
           RaiseAffine<SubOp>, AbsorbParameter<MulOp>, AbsorbParameter<AddOp>>(
          patterns.getContext());
}
