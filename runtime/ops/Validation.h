//===- Validation.h - checks that shape functions share -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to this folder. Every check returns a Status that states the rule
// and the actual value; inferTypes() adds the operation's name in front.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_VALIDATION_H
#define GRAFT_RUNTIME_OPS_VALIDATION_H

#include "runtime/ops/Semantics.h"

namespace graft::ops {

using ShapeInputs = std::vector<ShapeInput>;
using TensorTypes = std::vector<TensorType>;
using Views = std::vector<TensorView>;

/// "rule, got what".
Status broken(std::string rule, std::string what);
/// "[1, -1]": plain numbers; toString() would print sizes.
std::string list(const std::vector<int64_t> &values);

Status expectInputs(const ShapeInputs &inputs, size_t least, size_t most);
Status expectRank(const ShapeInputs &inputs, size_t index, size_t least,
                  size_t most);
Status expectFloat(const ShapeInputs &inputs, size_t index);
Status expectNumber(const ShapeInputs &inputs, size_t index);
Status expectInteger(const ShapeInputs &inputs, size_t index);
/// i32 or i64: positions, sizes and axes given as tensors.
Status expectIndex(const ShapeInputs &inputs, size_t index);
Status expectSameDType(const ShapeInputs &inputs, size_t a, size_t b);
Status expectShape(const ShapeInputs &inputs, size_t index, const Shape &want);

/// Reads an int-list attribute of `count` entries that are at least `least`.
/// Absent: `count` times `fallback`.
Status readInts(const OpDesc &op, std::string_view name, size_t count,
                int64_t least, int64_t fallback, std::vector<int64_t> &values);
/// Reads a required int-list attribute.
Status readInts(const OpDesc &op, std::string_view name,
                std::vector<int64_t> &values);
Status readInt(const OpDesc &op, std::string_view name, int64_t least,
               int64_t fallback, int64_t &value);
/// Reads a number, which may be written as an integer.
double readNumber(const OpDesc &op, std::string_view name, double fallback);
/// Reads a DType's name; absent: `fallback`.
Status readDType(const OpDesc &op, std::string_view name, DType fallback,
                 DType &dtype);
/// Reads an axis of a tensor of `rank` dimensions; negative ones count from the
/// end.
Status readAxis(const OpDesc &op, size_t rank, int64_t fallback, size_t &axis);
/// Axes as above, without duplicates, as a flag per dimension.
Status readAxes(const std::vector<int64_t> &axes, size_t rank,
                std::vector<bool> &flags);

/// Whether the sizes can be equal, and the known one of the two.
bool compatible(int64_t a, int64_t b);
bool compatible(const Shape &a, const Shape &b);
inline int64_t known(int64_t a, int64_t b) { return a == kDynamic ? b : a; }
Shape known(const Shape &a, const Shape &b);

/// Contents of a constant i32 or i64 input, or false if it is not constant.
bool constantInts(const ShapeInput &input, std::vector<int64_t> &values);
/// Contents of an index tensor in memory.
std::vector<int64_t> readIntegers(const TensorView &view);

/// NumPy broadcasting of two shapes.
Status broadcastShapes(const Shape &a, const Shape &b, Shape &result);

/// Product of the sizes in [first, last), kDynamic if one is, false on
/// overflow.
bool product(const Shape &shape, size_t first, size_t last, int64_t &count);

/// Output positions of a window that slides over `size` elements. As in
/// TensorFlow, it is an error only if the result would be negative.
Status slidingOutput(int64_t size, int64_t window, int64_t dilation,
                     int64_t stride, int64_t low, int64_t high,
                     int64_t &result);

/// The only result, of a shape function that has one.
inline Status one(std::vector<TensorType> &results, DType dtype, Shape shape) {
  results.assign(1, TensorType{dtype, std::move(shape)});
  return Status();
}

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_VALIDATION_H
