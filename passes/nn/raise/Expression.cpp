//===- Expression.cpp - arithmetic read as mathematics --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn/raise/Expression.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SetVector.h"

#include <cmath>

using namespace mlir;
using namespace graft::nn;
using namespace graft::nn::raise;

/// No formula of interest is deeper, and a graph may be of any depth.
static constexpr unsigned kMaxDepth = 6;

std::optional<double> raise::getNumber(Value value) {
  DenseFPElementsAttr constant;
  if (!matchPattern(value, m_Constant(&constant)) || !constant.isSplat())
    return std::nullopt;
  APFloat number = constant.getSplatValue<APFloat>();
  bool inexact;
  number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &inexact);
  return number.convertToDouble();
}

bool raise::isClose(double value, double wanted, Type type) {
  auto element = dyn_cast<FloatType>(getElementTypeOrSelf(type));
  if (!element)
    return false;
  unsigned digits = APFloat::semanticsPrecision(element.getFloatSemantics());
  return std::abs(value - wanted) <=
         std::abs(wanted) * std::ldexp(1.0, 3 - static_cast<int>(digits));
}

//===----------------------------------------------------------------------===//
// Polynomials
//===----------------------------------------------------------------------===//

static std::optional<Polynomial> multiply(const Polynomial &a,
                                          const Polynomial &b) {
  Polynomial product = {};
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < b.size(); ++j) {
      if (a[i] == 0 || b[j] == 0)
        continue;
      if (i + j >= product.size())
        return std::nullopt;
      product[i + j] += a[i] * b[j];
    }
  return product;
}

static std::optional<Polynomial> readPolynomial(Value value, Value x,
                                                unsigned depth) {
  if (value == x)
    return Polynomial{0, 1};
  if (auto number = getNumber(value))
    return Polynomial{*number};
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0)
    return std::nullopt;
  auto read = [&](unsigned operand) {
    return readPolynomial(op->getOperand(operand), x, depth - 1);
  };
  if (isa<NegOp, SquareOp>(op)) {
    auto a = read(0);
    if (!a)
      return std::nullopt;
    return isa<SquareOp>(op) ? multiply(*a, *a) : multiply(*a, {-1});
  }
  if (!isa<AddOp, SubOp, MulOp, DivOp, PowOp>(op))
    return std::nullopt;
  auto a = read(0), b = read(1);
  if (!a || !b)
    return std::nullopt;
  if (isa<MulOp>(op))
    return multiply(*a, *b);
  if (isa<AddOp, SubOp>(op)) {
    for (auto [sum, term] : llvm::zip_equal(*a, *b))
      sum += isa<SubOp>(op) ? -term : term;
    return a;
  }
  // A quotient by a number; a power of 2 or 3.
  if ((*b)[1] != 0 || (*b)[2] != 0 || (*b)[3] != 0)
    return std::nullopt;
  double number = (*b)[0];
  if (isa<DivOp>(op))
    return number != 0 ? multiply(*a, {1 / number}) : std::nullopt;
  if (number != 2 && number != 3)
    return std::nullopt;
  auto power = multiply(*a, *a);
  return number == 3 && power ? multiply(*power, *a) : power;
}

std::optional<Polynomial> raise::asPolynomial(Value value, Value x) {
  return readPolynomial(value, x, kMaxDepth);
}

//===----------------------------------------------------------------------===//
// Products and sums
//===----------------------------------------------------------------------===//

bool Product::take(Value factor) {
  auto *found = llvm::find(factors, factor);
  if (found == factors.end())
    return false;
  factors.erase(found);
  return true;
}

static void readProduct(Value value, bool divides,
                        function_ref<bool(Value)> keep, unsigned depth,
                        Product &product) {
  if (auto number = getNumber(value); number && *number != 0) {
    product.scale *= divides ? 1 / *number : *number;
    return;
  }
  Operation *op = keep(value) || depth == 0 ? nullptr : value.getDefiningOp();
  auto read = [&](unsigned operand, bool inverts) {
    readProduct(op->getOperand(operand), divides != inverts, keep, depth - 1,
                product);
  };
  if (isa_and_nonnull<MulOp, DivOp>(op)) {
    read(0, false);
    read(1, isa<DivOp>(op));
  } else if (isa_and_nonnull<NegOp>(op)) {
    product.scale = -product.scale;
    read(0, false);
  } else if (isa_and_nonnull<ReciprocalOp>(op)) {
    read(0, true);
  } else {
    (divides ? product.divisors : product.factors).push_back(value);
  }
}

Product raise::asProduct(Value value, function_ref<bool(Value)> keep) {
  Product product;
  readProduct(value, /*divides=*/false, keep, kMaxDepth, product);
  return product;
}

static void readSum(Value value, bool isNegative, unsigned depth,
                    Terms &terms) {
  Operation *op = depth ? value.getDefiningOp() : nullptr;
  if (isa_and_nonnull<AddOp, SubOp>(op)) {
    readSum(op->getOperand(0), isNegative, depth - 1, terms);
    readSum(op->getOperand(1), isNegative != isa<SubOp>(op), depth - 1, terms);
  } else if (isa_and_nonnull<NegOp>(op)) {
    readSum(op->getOperand(0), !isNegative, depth - 1, terms);
  } else {
    terms.push_back({value, isNegative});
  }
}

Terms raise::asSum(Value value) {
  Terms terms;
  readSum(value, /*isNegative=*/false, /*depth=*/3, terms);
  return terms;
}

Location raise::fuseLocations(Operation *root, ValueRange leaves) {
  // Far more than a formula has: what is left out is only a name.
  constexpr size_t kMaxOperations = 32;
  SetVector<Operation *> operations;
  operations.insert(root);
  for (size_t i = 0; i < operations.size(); ++i)
    for (Value operand : operations[i]->getOperands()) {
      Operation *source = operand.getDefiningOp();
      if (source && !isa<ConstantOp>(source) &&
          !llvm::is_contained(leaves, operand) &&
          operations.size() < kMaxOperations)
        operations.insert(source);
    }
  SmallVector<Location> locations;
  for (Operation *op : llvm::reverse(operations))
    locations.push_back(op->getLoc());
  return FusedLoc::get(root->getContext(), locations);
}
