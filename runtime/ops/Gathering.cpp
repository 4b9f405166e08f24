//===- Gathering.cpp - elements at positions given as tensors -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Positions outside of the tensor are errors, as in TensorFlow on a CPU, except
// for one_hot, where they mean an all-off row.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Validation.h"

#include <limits>

using namespace graft;
using namespace graft::ops;

namespace {

constexpr size_t kAnyRank = std::numeric_limits<size_t>::max();

Status outside(int64_t position, int64_t size) {
  return Status(StatusCode::Failed,
                "a position must be at least 0 and less than " +
                    std::to_string(size) + ", got " + std::to_string(position));
}

Status readBatchDims(const OpDesc &op, const ShapeInputs &inputs,
                     size_t &batch) {
  const Shape &x = inputs[0].type.shape;
  const Shape &positions = inputs[1].type.shape;
  int64_t value = 0;
  GRAFT_RETURN_IF_ERROR(readInt(op, "batch_dims", 0, 0, value));
  batch = static_cast<size_t>(value);
  bool fits = batch <= x.size() && batch <= positions.size();
  for (size_t d = 0; fits && d < batch; ++d)
    fits = compatible(x[d], positions[d]);
  if (fits)
    return Status();
  return broken("inputs must agree in their " + std::to_string(batch) +
                    " batch dimensions",
                toString(inputs[0].type) + " and " + toString(inputs[1].type));
}

Status inferGather(const OpDesc &op, const ShapeInputs &inputs,
                   TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 2, 2));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 0, 1, kAnyRank));
  GRAFT_RETURN_IF_ERROR(expectIndex(inputs, 1));
  const Shape &x = inputs[0].type.shape;
  const Shape &positions = inputs[1].type.shape;
  size_t batch = 0;
  size_t axis = 0;
  GRAFT_RETURN_IF_ERROR(readBatchDims(op, inputs, batch));
  GRAFT_RETURN_IF_ERROR(
      readAxis(op, x.size(), static_cast<int64_t>(batch), axis));
  if (axis < batch)
    return broken("axis must not be a batch dimension", std::to_string(axis));
  Shape shape(x.begin(), x.begin() + static_cast<ptrdiff_t>(axis));
  for (size_t d = 0; d < batch; ++d)
    shape[d] = known(shape[d], positions[d]);
  shape.insert(shape.end(), positions.begin() + static_cast<ptrdiff_t>(batch),
               positions.end());
  shape.insert(shape.end(), x.begin() + static_cast<ptrdiff_t>(axis) + 1,
               x.end());
  return one(results, inputs[0].type.dtype, std::move(shape));
}

Status evaluateGather(const OpDesc &op, const Views &inputs,
                      const Views &results) {
  const Shape &x = inputs[0].type.shape;
  const Shape &shape = inputs[1].type.shape;
  auto batch = static_cast<size_t>(op.attributes.getInt("batch_dims"));
  size_t axis = 0;
  (void)readAxis(op, x.size(), static_cast<int64_t>(batch), axis);
  int64_t count = 0;
  (void)countElements(results[0].type.shape, count);
  std::vector<int64_t> positions = readIntegers(inputs[1]);
  for (int64_t position : positions)
    if (count && (position < 0 || position >= x[axis]))
      return outside(position, x[axis]);
  if (count == 0)
    return Status();
  int64_t batches = 1, outer = 1, inner = 1, perBatch = 1;
  (void)product(x, 0, batch, batches);
  (void)product(x, batch, axis, outer);
  (void)product(x, axis + 1, x.size(), inner);
  (void)product(shape, batch, shape.size(), perBatch);
  size_t bytes = sizeOf(results[0].type.dtype);
  int64_t to = 0;
  for (int64_t b = 0; b < batches; ++b)
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t i = 0; i < perBatch; ++i, to += inner) {
        int64_t row = (b * outer + o) * x[axis] +
                      positions[static_cast<size_t>(b * perBatch + i)];
        copyElements(results[0].data, to, inputs[0].data, row * inner, inner,
                     bytes);
      }
  return Status();
}

Status inferGatherND(const OpDesc &op, const ShapeInputs &inputs,
                     TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 2, 2));
  GRAFT_RETURN_IF_ERROR(expectIndex(inputs, 1));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 1, 1, kAnyRank));
  const Shape &x = inputs[0].type.shape;
  const Shape &positions = inputs[1].type.shape;
  size_t batch = 0;
  GRAFT_RETURN_IF_ERROR(readBatchDims(op, inputs, batch));
  int64_t depth = positions.back();
  if (batch >= positions.size() || depth == kDynamic ||
      depth > static_cast<int64_t>(x.size() - batch))
    return broken("the last size of input 1 must be known, at most the rank of "
                  "input 0 without its batch dimensions",
                  toString(inputs[0].type) + " and " +
                      toString(inputs[1].type));
  Shape shape(positions.begin(), positions.end() - 1);
  shape.insert(shape.end(), x.begin() + static_cast<ptrdiff_t>(batch) + depth,
               x.end());
  return one(results, inputs[0].type.dtype, std::move(shape));
}

Status evaluateGatherND(const OpDesc &op, const Views &inputs,
                        const Views &results) {
  const Shape &x = inputs[0].type.shape;
  const Shape &shape = inputs[1].type.shape;
  auto batch = static_cast<size_t>(op.attributes.getInt("batch_dims"));
  auto depth = static_cast<size_t>(shape.back());
  int64_t count = 0;
  (void)countElements(results[0].type.shape, count);
  if (count == 0)
    return Status();
  std::vector<int64_t> positions = readIntegers(inputs[1]);
  int64_t rows = 1, perBatch = 1, inner = 1;
  (void)product(shape, 0, shape.size() - 1, rows);
  (void)product(shape, batch, shape.size() - 1, perBatch);
  (void)product(x, batch + depth, x.size(), inner);
  size_t bytes = sizeOf(results[0].type.dtype);
  for (int64_t row = 0; row < rows; ++row) {
    int64_t source = row / perBatch; // the batch
    for (size_t d = 0; d < depth; ++d) {
      int64_t size = x[batch + d];
      int64_t position = positions[static_cast<size_t>(row) * depth + d];
      if (position < 0 || position >= size)
        return outside(position, size);
      source = source * size + position;
    }
    copyElements(results[0].data, row * inner, inputs[0].data, source * inner,
                 inner, bytes);
  }
  return Status();
}

Status inferOneHot(const OpDesc &op, const ShapeInputs &inputs,
                   TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  GRAFT_RETURN_IF_ERROR(expectInteger(inputs, 0));
  Shape shape = inputs[0].type.shape;
  int64_t depth = 0;
  GRAFT_RETURN_IF_ERROR(readInt(op, "depth", 0, -1, depth));
  size_t axis = 0;
  GRAFT_RETURN_IF_ERROR(readAxis(op, shape.size() + 1, -1, axis));
  DType dtype;
  GRAFT_RETURN_IF_ERROR(readDType(op, "to", DType::F32, dtype));
  shape.insert(shape.begin() + static_cast<ptrdiff_t>(axis), depth);
  return one(results, dtype, std::move(shape));
}

Status evaluateOneHot(const OpDesc &op, const Views &inputs,
                      const Views &results) {
  const TensorType &type = results[0].type;
  size_t axis = 0;
  (void)readAxis(op, type.shape.size(), -1, axis);
  double on = readNumber(op, "on_value", 1.0);
  double off = readNumber(op, "off_value", 0.0);
  std::vector<int64_t> from = denseStrides(inputs[0].type.shape);
  from.insert(from.begin() + static_cast<ptrdiff_t>(axis), 0);
  forEachPosition(type.shape, [&](const std::vector<int64_t> &position,
                                  int64_t linear) {
    int64_t source = 0;
    for (size_t d = 0; d < position.size(); ++d)
      source += position[d] * from[d];
    bool hot =
        loadInt(inputs[0].data, inputs[0].type.dtype, source) == position[axis];
    storeRounded(results[0].data, type.dtype, linear, hot ? on : off);
  });
  return Status();
}

} // namespace

void graft::ops::addGatheringRows(Rows &rows) {
  rows.push_back({"gather", inferGather, evaluateGather});
  rows.push_back({"gather_nd", inferGatherND, evaluateGatherND});
  rows.push_back({"one_hot", inferOneHot, evaluateOneHot});
}
