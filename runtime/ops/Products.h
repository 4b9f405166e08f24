//===- Products.h - what convolutions and matmuls share -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to this folder: the rules for element types and biases of operations
// that sum products.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_PRODUCTS_H
#define GRAFT_RUNTIME_OPS_PRODUCTS_H

#include "runtime/ops/Element.h"
#include "runtime/ops/Validation.h"

namespace graft::ops {

/// Checks inputs 0 and 1, the zero point of input 0, and the result's type from
/// attribute `to`. Absent: the type of input 0, but i32 for 8 and 16 bit
/// integers.
Status inferProductType(const OpDesc &op, const ShapeInputs &inputs,
                        DType &result);

/// Checks the presence of input 2 against attribute `has_bias`, and its shape.
Status inferBias(const OpDesc &op, const ShapeInputs &inputs, int64_t channels);

/// Checks that attribute `zero_point` is in the range of input 0, if it is not
/// 0.
Status checkZeroPoint(const OpDesc &op, const ShapeInputs &inputs);

/// Input 0 without its zero point, which only int8 and uint8 values have.
template <typename C>
std::vector<C> readFactors(const OpDesc &op, const TensorView &input) {
  std::vector<C> values = widenAll<C>(input);
  if (int64_t zero = op.attributes.getInt("zero_point"))
    for (C &value : values)
      value -= static_cast<C>(zero);
  return values;
}

/// Writes sums. Integers are summed modulo 2^64 and are signed.
template <typename C>
void storeProducts(const std::vector<C> &sums, const TensorView &result) {
  if constexpr (std::is_same_v<C, double>)
    narrowAll(sums, result);
  else
    narrowAll(std::vector<int64_t>(sums.begin(), sums.end()), result);
}

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_PRODUCTS_H
