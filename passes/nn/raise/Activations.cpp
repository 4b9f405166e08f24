//===- Activations.cpp - x times a function of x --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// gelu, swish and hard_swish are products of x and a gate: a function that goes
// from 0 to 1. The gate's argument is read as a polynomial in x.
//===----------------------------------------------------------------------===//
#include "passes/nn/raise/Expression.h"
#include "passes/nn/raise/Patterns.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace graft::nn;
using namespace graft::nn::raise;

namespace {

/// The factors of x and its cube in gelu and its approximation.
constexpr double kTanhFactor = 0.7978845608028654; // sqrt(2 / pi)
constexpr double kErfFactor = 0.7071067811865476;  // 1 / sqrt(2)
constexpr double kCubeFactor = 0.044715;

/// Matches one product against the gates.
class GateMatcher {
public:
  GateMatcher(Value x, double scale) : x(x), scale(scale) {}

  /// The mnemonic of x `scale` `gate`, or "". `divides` says that it is x
  /// `scale` / `gate` instead.
  StringRef match(Value gate, bool divides) const;

private:
  bool isClose(double value, double wanted) const {
    return raise::isClose(value, wanted, x.getType());
  }
  /// Whether `value` is a + b x + c x^3.
  bool is(Value value, double a, double b, double c = 0) const;
  StringRef matchSigmoid(Value argument) const;
  StringRef matchSigmoidOfExponential(Value divisor) const;
  StringRef matchClip(ClipOp clip) const;
  StringRef matchHardSigmoid(HardSigmoidOp op) const;
  StringRef matchErrorFunction(Value gate) const;

  Value x;
  double scale;
};

} // namespace

bool GateMatcher::is(Value value, double a, double b, double c) const {
  auto found = asPolynomial(value, x);
  return found && isClose((*found)[0], a) && isClose((*found)[1], b) &&
         (*found)[2] == 0 && isClose((*found)[3], c);
}

StringRef GateMatcher::matchSigmoid(Value argument) const {
  if (!isClose(scale, 1))
    return "";
  if (is(argument, 0, 1))
    return SwishOp::getOperationName();
  // (1 + tanh(u)) / 2 is the sigmoid of 2 u.
  return is(argument, 0, 2 * kTanhFactor, 2 * kTanhFactor * kCubeFactor)
             ? GeluTanhOp::getOperationName()
             : "";
}

/// x / (1 + exp(-x))
StringRef GateMatcher::matchSigmoidOfExponential(Value divisor) const {
  auto sum = divisor.getDefiningOp<AddOp>();
  if (!sum || !isClose(scale, 1))
    return "";
  for (auto [power, one] :
       {std::pair(sum.getA(), sum.getB()), std::pair(sum.getB(), sum.getA())}) {
    auto exponential = power.getDefiningOp<ExpOp>();
    if (exponential && getNumber(one) == 1.0 && is(exponential.getX(), 0, -1))
      return SwishOp::getOperationName();
  }
  return "";
}

StringRef GateMatcher::matchClip(ClipOp clip) const {
  double high = clip.getBeta().convertToDouble();
  return clip.getAlpha().isZero() && high > 0 && isClose(scale, 1 / high) &&
                 is(clip.getX(), high / 2, high / 6)
             ? HardSwishOp::getOperationName()
             : "";
}

StringRef GateMatcher::matchHardSigmoid(HardSigmoidOp op) const {
  return op.getX() == x && isClose(scale, 1) &&
                 isClose(op.getAlpha().convertToDouble(), 1.0 / 6) &&
                 op.getBeta().convertToDouble() == 0.5
             ? HardSwishOp::getOperationName()
             : "";
}

/// The erf, erfc or tanh that `value` is a linear function of.
static Operation *findFunction(Value value) {
  for (unsigned depth = 0; depth < 4; ++depth) {
    Operation *op = value.getDefiningOp();
    if (!op || isa<ErfOp, ErfcOp, TanhOp>(op))
      return op;
    if (!isa<AddOp, SubOp, MulOp, DivOp, NegOp>(op))
      return nullptr;
    bool second = op->getNumOperands() == 2 && getNumber(op->getOperand(0));
    value = op->getOperand(second);
  }
  return nullptr;
}

/// (1 + erf(x / sqrt(2))) / 2 and (1 + tanh(...)) / 2
StringRef GateMatcher::matchErrorFunction(Value gate) const {
  Operation *function = findFunction(gate);
  auto linear =
      function ? asPolynomial(gate, function->getResult(0)) : std::nullopt;
  if (!linear)
    return "";
  double constant = scale * (*linear)[0], slope = scale * (*linear)[1];
  // erfc is 1 - erf.
  if (isa<ErfcOp>(function)) {
    constant += slope;
    slope = -slope;
  }
  // Both are odd: a sign inside is one outside.
  double sign = slope < 0 ? -1 : 1;
  if (!isClose(constant, 0.5) || !isClose(slope * sign, 0.5))
    return "";
  Value argument = function->getOperand(0);
  if (isa<TanhOp>(function))
    return is(argument, 0, sign * kTanhFactor, sign * kTanhFactor * kCubeFactor)
               ? GeluTanhOp::getOperationName()
               : "";
  return is(argument, 0, sign * kErfFactor) ? GeluOp::getOperationName() : "";
}

StringRef GateMatcher::match(Value gate, bool divides) const {
  if (divides)
    return matchSigmoidOfExponential(gate);
  if (auto sigmoid = gate.getDefiningOp<SigmoidOp>())
    return matchSigmoid(sigmoid.getX());
  if (auto clip = gate.getDefiningOp<ClipOp>())
    return matchClip(clip);
  if (auto hard = gate.getDefiningOp<HardSigmoidOp>())
    return matchHardSigmoid(hard);
  return matchErrorFunction(gate);
}

/// Everything that could be x in a product: its parts, to some depth.
static SmallVector<Value> collectParts(Operation *product) {
  SmallVector<Value> parts(product->getOperands());
  for (size_t i = 0; i < parts.size() && parts.size() < 8; ++i)
    if (Operation *part = parts[i].getDefiningOp();
        isa_and_nonnull<MulOp, DivOp, NegOp>(part))
      parts.append(part->operand_begin(), part->operand_end());
  return parts;
}

namespace {

template <typename OpT>
struct RaiseActivation : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    for (Value x : collectParts(op)) {
      if (x.getType() != op.getType() || getNumber(x))
        continue;
      Product product = asProduct(op, [&](Value part) { return part == x; });
      if (!product.take(x) ||
          product.factors.size() + product.divisors.size() != 1)
        continue;
      bool divides = product.factors.empty();
      StringRef name = GateMatcher(x, product.scale)
                           .match(divides ? product.divisors.front()
                                          : product.factors.front(),
                                  divides);
      if (name.empty())
        continue;
      OperationState state(fuseLocations(op, x), name, x, op->getResultTypes());
      rewriter.replaceOp(op, rewriter.create(state));
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no activation");
  }
};

} // namespace

void raise::populateActivationPatterns(RewritePatternSet &patterns) {
  patterns.add<RaiseActivation<MulOp>, RaiseActivation<DivOp>>(
      patterns.getContext());
}
