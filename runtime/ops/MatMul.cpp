//===- MatMul.cpp - products of matrices ----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Batched matrix products with NumPy broadcasting of the batch, and the type
// rules that they share with convolutions.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Products.h"

#include <limits>

using namespace graft;
using namespace graft::ops;

Status graft::ops::checkZeroPoint(const OpDesc &op, const ShapeInputs &inputs) {
  DType x = inputs[0].type.dtype;
  int64_t zero = op.attributes.getInt("zero_point");
  bool isQuantized = x == DType::I8 || x == DType::U8;
  int64_t least = x == DType::I8 ? -128 : 0;
  if (zero != 0 && (!isQuantized || zero < least || zero > least + 255))
    return broken("zero_point must be a code of input 0",
                  std::to_string(zero) + " for " + toString(inputs[0].type));
  return Status();
}

Status graft::ops::inferProductType(const OpDesc &op, const ShapeInputs &inputs,
                                    DType &result) {
  DType x = inputs[0].type.dtype;
  DType y = inputs[1].type.dtype;
  GRAFT_RETURN_IF_ERROR(expectNumber(inputs, 0));
  if (x != y && !(x == DType::U8 && y == DType::I8))
    return broken("inputs 0 and 1 must have the same element type, or u8 and "
                  "i8",
                  toString(inputs[0].type) + " and " +
                      toString(inputs[1].type));
  GRAFT_RETURN_IF_ERROR(checkZeroPoint(op, inputs));
  bool sub32 = isInteger(x) && sizeOf(x) < 4;
  return readDType(op, "to", sub32 ? DType::I32 : x, result);
}

Status graft::ops::inferBias(const OpDesc &op, const ShapeInputs &inputs,
                             int64_t channels) {
  int64_t hasBias = 0;
  GRAFT_RETURN_IF_ERROR(readInt(op, "has_bias", 0, 0, hasBias));
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, hasBias ? 3 : 2, hasBias ? 3 : 2));
  if (!hasBias)
    return Status();
  GRAFT_RETURN_IF_ERROR(expectShape(inputs, 2, {channels}));
  return isFloat(inputs[0].type.dtype) ? expectFloat(inputs, 2)
                                       : expectInteger(inputs, 2);
}

namespace {

Shape batchOf(const Shape &shape) {
  return Shape(shape.begin(), shape.end() - 2);
}

Status inferMatMul(const OpDesc &op, const ShapeInputs &inputs,
                   TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 2, 3));
  DType dtype;
  GRAFT_RETURN_IF_ERROR(inferProductType(op, inputs, dtype));
  const size_t any = std::numeric_limits<size_t>::max();
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 0, 2, any));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 1, 2, any));
  const Shape &a = inputs[0].type.shape;
  const Shape &b = inputs[1].type.shape;
  bool transposeA = op.attributes.getInt("transpose_a") != 0;
  bool transposeB = op.attributes.getInt("transpose_b") != 0;
  int64_t rows = a[a.size() - (transposeA ? 1 : 2)];
  int64_t depthA = a[a.size() - (transposeA ? 2 : 1)];
  int64_t depthB = b[b.size() - (transposeB ? 1 : 2)];
  int64_t columns = b[b.size() - (transposeB ? 2 : 1)];
  if (!compatible(depthA, depthB))
    return broken("the matrices' inner sizes must be equal",
                  toString(a) + " and " + toString(b));
  GRAFT_RETURN_IF_ERROR(inferBias(op, inputs, columns));
  Shape shape;
  GRAFT_RETURN_IF_ERROR(broadcastShapes(batchOf(a), batchOf(b), shape));
  shape.push_back(rows);
  shape.push_back(columns);
  return one(results, dtype, std::move(shape));
}

template <typename C>
void multiply(const OpDesc &op, const Views &inputs, const TensorView &result) {
  const Shape &a = inputs[0].type.shape;
  const Shape &b = inputs[1].type.shape;
  const Shape &shape = result.type.shape;
  bool transposeA = op.attributes.getInt("transpose_a") != 0;
  bool transposeB = op.attributes.getInt("transpose_b") != 0;
  int64_t rows = shape[shape.size() - 2];
  int64_t columns = shape.back();
  int64_t depth = a[a.size() - (transposeA ? 2 : 1)];
  std::vector<C> left = readFactors<C>(op, inputs[0]);
  std::vector<C> right = widenAll<C>(inputs[1]);
  std::vector<C> bias;
  if (op.attributes.getInt("has_bias"))
    bias = widenAll<C>(inputs[2]);

  int64_t count = 0;
  (void)countElements(shape, count);
  std::vector<C> sums(static_cast<size_t>(count), C(0));
  if (count == 0)
    return;
  Shape batch = batchOf(shape);
  C *row = sums.data();
  forEachOffset<2>(
      batch,
      {broadcastStrides(batchOf(a), batch),
       broadcastStrides(batchOf(b), batch)},
      [&](const std::array<int64_t, 2> &at) {
        const C *x = left.data() + at[0] * rows * depth;
        const C *y = right.data() + at[1] * depth * columns;
        for (int64_t m = 0; m < rows; ++m, row += columns) {
          for (int64_t n = 0; n < columns; ++n)
            row[n] = bias.empty() ? C(0) : bias[static_cast<size_t>(n)];
          for (int64_t k = 0; k < depth; ++k) {
            C value = x[transposeA ? k * rows + m : m * depth + k];
            for (int64_t n = 0; n < columns; ++n)
              row[n] += value * y[transposeB ? n * depth + k : k * columns + n];
          }
        }
      });
  storeProducts(sums, result);
}

Status evaluateMatMul(const OpDesc &op, const Views &inputs,
                      const Views &results) {
  if (isFloat(inputs[0].type.dtype))
    multiply<double>(op, inputs, results[0]);
  else
    multiply<uint64_t>(op, inputs, results[0]);
  return Status();
}

} // namespace

void graft::ops::addMatMulRows(Rows &rows) {
  rows.push_back({"matmul", inferMatMul, evaluateMatMul});
}
