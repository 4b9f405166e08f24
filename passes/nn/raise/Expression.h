//===- Expression.h - arithmetic read as mathematics ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Frameworks write one formula in many ways: operands in either order, factors
// and signs anywhere, x x x for a power. nn-raise therefore matches normal
// forms: sums of terms, products of factors, polynomials. Each is read to a
// fixed depth, which no formula of interest reaches.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_RAISE_EXPRESSION_H
#define GRAFT_PASSES_NN_RAISE_EXPRESSION_H

#include "dialects/nn/NN.h"

#include <array>
#include <optional>

namespace graft::nn::raise {

/// The value of all elements of a splat constant.
std::optional<double> getNumber(mlir::Value value);

/// Whether `value` is `wanted` as the elements of a tensor of `type` round it,
/// after an operation or two.
bool isClose(double value, double wanted, mlir::Type type);

/// c[0] + c[1] x + c[2] x^2 + c[3] x^3.
using Polynomial = std::array<double, 4>;

/// `value` as a polynomial in `x`; nothing where it is none of degree 3 or
/// less.
std::optional<Polynomial> asPolynomial(mlir::Value value, mlir::Value x);

/// A product or quotient, taken apart.
struct Product {
  double scale = 1.0;
  llvm::SmallVector<mlir::Value, 4> factors, divisors;

  /// Takes one occurrence of `factor` out; false where there is none.
  bool take(mlir::Value factor);
};

/// `value` as a product; no value for which `keep` holds is taken apart.
Product asProduct(mlir::Value value,
                  llvm::function_ref<bool(mlir::Value)> keep);

/// The locations of `root` and of what it is computed from, down to `leaves`.
mlir::Location fuseLocations(mlir::Operation *root, mlir::ValueRange leaves);

/// `value` as a sum of terms with their signs.
using Terms = llvm::SmallVector<std::pair<mlir::Value, bool>, 4>;
Terms asSum(mlir::Value value);

} // namespace graft::nn::raise

#endif // GRAFT_PASSES_NN_RAISE_EXPRESSION_H
