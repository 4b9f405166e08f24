//===- CheckedMath.h - Arithmetic that reports overflow -------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes that come from a file are multiplied and added through these, so that a
// damaged file cannot wrap a bound around.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_SUPPORT_CHECKEDMATH_H
#define GRAFT_SUPPORT_CHECKEDMATH_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace graft {

/// a + b, or nothing when T cannot hold it.
template <typename T>
std::optional<T> checkedAdd(T a, T b) {
  T result;
  if (__builtin_add_overflow(a, b, &result))
    return std::nullopt;
  return result;
}

/// a - b, or nothing when T cannot hold it.
template <typename T>
std::optional<T> checkedSub(T a, T b) {
  T result;
  if (__builtin_sub_overflow(a, b, &result))
    return std::nullopt;
  return result;
}

/// a * b, or nothing when T cannot hold it.
template <typename T>
std::optional<T> checkedMul(T a, T b) {
  T result;
  if (__builtin_mul_overflow(a, b, &result))
    return std::nullopt;
  return result;
}

/// The value as a To, or nothing when To cannot hold it.
template <typename To, typename From>
std::optional<To> checkedCast(From value) {
  static_assert(std::is_integral_v<To> && std::is_integral_v<From>);
  To result;
  if (__builtin_add_overflow(value, From(0), &result))
    return std::nullopt;
  return result;
}

/// The product of a shape's dimensions: nothing when one is negative or when
/// int64_t cannot hold the product. A zero dimension gives zero however large
/// the others are.
template <typename Range>
std::optional<int64_t> checkedElementCount(const Range &shape) {
  int64_t count = 1;
  bool overflow = false, empty = false;
  for (int64_t dim : shape) {
    if (dim < 0)
      return std::nullopt;
    empty |= dim == 0;
    overflow |= __builtin_mul_overflow(count, dim, &count);
  }
  if (empty)
    return 0;
  if (overflow)
    return std::nullopt;
  return count;
}

/// True if [offset, offset + length) lies within [0, size).
inline bool extentFits(uint64_t offset, uint64_t length, uint64_t size) {
  return offset <= size && length <= size - offset;
}

/// value rounded up to a multiple of alignment, a power of two; nothing on
/// overflow.
inline std::optional<uint64_t> checkedAlignTo(uint64_t value,
                                              uint64_t alignment) {
  std::optional<uint64_t> sum = checkedAdd(value, alignment - 1);
  if (!sum)
    return std::nullopt;
  return *sum & ~(alignment - 1);
}

} // namespace graft

#endif // GRAFT_SUPPORT_CHECKEDMATH_H
