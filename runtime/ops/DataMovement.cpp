//===- DataMovement.cpp - the same elements in another order --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Transposition, joining, repetition and padding.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Validation.h"

#include <limits>

using namespace graft;
using namespace graft::ops;

namespace {

constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

Status inferTranspose(const OpDesc &op, const ShapeInputs &inputs,
                      TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  const TensorType &type = inputs[0].type;
  std::vector<int64_t> perm;
  GRAFT_RETURN_IF_ERROR(readInts(op, "perm", perm));
  std::vector<bool> seen(perm.size(), false);
  bool valid = perm.size() == type.shape.size();
  for (int64_t axis : perm) {
    valid = valid && axis >= 0 && axis < static_cast<int64_t>(perm.size()) &&
            !seen[static_cast<size_t>(axis)];
    if (!valid)
      break;
    seen[static_cast<size_t>(axis)] = true;
  }
  if (!valid)
    return broken("perm must be a permutation of " +
                      std::to_string(type.shape.size()) + " dimensions",
                  list(perm));
  Shape shape;
  for (int64_t axis : perm)
    shape.push_back(type.shape[static_cast<size_t>(axis)]);
  return one(results, type.dtype, std::move(shape));
}

Status evaluateTranspose(const OpDesc &op, const Views &inputs,
                         const Views &results) {
  std::vector<int64_t> from = denseStrides(inputs[0].type.shape);
  std::vector<int64_t> strides;
  for (int64_t axis : op.attributes.getInts("perm"))
    strides.push_back(from[static_cast<size_t>(axis)]);
  int64_t i = 0;
  forEachOffset<1>(results[0].type.shape, {strides},
                   [&](const std::array<int64_t, 1> &at) {
                     copyElements(results[0].data, i++, inputs[0].data, at[0],
                                  1, sizeOf(results[0].type.dtype));
                   });
  return Status();
}

Status inferConcat(const OpDesc &op, const ShapeInputs &inputs,
                   TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, kAnyNumber));
  Shape shape = inputs[0].type.shape;
  size_t axis = 0;
  GRAFT_RETURN_IF_ERROR(readAxis(op, shape.size(), 0, axis));
  for (size_t i = 1; i < inputs.size(); ++i) {
    GRAFT_RETURN_IF_ERROR(expectSameDType(inputs, 0, i));
    Shape next = inputs[i].type.shape;
    bool fits = next.size() == shape.size();
    int64_t total = kDynamic;
    if (fits && shape[axis] != kDynamic && next[axis] != kDynamic)
      fits = !__builtin_add_overflow(shape[axis], next[axis], &total);
    if (fits)
      shape[axis] = next[axis] = total;
    if (!fits || !compatible(shape, next))
      return broken("inputs must have the same sizes but for axis " +
                        std::to_string(axis),
                    toString(inputs[0].type) + " and " +
                        toString(inputs[i].type));
    shape = known(shape, next);
  }
  return one(results, inputs[0].type.dtype, std::move(shape));
}

/// Joins inputs whose slices of `widths[i]` elements alternate.
void interleave(const Views &inputs, const std::vector<int64_t> &widths,
                int64_t outer, const TensorView &result) {
  size_t bytes = sizeOf(result.type.dtype);
  int64_t to = 0;
  for (int64_t o = 0; o < outer; ++o)
    for (size_t i = 0; i < inputs.size(); ++i) {
      copyElements(result.data, to, inputs[i].data, o * widths[i], widths[i],
                   bytes);
      to += widths[i];
    }
}

Status evaluateConcat(const OpDesc &op, const Views &inputs,
                      const Views &results) {
  const Shape &shape = results[0].type.shape;
  int64_t count = 0;
  (void)countElements(shape, count);
  if (count == 0)
    return Status();
  size_t axis = 0;
  (void)readAxis(op, shape.size(), 0, axis);
  int64_t outer = 1;
  (void)product(shape, 0, axis, outer);
  std::vector<int64_t> widths(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i)
    (void)product(inputs[i].type.shape, axis, shape.size(), widths[i]);
  interleave(inputs, widths, outer, results[0]);
  return Status();
}

Status inferPack(const OpDesc &op, const ShapeInputs &inputs,
                 TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, kAnyNumber));
  Shape shape = inputs[0].type.shape;
  for (size_t i = 1; i < inputs.size(); ++i) {
    GRAFT_RETURN_IF_ERROR(expectSameDType(inputs, 0, i));
    GRAFT_RETURN_IF_ERROR(expectShape(inputs, i, shape));
    shape = known(shape, inputs[i].type.shape);
  }
  size_t axis = 0;
  GRAFT_RETURN_IF_ERROR(readAxis(op, shape.size() + 1, 0, axis));
  shape.insert(shape.begin() + static_cast<ptrdiff_t>(axis),
               static_cast<int64_t>(inputs.size()));
  return one(results, inputs[0].type.dtype, std::move(shape));
}

Status evaluatePack(const OpDesc &op, const Views &inputs,
                    const Views &results) {
  const Shape &shape = results[0].type.shape;
  int64_t count = 0;
  (void)countElements(shape, count);
  if (count == 0)
    return Status();
  size_t axis = 0;
  (void)readAxis(op, shape.size(), 0, axis);
  int64_t outer = 1;
  int64_t inner = 1;
  (void)product(shape, 0, axis, outer);
  (void)product(shape, axis + 1, shape.size(), inner);
  interleave(inputs, std::vector<int64_t>(inputs.size(), inner), outer,
             results[0]);
  return Status();
}

Status inferTile(const OpDesc &op, const ShapeInputs &inputs,
                 TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  Shape shape = inputs[0].type.shape;
  if (!op.attributes.find("multiples"))
    return broken("attribute 'multiples' must be a list of integers", "none");
  std::vector<int64_t> multiples;
  GRAFT_RETURN_IF_ERROR(
      readInts(op, "multiples", shape.size(), 0, 1, multiples));
  for (size_t d = 0; d < shape.size(); ++d)
    if (shape[d] != kDynamic &&
        __builtin_mul_overflow(shape[d], multiples[d], &shape[d]))
      return broken("the result must fit into memory", list(multiples));
  return one(results, inputs[0].type.dtype, std::move(shape));
}

Status evaluateTile(const OpDesc &, const Views &inputs, const Views &results) {
  const Shape &from = inputs[0].type.shape;
  std::vector<int64_t> strides = denseStrides(from);
  forEachPosition(results[0].type.shape,
                  [&](const std::vector<int64_t> &position, int64_t linear) {
                    int64_t source = 0;
                    for (size_t d = 0; d < position.size(); ++d)
                      source += position[d] % from[d] * strides[d];
                    copyElements(results[0].data, linear, inputs[0].data,
                                 source, 1, sizeOf(results[0].type.dtype));
                  });
  return Status();
}

Status inferPad(const OpDesc &op, const ShapeInputs &inputs,
                TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  Shape shape = inputs[0].type.shape;
  std::vector<int64_t> low;
  std::vector<int64_t> high;
  GRAFT_RETURN_IF_ERROR(readInts(op, "low", shape.size(), 0, 0, low));
  GRAFT_RETURN_IF_ERROR(readInts(op, "high", shape.size(), 0, 0, high));
  std::string_view mode = op.attributes.getString("mode");
  bool reflect = mode == "reflect";
  bool mirrors = reflect || mode == "symmetric";
  if (!mirrors && !mode.empty() && mode != "constant")
    return broken("attribute 'mode' must be constant, reflect or symmetric",
                  "'" + std::string(mode) + "'");
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == kDynamic)
      continue;
    int64_t most = shape[d] - (reflect ? 1 : 0);
    if (mirrors && (low[d] > most || high[d] > most) && (low[d] || high[d]))
      return broken("mirrored padding must not exceed " + std::to_string(most) +
                        " in dimension " + std::to_string(d),
                    list(low) + " and " + list(high));
    if (__builtin_add_overflow(shape[d], low[d], &shape[d]) ||
        __builtin_add_overflow(shape[d], high[d], &shape[d]))
      return broken("the result must fit into memory",
                    list(low) + " and " + list(high));
  }
  return one(results, inputs[0].type.dtype, std::move(shape));
}

Status evaluatePad(const OpDesc &op, const Views &inputs,
                   const Views &results) {
  const Shape &from = inputs[0].type.shape;
  DType dtype = results[0].type.dtype;
  std::vector<int64_t> low;
  (void)readInts(op, "low", from.size(), 0, 0, low);
  std::string_view mode = op.attributes.getString("mode");
  // Reflection omits the element at the edge, symmetry repeats it.
  int64_t edge = mode == "reflect" ? 0 : 1;
  bool constant = mode.empty() || mode == "constant";
  uint64_t value = 0;
  storeRounded(&value, dtype, 0, readNumber(op, "value", 0.0));
  std::vector<int64_t> strides = denseStrides(from);
  forEachPosition(results[0].type.shape,
                  [&](const std::vector<int64_t> &position, int64_t linear) {
                    int64_t source = 0;
                    bool inside = true;
                    for (size_t d = 0; d < position.size(); ++d) {
                      int64_t at = position[d] - low[d];
                      if (constant)
                        inside = inside && at >= 0 && at < from[d];
                      else if (at < 0)
                        at = -at - edge;
                      else if (at >= from[d])
                        at = 2 * (from[d] - 1) - at + edge;
                      source += inside ? at * strides[d] : 0;
                    }
                    copyElements(results[0].data, linear,
                                 inside ? inputs[0].data : &value,
                                 inside ? source : 0, 1, sizeOf(dtype));
                  });
  return Status();
}

} // namespace

void graft::ops::addDataMovementRows(Rows &rows) {
  rows.push_back({"transpose", inferTranspose, evaluateTranspose});
  rows.push_back({"concat", inferConcat, evaluateConcat});
  rows.push_back({"pack", inferPack, evaluatePack});
  rows.push_back({"tile", inferTile, evaluateTile});
  rows.push_back({"pad", inferPad, evaluatePad});
}
