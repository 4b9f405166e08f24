//===- Tensor.cpp - element types and shapes ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes and names of element types, and arithmetic on shapes that checks for
// overflow.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Tensor.h"

#include <algorithm>

using namespace graft::ops;

namespace {
struct DTypeRow {
  std::string_view name;
  size_t bytes;
};

// In the order of DType.
constexpr DTypeRow kDTypes[] = {{"f32", 4}, {"f64", 8}, {"f16", 2}, {"bf16", 2},
                                {"i8", 1},  {"i16", 2}, {"i32", 4}, {"i64", 8},
                                {"u8", 1},  {"u16", 2}, {"u32", 4}, {"u64", 8},
                                {"bool", 1}};
static_assert(std::size(kDTypes) == kNumDTypes);
} // namespace

size_t graft::ops::sizeOf(DType type) {
  return kDTypes[static_cast<size_t>(type)].bytes;
}

std::string_view graft::ops::name(DType type) {
  return kDTypes[static_cast<size_t>(type)].name;
}

bool graft::ops::parseDType(std::string_view text, DType &type) {
  for (size_t i = 0; i < std::size(kDTypes); ++i) {
    if (kDTypes[i].name != text)
      continue;
    type = static_cast<DType>(i);
    return true;
  }
  return false;
}

bool graft::ops::isFloat(DType type) { return type <= DType::BF16; }

bool graft::ops::isInteger(DType type) {
  return type >= DType::I8 && type <= DType::U64;
}

bool graft::ops::isSigned(DType type) {
  return type >= DType::I8 && type <= DType::I64;
}

bool TensorType::isStatic() const {
  return std::none_of(shape.begin(), shape.end(),
                      [](int64_t size) { return size == kDynamic; });
}

bool graft::ops::countElements(const Shape &shape, int64_t &count) {
  // A zero makes the product zero for any other sizes.
  count = 0;
  if (std::find(shape.begin(), shape.end(), 0) != shape.end())
    return true;
  int64_t product = 1;
  for (int64_t size : shape)
    if (size < 0 || __builtin_mul_overflow(product, size, &product))
      return false;
  count = product;
  return true;
}

bool graft::ops::countBytes(const TensorType &type, uint64_t &bytes) {
  int64_t count = 0;
  int64_t product = 0;
  if (!countElements(type.shape, count) ||
      __builtin_mul_overflow(count, static_cast<int64_t>(sizeOf(type.dtype)),
                             &product))
    return false;
  bytes = static_cast<uint64_t>(product);
  return true;
}

std::string graft::ops::toString(const Shape &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i)
      text += ", ";
    text += shape[i] == kDynamic ? "?" : std::to_string(shape[i]);
  }
  return text + "]";
}

std::string graft::ops::toString(const TensorType &type) {
  std::string text;
  for (int64_t size : type.shape)
    text += (size == kDynamic ? "?" : std::to_string(size)) + "x";
  text += name(type.dtype);
  return text;
}
