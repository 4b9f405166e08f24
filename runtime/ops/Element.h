//===- Element.h - element types as C++ types -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One C++ type for each DType, the compute type of each, conversions that are
// defined for every value, and the dispatch from a DType to a template.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_ELEMENT_H
#define GRAFT_RUNTIME_OPS_ELEMENT_H

#include "runtime/ops/Tensor.h"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <vector>

namespace graft::ops {

/// f16 (IEEE binary16) in memory. Conversions round to nearest, ties to even.
struct Float16 {
  uint16_t bits;
};
/// bf16: the upper 16 bits of an IEEE binary32.
struct BFloat16 {
  uint16_t bits;
};
/// A Bool in a byte. Reading a byte other than 0 and 1 is defined: true.
struct Boolean {
  uint8_t byte;
};

float toFloat(Float16 value);
float toFloat(BFloat16 value);
Float16 toFloat16(double value);
BFloat16 toBFloat16(double value);

/// The compute type of an element type: double for floats, 64-bit integers of
/// the same signedness for integers and Bool.
template <typename T>
using ComputeType = std::conditional_t<
    std::is_floating_point_v<T> || std::is_same_v<T, Float16> ||
        std::is_same_v<T, BFloat16>,
    double,
    std::conditional_t<std::is_integral_v<T> && std::is_signed_v<T>, int64_t,
                       uint64_t>>;

template <typename T>
ComputeType<T> widen(T value) {
  if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>)
    return toFloat(value);
  else if constexpr (std::is_same_v<T, Boolean>)
    return value.byte != 0;
  else
    return static_cast<ComputeType<T>>(value);
}

/// Truncates `value` to a 64-bit integer; the least one if it does not fit, as
/// on x86 and therefore in TensorFlow.
int64_t truncateToInt64(double value);
int32_t truncateToInt32(double value);

/// Converts like TensorFlow's Cast: floats to integers truncate, integers to
/// narrower integers wrap, and Bool is whether a value is not zero. A float
/// that does not fit becomes the least int32 or int64, and saturates to 8 and
/// 16 bits from there. TensorFlow does so for whole vectors; the last elements
/// of an array, which do not fill one, wrap instead.
template <typename To, typename From>
To narrow(From value) {
  constexpr bool fromFloat = std::is_floating_point_v<From>;
  if constexpr (std::is_same_v<To, Float16>)
    return toFloat16(static_cast<double>(value));
  else if constexpr (std::is_same_v<To, BFloat16>)
    return toBFloat16(static_cast<double>(value));
  else if constexpr (std::is_same_v<To, Boolean>)
    return Boolean{static_cast<uint8_t>(value != 0)};
  else if constexpr (std::is_floating_point_v<To>)
    return static_cast<To>(value);
  else if constexpr (!fromFloat)
    return static_cast<To>(static_cast<uint64_t>(value));
  else if constexpr (std::is_same_v<To, uint64_t>)
    return value >= 9223372036854775808.0
               ? static_cast<uint64_t>(
                     truncateToInt64(value - 9223372036854775808.0)) ^
                     (uint64_t(1) << 63)
               : static_cast<uint64_t>(truncateToInt64(value));
  else if constexpr (sizeof(To) == 8)
    return static_cast<To>(truncateToInt64(value));
  else if constexpr (std::is_same_v<To, uint32_t>)
    return value >= 2147483648.0 && value < 4294967296.0
               ? static_cast<uint32_t>(truncateToInt64(value))
               : static_cast<uint32_t>(truncateToInt32(value));
  else
    return static_cast<To>(std::clamp<int32_t>(truncateToInt32(value),
                                               std::numeric_limits<To>::min(),
                                               std::numeric_limits<To>::max()));
}

template <typename T>
struct ElementTag {
  using type = T;
};

/// Calls `fn(ElementTag<T>())` with the C++ type of `dtype`.
template <typename Fn>
auto visitAny(DType dtype, Fn &&fn) {
  switch (dtype) {
  case DType::F32:
    return fn(ElementTag<float>());
  case DType::F64:
    return fn(ElementTag<double>());
  case DType::F16:
    return fn(ElementTag<Float16>());
  case DType::BF16:
    return fn(ElementTag<BFloat16>());
  case DType::I8:
    return fn(ElementTag<int8_t>());
  case DType::I16:
    return fn(ElementTag<int16_t>());
  case DType::I32:
    return fn(ElementTag<int32_t>());
  case DType::I64:
    return fn(ElementTag<int64_t>());
  case DType::U8:
    return fn(ElementTag<uint8_t>());
  case DType::U16:
    return fn(ElementTag<uint16_t>());
  case DType::U32:
    return fn(ElementTag<uint32_t>());
  case DType::U64:
    return fn(ElementTag<uint64_t>());
  case DType::Bool:
    break;
  }
  return fn(ElementTag<Boolean>());
}

/// Reads element `index` of `data` as a double, or as an integer.
double loadDouble(const void *data, DType dtype, int64_t index);
int64_t loadInt(const void *data, DType dtype, int64_t index);
/// Writes element `index`, rounded to the type. Integers saturate and round to
/// nearest, ties to even, as quantized arithmetic requires; a Cast truncates.
void storeRounded(void *data, DType dtype, int64_t index, double value);

/// All elements of a dense tensor in a compute type.
template <typename C>
std::vector<C> widenAll(const TensorView &view) {
  int64_t count = 0;
  (void)countElements(view.type.shape, count);
  std::vector<C> values(static_cast<size_t>(count));
  visitAny(view.type.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = narrow<C>(widen(view.as<T>()[i]));
  });
  return values;
}

/// Writes all elements of a dense tensor: doubles like storeRounded(), integers
/// like a Cast.
template <typename C>
void narrowAll(const std::vector<C> &values, const TensorView &view) {
  if constexpr (std::is_same_v<C, double>) {
    for (size_t i = 0; i < values.size(); ++i)
      storeRounded(view.data, view.type.dtype, static_cast<int64_t>(i),
                   values[i]);
  } else {
    visitAny(view.type.dtype, [&](auto tag) {
      using T = typename decltype(tag)::type;
      for (size_t i = 0; i < values.size(); ++i)
        view.as<T>()[i] = narrow<T>(values[i]);
    });
  }
}

/// Calls `fn(ElementTag<C>())` with the compute type of `dtype`.
template <typename Fn>
auto visitComputeType(DType dtype, Fn &&fn) {
  if (isFloat(dtype))
    return fn(ElementTag<double>());
  if (isSigned(dtype))
    return fn(ElementTag<int64_t>());
  return fn(ElementTag<uint64_t>());
}

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_ELEMENT_H
