//===- Validation.cpp - checks that shape functions share -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The text of every error about types and attributes is here.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Validation.h"
#include "runtime/ops/Element.h"

#include <algorithm>
#include <limits>

using namespace graft;
using namespace graft::ops;

Status graft::ops::broken(std::string rule, std::string what) {
  return Status(StatusCode::BadInput, std::move(rule) + ", got " + what);
}

std::string graft::ops::list(const std::vector<int64_t> &values) {
  std::string text;
  for (int64_t value : values)
    text += (text.empty() ? "" : ", ") + std::to_string(value);
  return "[" + text + "]";
}

static std::string typeOf(const ShapeInputs &inputs, size_t index) {
  return toString(inputs[index].type);
}

static std::string inputName(size_t index) {
  return "input " + std::to_string(index);
}

Status graft::ops::expectInputs(const ShapeInputs &inputs, size_t least,
                                size_t most) {
  if (inputs.size() >= least && inputs.size() <= most)
    return Status();
  std::string want = std::to_string(least);
  if (most == std::numeric_limits<size_t>::max())
    want = "at least " + want;
  else if (most != least)
    want += " to " + std::to_string(most);
  return broken("needs " + want + " inputs", std::to_string(inputs.size()));
}

Status graft::ops::expectRank(const ShapeInputs &inputs, size_t index,
                              size_t least, size_t most) {
  size_t rank = inputs[index].type.shape.size();
  if (rank >= least && rank <= most)
    return Status();
  std::string want = std::to_string(least);
  if (most == std::numeric_limits<size_t>::max())
    want += " or more";
  else if (most != least)
    want += " to " + std::to_string(most);
  return broken(inputName(index) + " must have " + want + " dimensions",
                typeOf(inputs, index));
}

Status graft::ops::expectFloat(const ShapeInputs &inputs, size_t index) {
  if (isFloat(inputs[index].type.dtype))
    return Status();
  return broken(inputName(index) + " must hold floats", typeOf(inputs, index));
}

Status graft::ops::expectNumber(const ShapeInputs &inputs, size_t index) {
  if (inputs[index].type.dtype != DType::Bool)
    return Status();
  return broken(inputName(index) + " must hold numbers", typeOf(inputs, index));
}

Status graft::ops::expectInteger(const ShapeInputs &inputs, size_t index) {
  if (isInteger(inputs[index].type.dtype))
    return Status();
  return broken(inputName(index) + " must hold integers",
                typeOf(inputs, index));
}

Status graft::ops::expectIndex(const ShapeInputs &inputs, size_t index) {
  DType dtype = inputs[index].type.dtype;
  if (dtype == DType::I32 || dtype == DType::I64)
    return Status();
  return broken(inputName(index) + " must hold i32 or i64",
                typeOf(inputs, index));
}

Status graft::ops::expectSameDType(const ShapeInputs &inputs, size_t a,
                                   size_t b) {
  if (inputs[a].type.dtype == inputs[b].type.dtype)
    return Status();
  return broken("inputs " + std::to_string(a) + " and " + std::to_string(b) +
                    " must have the same element type",
                typeOf(inputs, a) + " and " + typeOf(inputs, b));
}

Status graft::ops::expectShape(const ShapeInputs &inputs, size_t index,
                               const Shape &want) {
  if (compatible(inputs[index].type.shape, want))
    return Status();
  return broken(inputName(index) + " must have the shape " + toString(want),
                typeOf(inputs, index));
}

Status graft::ops::readInts(const OpDesc &op, std::string_view name,
                            size_t count, int64_t least, int64_t fallback,
                            std::vector<int64_t> &values) {
  if (!op.attributes.find(name)) {
    values.assign(count, fallback);
    return Status();
  }
  GRAFT_RETURN_IF_ERROR(readInts(op, name, values));
  if (values.size() == count &&
      std::all_of(values.begin(), values.end(),
                  [&](int64_t value) { return value >= least; }))
    return Status();
  return broken("attribute '" + std::string(name) + "' must be " +
                    std::to_string(count) + " integers of at least " +
                    std::to_string(least),
                list(values));
}

Status graft::ops::readInts(const OpDesc &op, std::string_view name,
                            std::vector<int64_t> &values) {
  const AttributeValue *value = op.attributes.find(name);
  const auto *ints = value ? std::get_if<std::vector<int64_t>>(value) : nullptr;
  if (!ints)
    return broken("attribute '" + std::string(name) +
                      "' must be a list of integers",
                  value ? "another kind" : "none");
  values = *ints;
  return Status();
}

Status graft::ops::readInt(const OpDesc &op, std::string_view name,
                           int64_t least, int64_t fallback, int64_t &value) {
  value = fallback;
  if (const AttributeValue *given = op.attributes.find(name)) {
    const int64_t *integer = std::get_if<int64_t>(given);
    if (!integer)
      return broken("attribute '" + std::string(name) + "' must be an integer",
                    "another kind");
    value = *integer;
  }
  if (value >= least)
    return Status();
  return broken("attribute '" + std::string(name) + "' must be at least " +
                    std::to_string(least),
                std::to_string(value));
}

double graft::ops::readNumber(const OpDesc &op, std::string_view name,
                              double fallback) {
  const AttributeValue *value = op.attributes.find(name);
  if (!value)
    return fallback;
  if (const int64_t *integer = std::get_if<int64_t>(value))
    return static_cast<double>(*integer);
  const double *number = std::get_if<double>(value);
  return number ? *number : fallback;
}

Status graft::ops::readDType(const OpDesc &op, std::string_view name,
                             DType fallback, DType &dtype) {
  dtype = fallback;
  if (!op.attributes.find(name))
    return Status();
  std::string_view text = op.attributes.getString(name);
  if (parseDType(text, dtype))
    return Status();
  return broken("attribute '" + std::string(name) +
                    "' must name an element type",
                "'" + std::string(text) + "'");
}

Status graft::ops::readAxis(const OpDesc &op, size_t rank, int64_t fallback,
                            size_t &axis) {
  int64_t value = 0;
  GRAFT_RETURN_IF_ERROR(readInt(op, "axis", std::numeric_limits<int64_t>::min(),
                                fallback, value));
  auto signedRank = static_cast<int64_t>(rank);
  if (value < -signedRank || value >= signedRank)
    return broken("axis must be one of " + std::to_string(rank) + " dimensions",
                  std::to_string(value));
  axis = static_cast<size_t>(value < 0 ? value + signedRank : value);
  return Status();
}

Status graft::ops::readAxes(const std::vector<int64_t> &axes, size_t rank,
                            std::vector<bool> &flags) {
  flags.assign(rank, false);
  auto signedRank = static_cast<int64_t>(rank);
  for (int64_t value : axes) {
    bool inside = value >= -signedRank && value < signedRank;
    auto axis = static_cast<size_t>(value < 0 ? value + signedRank : value);
    if (!inside || flags[axis])
      return broken("axes must be different dimensions of " +
                        std::to_string(rank),
                    list(axes));
    flags[axis] = true;
  }
  return Status();
}

bool graft::ops::compatible(int64_t a, int64_t b) {
  return a == b || a == kDynamic || b == kDynamic;
}

bool graft::ops::compatible(const Shape &a, const Shape &b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](int64_t x, int64_t y) { return compatible(x, y); });
}

Shape graft::ops::known(const Shape &a, const Shape &b) {
  Shape result = a;
  for (size_t i = 0; i < a.size() && i < b.size(); ++i)
    result[i] = known(a[i], b[i]);
  return result;
}

bool graft::ops::constantInts(const ShapeInput &input,
                              std::vector<int64_t> &values) {
  int64_t count = 0;
  if (!input.type.isStatic() || !countElements(input.type.shape, count))
    return false;
  values.clear();
  if (count != 0 && !input.constant)
    return false;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(loadInt(input.constant, input.type.dtype, i));
  return true;
}

std::vector<int64_t> graft::ops::readIntegers(const TensorView &view) {
  std::vector<int64_t> values;
  (void)constantInts({view.type, view.data}, values);
  return values;
}

Status graft::ops::broadcastShapes(const Shape &a, const Shape &b,
                                   Shape &result) {
  size_t rank = std::max(a.size(), b.size());
  result.assign(rank, 1);
  for (size_t i = 0; i < rank; ++i) {
    int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    int64_t &size = result[rank - 1 - i];
    if (x == y || y == 1)
      size = x;
    else if (x == 1)
      size = y;
    else if (x == kDynamic || y == kDynamic)
      size = known(x, y); // the unknown one is 1 or the same
    else
      return broken("shapes must broadcast",
                    toString(a) + " and " + toString(b));
  }
  return Status();
}

bool graft::ops::product(const Shape &shape, size_t first, size_t last,
                         int64_t &count) {
  Shape part(shape.begin() + static_cast<ptrdiff_t>(first),
             shape.begin() + static_cast<ptrdiff_t>(last));
  if (std::find(part.begin(), part.end(), 0) == part.end() &&
      std::find(part.begin(), part.end(), kDynamic) != part.end()) {
    count = kDynamic;
    return true;
  }
  return countElements(part, count);
}

Status graft::ops::slidingOutput(int64_t size, int64_t window, int64_t dilation,
                                 int64_t stride, int64_t low, int64_t high,
                                 int64_t &result) {
  result = kDynamic;
  if (size == kDynamic || window == kDynamic)
    return Status();
  int64_t reach = 0;
  int64_t padded = 0;
  bool overflow = __builtin_mul_overflow(window - 1, dilation, &reach) ||
                  __builtin_add_overflow(reach, 1, &reach) ||
                  __builtin_add_overflow(size, low, &padded) ||
                  __builtin_add_overflow(padded, high, &padded) ||
                  __builtin_sub_overflow(padded, reach, &padded) ||
                  __builtin_add_overflow(padded, stride, &padded);
  if (!overflow && padded >= 0) {
    result = padded / stride;
    return Status();
  }
  return broken("the padded input must be as large as the window",
                "size " + std::to_string(size) + " with pads " +
                    std::to_string(low) + " and " + std::to_string(high) +
                    " under a window of " + std::to_string(window));
}
