//===- TestOps.h - short words for tests of operations --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors written as a shape and a list of numbers, and one call that infers,
// runs and gives the result back as doubles.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_UNIT_OPS_TESTOPS_H
#define GRAFT_TEST_UNIT_OPS_TESTOPS_H

#include "runtime/ops/Element.h"
#include "runtime/ops/Semantics.h"

#include <cmath>
#include <gtest/gtest.h>
#include <initializer_list>
#include <limits>

namespace graft::ops::test {

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Tensor {
  TensorType type;
  std::vector<std::byte> bytes;

  explicit Tensor(TensorType of) : type(std::move(of)) {
    uint64_t size = 0;
    EXPECT_TRUE(countBytes(type, size));
    bytes.resize(size);
  }
  /// Numbers beyond the list repeat it, so that {0} is a tensor of zeros.
  Tensor(DType dtype, Shape shape, std::vector<double> numbers)
      : Tensor(TensorType{dtype, std::move(shape)}) {
    int64_t count = 0;
    EXPECT_TRUE(countElements(type.shape, count));
    for (int64_t i = 0; i < count; ++i)
      storeRounded(bytes.data(), dtype, i,
                   numbers[static_cast<size_t>(i) % numbers.size()]);
  }

  TensorView view() const {
    return {type, const_cast<std::byte *>(bytes.data()), {}};
  }
  std::vector<double> numbers() const { return widenAll<double>(view()); }
};

inline Tensor f32(Shape shape, std::vector<double> numbers) {
  return Tensor(DType::F32, std::move(shape), std::move(numbers));
}
inline Tensor i32(Shape shape, std::vector<double> numbers) {
  return Tensor(DType::I32, std::move(shape), std::move(numbers));
}
inline Tensor i64(Shape shape, std::vector<double> numbers) {
  return Tensor(DType::I64, std::move(shape), std::move(numbers));
}
inline Tensor boolean(Shape shape, std::vector<double> numbers) {
  return Tensor(DType::Bool, std::move(shape), std::move(numbers));
}

using Ints = std::vector<int64_t>;
using Floats = std::vector<double>;
using Named = std::pair<const char *, AttributeValue>;

inline OpDesc describe(std::string kind,
                       std::initializer_list<Named> attributes = {}) {
  OpDesc op;
  op.kind = std::move(kind);
  for (const Named &attribute : attributes)
    op.attributes.set(attribute.first, attribute.second);
  return op;
}

/// The results of `op`, or why there are none.
inline Expected<std::vector<Tensor>> run(const OpDesc &op,
                                         const std::vector<Tensor> &inputs) {
  std::vector<ShapeInput> types;
  std::vector<TensorView> views;
  for (const Tensor &input : inputs) {
    types.push_back({input.type, input.bytes.data()});
    views.push_back(input.view());
  }
  std::vector<TensorType> resultTypes;
  GRAFT_RETURN_IF_ERROR(inferTypes(op, types, resultTypes));
  std::vector<Tensor> results(resultTypes.begin(), resultTypes.end());
  std::vector<TensorView> resultViews;
  for (const Tensor &result : results)
    resultViews.push_back(result.view());
  GRAFT_RETURN_IF_ERROR(evaluate(op, views, resultViews));
  return results;
}

/// Runs an operation of one result and compares with `numbers`. NaN equals NaN,
/// and zeros must have the same sign.
inline void expectResult(const OpDesc &op, const std::vector<Tensor> &inputs,
                         const TensorType &type, const Floats &numbers,
                         double tolerance = 0.0) {
  Expected<std::vector<Tensor>> results = run(op, inputs);
  ASSERT_TRUE(results) << results.status().message();
  ASSERT_EQ(results->size(), 1u);
  EXPECT_EQ(toString((*results)[0].type), toString(type)) << op.kind;
  Floats got = (*results)[0].numbers();
  ASSERT_EQ(got.size(), numbers.size()) << op.kind;
  for (size_t i = 0; i < got.size(); ++i) {
    double want = numbers[i];
    if (std::isnan(want) || std::isinf(want)) {
      EXPECT_TRUE(std::isnan(want) ? std::isnan(got[i]) : got[i] == want)
          << op.kind << " [" << i << "] is " << got[i] << ", want " << want;
      continue;
    }
    EXPECT_LE(std::fabs(got[i] - want), tolerance)
        << op.kind << " [" << i << "] is " << got[i] << ", want " << want;
    if (want == 0 && got[i] == 0 && isFloat(type.dtype))
      EXPECT_EQ(std::signbit(got[i]), std::signbit(want))
          << op.kind << " [" << i << "]: the sign of zero";
  }
}

/// Expects a failure whose message has `text` in it.
inline void expectFailure(const OpDesc &op, const std::vector<Tensor> &inputs,
                          const std::string &text) {
  Expected<std::vector<Tensor>> results = run(op, inputs);
  ASSERT_FALSE(results) << op.kind << " must fail: " << text;
  EXPECT_NE(results.status().message().find(text), std::string::npos)
      << results.status().message();
}

/// "f32" result types: the common case.
inline TensorType f32Type(Shape shape) {
  return {DType::F32, std::move(shape)};
}

} // namespace graft::ops::test

#endif // GRAFT_TEST_UNIT_OPS_TESTOPS_H
