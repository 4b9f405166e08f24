//===- Elementwise.cpp - operations on each element alone -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Unary and binary functions with numpy broadcasting, selection, and conversion
// between element types.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/ElementwiseFunctions.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Validation.h"

#include <cmath>

using namespace graft;
using namespace graft::ops;

namespace {

Status inferUnary(const OpDesc &op, const ShapeInputs &inputs,
                  TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  const UnaryFunction *function = findUnary(op.kind);
  if (function->integer)
    GRAFT_RETURN_IF_ERROR(expectNumber(inputs, 0));
  else
    GRAFT_RETURN_IF_ERROR(expectFloat(inputs, 0));
  const TensorType &type = inputs[0].type;
  return one(results, function->predicate ? DType::Bool : type.dtype,
             type.shape);
}

/// The column of `function` for compute type C.
template <typename C, typename Function>
auto column(const Function &function) {
  if constexpr (std::is_same_v<C, double>)
    return function.real;
  else if constexpr (std::is_same_v<C, int64_t>)
    return function.integer;
  else
    return function.natural;
}

Status evaluateUnary(const OpDesc &op, const Views &inputs,
                     const Views &results) {
  const UnaryFunction *function = findUnary(op.kind);
  double alpha = readNumber(op, "alpha", function->alpha);
  double beta = readNumber(op, "beta", function->beta);
  int64_t count = 0;
  (void)countElements(results[0].type.shape, count);
  visitAny(inputs[0].type.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto apply = column<ComputeType<T>>(*function);
    for (int64_t i = 0; i < count; ++i) {
      auto value = apply(widen(inputs[0].as<T>()[i]), alpha, beta);
      if (function->predicate)
        results[0].as<Boolean>()[i] = narrow<Boolean>(value);
      else
        results[0].as<T>()[i] = narrow<T>(value);
    }
  });
  return Status();
}

Status inferLogicalNot(const OpDesc &, const ShapeInputs &inputs,
                       TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  const TensorType &type = inputs[0].type;
  if (type.dtype != DType::Bool)
    return broken("input 0 must hold bool", toString(type));
  return one(results, DType::Bool, type.shape);
}

Status evaluateLogicalNot(const OpDesc &, const Views &inputs,
                          const Views &results) {
  int64_t count = 0;
  (void)countElements(results[0].type.shape, count);
  for (int64_t i = 0; i < count; ++i)
    results[0].as<Boolean>()[i].byte = inputs[0].as<Boolean>()[i].byte == 0;
  return Status();
}

Status inferBinary(const OpDesc &op, const ShapeInputs &inputs,
                   TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 2, 2));
  GRAFT_RETURN_IF_ERROR(expectSameDType(inputs, 0, 1));
  const BinaryFunction *function = findBinary(op.kind);
  DType dtype = inputs[0].type.dtype;
  bool equality = op.kind == "equal" || op.kind == "not_equal";
  if (!function->real && dtype != DType::Bool)
    return broken("inputs must hold bool", toString(inputs[0].type));
  if (function->real && !equality)
    GRAFT_RETURN_IF_ERROR(expectNumber(inputs, 0));
  if (!function->integer && function->real)
    GRAFT_RETURN_IF_ERROR(expectFloat(inputs, 0));
  Shape shape;
  GRAFT_RETURN_IF_ERROR(
      broadcastShapes(inputs[0].type.shape, inputs[1].type.shape, shape));
  return one(results, function->predicate ? DType::Bool : dtype,
             std::move(shape));
}

Status evaluateBinary(const OpDesc &op, const Views &inputs,
                      const Views &results) {
  const BinaryFunction *function = findBinary(op.kind);
  const Shape &shape = results[0].type.shape;
  // The floor of a quotient depends on the rounding of the quotient.
  bool floorDiv = op.kind == "floor_div";
  return visitAny(inputs[0].type.dtype, [&](auto tag) -> Status {
    using T = typename decltype(tag)::type;
    using C = ComputeType<T>;
    auto apply = column<C>(*function);
    int64_t i = 0;
    bool defined = true;
    forEachOffset<2>(shape,
                     {broadcastStrides(inputs[0].type.shape, shape),
                      broadcastStrides(inputs[1].type.shape, shape)},
                     [&](const std::array<int64_t, 2> &at) {
                       C a = widen(inputs[0].as<T>()[at[0]]);
                       C b = widen(inputs[1].as<T>()[at[1]]);
                       C value{};
                       if constexpr (std::is_same_v<C, double>) {
                         if (floorDiv)
                           value = std::floor(widen(narrow<T>(a / b)));
                         else
                           (void)apply(a, b, value);
                       } else {
                         defined = apply(a, b, value) && defined;
                       }
                       if (function->predicate)
                         results[0].as<Boolean>()[i] = narrow<Boolean>(value);
                       else
                         results[0].as<T>()[i] = narrow<T>(value);
                       ++i;
                     });
    if (!defined)
      return Status(StatusCode::Failed, function->failure);
    return Status();
  });
}

Status inferSelect(const OpDesc &, const ShapeInputs &inputs,
                   TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 3, 3));
  GRAFT_RETURN_IF_ERROR(expectSameDType(inputs, 1, 2));
  if (inputs[0].type.dtype != DType::Bool)
    return broken("input 0 must hold bool", toString(inputs[0].type));
  Shape values;
  Shape shape;
  GRAFT_RETURN_IF_ERROR(
      broadcastShapes(inputs[1].type.shape, inputs[2].type.shape, values));
  GRAFT_RETURN_IF_ERROR(broadcastShapes(inputs[0].type.shape, values, shape));
  return one(results, inputs[1].type.dtype, std::move(shape));
}

Status evaluateSelect(const OpDesc &, const Views &inputs,
                      const Views &results) {
  const Shape &shape = results[0].type.shape;
  size_t bytes = sizeOf(results[0].type.dtype);
  int64_t i = 0;
  forEachOffset<3>(shape,
                   {broadcastStrides(inputs[0].type.shape, shape),
                    broadcastStrides(inputs[1].type.shape, shape),
                    broadcastStrides(inputs[2].type.shape, shape)},
                   [&](const std::array<int64_t, 3> &at) {
                     size_t from = inputs[0].as<uint8_t>()[at[0]] ? 1 : 2;
                     copyElements(results[0].data, i++, inputs[from].data,
                                  at[from], 1, bytes);
                   });
  return Status();
}

Status inferCast(const OpDesc &op, const ShapeInputs &inputs,
                 TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  DType to;
  GRAFT_RETURN_IF_ERROR(readDType(op, "to", inputs[0].type.dtype, to));
  return one(results, to, inputs[0].type.shape);
}

Status evaluateCast(const OpDesc &, const Views &inputs, const Views &results) {
  int64_t count = 0;
  (void)countElements(results[0].type.shape, count);
  visitAny(inputs[0].type.dtype, [&](auto from) {
    using From = typename decltype(from)::type;
    visitAny(results[0].type.dtype, [&](auto to) {
      using To = typename decltype(to)::type;
      for (int64_t i = 0; i < count; ++i)
        results[0].as<To>()[i] = narrow<To>(widen(inputs[0].as<From>()[i]));
    });
  });
  return Status();
}

} // namespace

void graft::ops::addElementwiseRows(Rows &rows) {
  const UnaryFunction *unary, *unaryEnd;
  for (allUnary(unary, unaryEnd); unary != unaryEnd; ++unary)
    rows.push_back({unary->kind, inferUnary, evaluateUnary});
  const BinaryFunction *binary, *binaryEnd;
  for (allBinary(binary, binaryEnd); binary != binaryEnd; ++binary)
    rows.push_back({binary->kind, inferBinary, evaluateBinary});
  rows.push_back({"logical_not", inferLogicalNot, evaluateLogicalNot});
  rows.push_back({"select", inferSelect, evaluateSelect});
  rows.push_back({"cast", inferCast, evaluateCast});
}
