//===- Shape.cpp - the same elements under another shape ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operations that copy their input as it is, and shape_of, which reads only its
// type. The new shape is an attribute or an operand; if the operand is not
// constant, only the number of dimensions is known.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Validation.h"

#include <algorithm>

using namespace graft;
using namespace graft::ops;

namespace {

Status evaluateCopy(const OpDesc &, const Views &inputs, const Views &results) {
  int64_t count = 0;
  (void)countElements(results[0].type.shape, count);
  copyElements(results[0].data, 0, inputs[0].data, 0, count,
               sizeOf(results[0].type.dtype));
  return Status();
}

Status inferIdentity(const OpDesc &, const ShapeInputs &inputs,
                     TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  results.assign(1, inputs[0].type);
  return Status();
}

/// Replaces the -1 of `shape`, if any, and checks the number of elements.
Status resolveReshape(const Shape &from, Shape &shape) {
  auto isFree = [](int64_t size) { return size == kDynamic; };
  size_t free =
      static_cast<size_t>(std::count_if(shape.begin(), shape.end(), isFree));
  bool negative = std::any_of(shape.begin(), shape.end(),
                              [](int64_t size) { return size < kDynamic; });
  if (free > 1 || negative)
    return broken("the shape must be sizes with at most one -1", list(shape));
  int64_t have = 0;
  if (!product(from, 0, from.size(), have))
    return broken("the input must fit into memory", toString(from));
  if (have == kDynamic)
    return Status();
  Shape fixed = shape;
  fixed.erase(std::remove_if(fixed.begin(), fixed.end(), isFree), fixed.end());
  int64_t want = 0;
  bool fits = countElements(fixed, want);
  if (fits && free && want > 0 && have % want == 0) {
    *std::find_if(shape.begin(), shape.end(), isFree) = have / want;
    return Status();
  }
  // If a size is 0 and the input is empty, TensorFlow omits zeros from both
  // products.
  if (fits && free && want == 0 && have == 0) {
    if (std::any_of(from.begin(), from.end(), isFree))
      return Status();
    auto countOthers = [](const Shape &sizes) {
      int64_t count = 1;
      for (int64_t size : sizes)
        if (size > 0 && __builtin_mul_overflow(count, size, &count))
          return int64_t(0);
      return count;
    };
    int64_t all = countOthers(from), others = countOthers(fixed);
    if (all == 0 || others == 0)
      return broken("sizes beside a 0 must fit into 64 bits", list(shape));
    *std::find_if(shape.begin(), shape.end(), isFree) = all / others;
    return Status();
  }
  if (fits && !free && want == have)
    return Status();
  return broken("the shape must have as many elements as " + toString(from),
                list(shape));
}

/// The shape in attribute `name` or else in input `index`, with -1 for unknown
/// sizes. `open` is set if the operand's contents are unknown.
Status readShape(const OpDesc &op, const ShapeInputs &inputs, size_t index,
                 std::string_view name, Shape &shape, bool &open) {
  open = false;
  bool operand = inputs.size() > index;
  if (!operand)
    return readInts(op, name, shape);
  GRAFT_RETURN_IF_ERROR(expectIndex(inputs, index));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, index, 1, 1));
  if (constantInts(inputs[index], shape))
    return Status();
  open = true;
  int64_t rank = inputs[index].type.shape[0];
  // A higher rank means a damaged file, not a model.
  if (rank == kDynamic || rank > 256)
    return broken("a shape operand must have a known number of at most 256 "
                  "elements",
                  toString(inputs[index].type));
  shape.assign(static_cast<size_t>(rank), kDynamic);
  return Status();
}

Status inferReshape(const OpDesc &op, const ShapeInputs &inputs,
                    TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 2));
  Shape shape;
  bool open = false;
  GRAFT_RETURN_IF_ERROR(readShape(op, inputs, 1, "shape", shape, open));
  if (!open)
    GRAFT_RETURN_IF_ERROR(resolveReshape(inputs[0].type.shape, shape));
  return one(results, inputs[0].type.dtype, std::move(shape));
}

Status inferExpandDims(const OpDesc &op, const ShapeInputs &inputs,
                       TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  std::vector<int64_t> axes;
  GRAFT_RETURN_IF_ERROR(readInts(op, "axes", axes));
  const Shape &from = inputs[0].type.shape;
  std::vector<bool> added;
  GRAFT_RETURN_IF_ERROR(readAxes(axes, from.size() + axes.size(), added));
  Shape shape;
  size_t next = 0;
  for (bool isNew : added)
    shape.push_back(isNew ? 1 : from[next++]);
  return one(results, inputs[0].type.dtype, std::move(shape));
}

Status inferSqueeze(const OpDesc &op, const ShapeInputs &inputs,
                    TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  const Shape &from = inputs[0].type.shape;
  std::vector<int64_t> axes;
  if (op.attributes.find("axes"))
    GRAFT_RETURN_IF_ERROR(readInts(op, "axes", axes));
  if (axes.empty() && !inputs[0].type.isStatic())
    return broken("axes must be given where a size is not known",
                  toString(inputs[0].type));
  std::vector<bool> dropped;
  GRAFT_RETURN_IF_ERROR(readAxes(axes, from.size(), dropped));
  Shape shape;
  for (size_t d = 0; d < from.size(); ++d) {
    if (axes.empty() ? from[d] == 1 : dropped[d]) {
      if (!compatible(from[d], 1))
        return broken("dimension " + std::to_string(d) + " must be 1",
                      toString(inputs[0].type));
      continue;
    }
    shape.push_back(from[d]);
  }
  return one(results, inputs[0].type.dtype, std::move(shape));
}

Status inferShapeOf(const OpDesc &op, const ShapeInputs &inputs,
                    TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  DType dtype;
  GRAFT_RETURN_IF_ERROR(readDType(op, "to", DType::I32, dtype));
  if (dtype != DType::I32 && dtype != DType::I64)
    return broken("attribute 'to' must be i32 or i64",
                  std::string(name(dtype)));
  return one(results, dtype,
             {static_cast<int64_t>(inputs[0].type.shape.size())});
}

Status evaluateShapeOf(const OpDesc &, const Views &inputs,
                       const Views &results) {
  narrowAll(inputs[0].type.shape, results[0]);
  return Status();
}

Status inferBroadcastTo(const OpDesc &op, const ShapeInputs &inputs,
                        TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 2));
  Shape want;
  bool open = false;
  GRAFT_RETURN_IF_ERROR(readShape(op, inputs, 1, "shape", want, open));
  const TensorType &type = inputs[0].type;
  for (int64_t size : want)
    if (size < 0 && !open)
      return broken("the shape must be sizes", list(want));
  if (want.size() < type.shape.size())
    return broken("the shape must have at least " +
                      std::to_string(type.shape.size()) + " dimensions",
                  toString(want));
  Shape shape;
  GRAFT_RETURN_IF_ERROR(broadcastShapes(type.shape, want, shape));
  if (!compatible(shape, want))
    return broken("the input must broadcast to " + toString(want),
                  toString(type));
  return one(results, type.dtype, open ? shape : want);
}

Status evaluateBroadcastTo(const OpDesc &, const Views &inputs,
                           const Views &results) {
  const TensorType &type = results[0].type;
  int64_t i = 0;
  forEachOffset<1>(type.shape,
                   {broadcastStrides(inputs[0].type.shape, type.shape)},
                   [&](const std::array<int64_t, 1> &at) {
                     copyElements(results[0].data, i++, inputs[0].data, at[0],
                                  1, sizeOf(type.dtype));
                   });
  return Status();
}

/// fill(value, [shape]): attribute `shape` or an operand.
Status inferFill(const OpDesc &op, const ShapeInputs &inputs,
                 TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 2));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 0, 0, 0));
  return inferBroadcastTo(op, inputs, results);
}

} // namespace

void graft::ops::addShapeRows(Rows &rows) {
  rows.push_back({"identity", inferIdentity, evaluateCopy});
  rows.push_back({"reshape", inferReshape, evaluateCopy});
  rows.push_back({"expand_dims", inferExpandDims, evaluateCopy});
  rows.push_back({"squeeze", inferSqueeze, evaluateCopy});
  rows.push_back({"shape_of", inferShapeOf, evaluateShapeOf});
  rows.push_back({"broadcast_to", inferBroadcastTo, evaluateBroadcastTo});
  rows.push_back({"fill", inferFill, evaluateBroadcastTo});
}
