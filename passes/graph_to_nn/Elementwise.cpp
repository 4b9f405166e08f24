//===- Elementwise.cpp - operators on each element alone ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Unary and binary operators that have a counterpart of the same meaning, and
// those that are a short chain of them.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"
#include "passes/graph_to_nn/DataFormat.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

template <typename OpT>
static void unary(NodeConversion &c) {
  c.result(c.create<OpT>(c.input(0)));
}

template <typename OpT>
static void binary(NodeConversion &c) {
  Value a = c.input(0);
  Value b = c.input(1);
  c.result(c.create<OpT>({a, b}));
}

/// Without an error for shapes that do not broadcast, the result would be one
/// truth value; the table's rules refuse that.
template <typename OpT>
static void equality(NodeConversion &c) {
  binary<OpT>(c);
}

/// For integers only: of floats TensorFlow would truncate the quotient.
static void truncateDiv(NodeConversion &c) {
  Value a = c.input(0);
  if (a && !isa<IntegerType>(getElementTypeOrSelf(a.getType())))
    return c.refuse(NativeReason::UnsupportedType,
                    "operator TruncateDiv must get integers");
  binary<nn::DivOp>(c);
}

static void addN(NodeConversion &c) {
  Value sum = c.input(0);
  for (size_t i = 1; i < c.numInputs(); ++i)
    sum = c.create<nn::AddOp>({sum, c.input(i)});
  c.result(sum);
}

static void biasAdd(NodeConversion &c) {
  Value x = c.input(0);
  Value bias = c.input(1);
  if (!x || !bias)
    return;
  auto type = cast<RankedTensorType>(x.getType());
  if (isChannelsFirst(c) && type.getRank() > 2) {
    // One value for each position of dimension 1.
    SmallVector<int64_t> axes;
    for (int64_t axis = 1; axis < type.getRank() - 1; ++axis)
      axes.push_back(axis);
    bias = c.create<nn::ExpandDimsOp>(bias, {{"axes", axes}});
  }
  c.result(c.create<nn::AddOp>({x, bias}));
}

static void clipByValue(NodeConversion &c) {
  Value x = c.input(0);
  auto isScalar = [&](size_t i) {
    ElementsAttr value = c.constant(i);
    return value && value.getNumElements() == 1;
  };
  if (isScalar(1) && isScalar(2)) {
    double low = 0;
    double high = 0;
    if (c.constantNumber(1, "the lower bound", low) &&
        c.constantNumber(2, "the upper bound", high))
      c.result(c.create<nn::ClipOp>(x, {{"alpha", low}, {"beta", high}}));
    return;
  }
  Value capped = c.create<nn::MinimumOp>({x, c.input(2)});
  c.result(c.create<nn::MaximumOp>({capped, c.input(1)}));
}

static void castTo(NodeConversion &c) {
  if (c.getNode().getBoolAttr("Truncate", false))
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "attribute Truncate of operator Cast must be false");
  Type type = c.getNode().getTypeAttr("DstT");
  if (!type)
    return c.refuse(NativeReason::InvalidNode,
                    "operator Cast needs attribute DstT");
  c.result(c.cast(c.input(0), type));
}

/// The condition of the first version may have one element for each row.
static void selectRows(NodeConversion &c) {
  Value condition = c.input(0);
  Value a = c.input(1);
  Value b = c.input(2);
  if (!condition || !a || !b)
    return;
  int64_t rank = cast<RankedTensorType>(a.getType()).getRank();
  if (cast<RankedTensorType>(condition.getType()).getRank() == 1 && rank > 1) {
    SmallVector<int64_t> axes;
    for (int64_t axis = 1; axis < rank; ++axis)
      axes.push_back(axis);
    condition = c.create<nn::ExpandDimsOp>(condition, {{"axes", axes}});
  }
  c.result(c.create<nn::SelectOp>({condition, a, b}));
}

static void selectBroadcast(NodeConversion &c) {
  c.result(c.create<nn::SelectOp>(c.inputRange(0, 3)));
}

/// x log(y), and 0 where x is 0.
static void xlogy(NodeConversion &c) {
  Value x = c.input(0);
  Value y = c.input(1);
  if (!x || !y)
    return;
  Value zero = c.scalar(getElementTypeOrSelf(x.getType()), 0);
  Value isZero = c.create<nn::EqualOp>({x, zero});
  Value product = c.create<nn::MulOp>({x, c.create<nn::LogOp>(y)});
  c.result(c.create<nn::SelectOp>({isZero, zero, product}));
}

void graft::addElementwiseConverters(ConverterRows &rows) {
  rows.append({
      {"Abs", unary<nn::AbsOp>},
      {"Acos", unary<nn::AcosOp>},
      {"Acosh", unary<nn::AcoshOp>},
      {"Add", binary<nn::AddOp>},
      {"AddN", addN},
      {"AddV2", binary<nn::AddOp>},
      {"Asin", unary<nn::AsinOp>},
      {"Asinh", unary<nn::AsinhOp>},
      {"Atan", unary<nn::AtanOp>},
      {"Atan2", binary<nn::Atan2Op>},
      {"Atanh", unary<nn::AtanhOp>},
      {"BiasAdd", biasAdd},
      {"BiasAddV1", biasAdd},
      {"Cast", castTo},
      {"Ceil", unary<nn::CeilOp>},
      {"ClipByValue", clipByValue},
      {"Cos", unary<nn::CosOp>},
      {"Cosh", unary<nn::CoshOp>},
      {"Div", binary<nn::DivOp>},
      {"DivNoNan", binary<nn::DivNoNanOp>},
      {"Equal", equality<nn::EqualOp>},
      {"Erf", unary<nn::ErfOp>},
      {"Erfc", unary<nn::ErfcOp>},
      {"Exp", unary<nn::ExpOp>},
      {"Expm1", unary<nn::Expm1Op>},
      {"Floor", unary<nn::FloorOp>},
      {"FloorDiv", binary<nn::FloorDivOp>},
      {"FloorMod", binary<nn::FloorModOp>},
      {"Greater", binary<nn::GreaterOp>},
      {"GreaterEqual", binary<nn::GreaterEqualOp>},
      {"Inv", unary<nn::ReciprocalOp>},
      {"IsFinite", unary<nn::IsFiniteOp>},
      {"IsInf", unary<nn::IsInfOp>},
      {"IsNan", unary<nn::IsNanOp>},
      {"Less", binary<nn::LessOp>},
      {"LessEqual", binary<nn::LessEqualOp>},
      {"Lgamma", unary<nn::LgammaOp>},
      {"Log", unary<nn::LogOp>},
      {"Log1p", unary<nn::Log1pOp>},
      {"LogicalAnd", binary<nn::LogicalAndOp>},
      {"LogicalNot", unary<nn::LogicalNotOp>},
      {"LogicalOr", binary<nn::LogicalOrOp>},
      {"Maximum", binary<nn::MaximumOp>},
      {"Minimum", binary<nn::MinimumOp>},
      {"Mod", binary<nn::TruncModOp>},
      {"Mul", binary<nn::MulOp>},
      {"Neg", unary<nn::NegOp>},
      {"NotEqual", equality<nn::NotEqualOp>},
      {"Pow", binary<nn::PowOp>},
      {"RealDiv", binary<nn::DivOp>},
      {"Reciprocal", unary<nn::ReciprocalOp>},
      {"Rint", unary<nn::RoundOp>},
      {"Round", unary<nn::RoundOp>},
      {"Rsqrt", unary<nn::RsqrtOp>},
      {"Select", selectRows},
      {"SelectV2", selectBroadcast},
      {"Sign", unary<nn::SignOp>},
      {"Sin", unary<nn::SinOp>},
      {"Sinh", unary<nn::SinhOp>},
      {"Sqrt", unary<nn::SqrtOp>},
      {"Square", unary<nn::SquareOp>},
      {"SquaredDifference", binary<nn::SquaredDifferenceOp>},
      {"Sub", binary<nn::SubOp>},
      {"Tan", unary<nn::TanOp>},
      {"TruncateDiv", truncateDiv},
      {"TruncateMod", binary<nn::TruncModOp>},
      {"Xlogy", xlogy},
  });
}
