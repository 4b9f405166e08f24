//===- Element.cpp - conversions between element types --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// bf16 and f16 in integer arithmetic, so that results do not depend on the
// compiler's or the processor's support.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace graft::ops;

namespace {
template <typename To, typename From>
To bitCast(From value) {
  static_assert(sizeof(To) == sizeof(From));
  To result;
  std::memcpy(&result, &value, sizeof(result));
  return result;
}

/// `value` as a binary float with `mantissaBits` stored bits, a 5 or 8 bit
/// exponent of bias `bias` and largest exponent `maxExponent`. Rounds once.
uint16_t roundToFloat16(double value, int mantissaBits, int bias,
                        int maxExponent) {
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  auto infinity =
      static_cast<uint16_t>((maxExponent + bias + 1) << mantissaBits);
  if (std::isnan(value))
    return static_cast<uint16_t>(sign | infinity | (1 << (mantissaBits - 1)));
  double magnitude = std::fabs(value);
  if (std::isinf(magnitude))
    return static_cast<uint16_t>(sign | infinity);
  if (magnitude == 0.0)
    return sign;
  int exponent = std::max(std::ilogb(magnitude), 1 - bias);
  // In units of the last place; exact, as is the rounding in the default mode.
  double units = std::nearbyint(std::ldexp(magnitude, mantissaBits - exponent));
  // A carry out of the mantissa increments the exponent, as required.
  auto bits = static_cast<uint32_t>(units) +
              (static_cast<uint32_t>(exponent + bias - 1) << mantissaBits);
  return static_cast<uint16_t>(sign | (bits >= infinity ? infinity : bits));
}
} // namespace

float graft::ops::toFloat(Float16 value) {
  int exponent = (value.bits >> 10) & 31;
  int mantissa = value.bits & 1023;
  float magnitude;
  if (exponent == 31)
    magnitude = mantissa ? std::numeric_limits<float>::quiet_NaN()
                         : std::numeric_limits<float>::infinity();
  else if (exponent == 0)
    magnitude = std::ldexp(static_cast<float>(mantissa), -24);
  else
    magnitude = std::ldexp(static_cast<float>(mantissa | 1024), exponent - 25);
  return value.bits & 0x8000 ? -magnitude : magnitude;
}

float graft::ops::toFloat(BFloat16 value) {
  return bitCast<float>(static_cast<uint32_t>(value.bits) << 16);
}

Float16 graft::ops::toFloat16(double value) {
  return {roundToFloat16(value, 10, 15, 15)};
}

BFloat16 graft::ops::toBFloat16(double value) {
  // Models have millions of weights, so values that are floats are rounded as
  // integers.
  if (auto single = static_cast<float>(value); single == value) {
    auto bits = bitCast<uint32_t>(single);
    return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
  }
  return {roundToFloat16(value, 7, 127, 127)};
}

int64_t graft::ops::truncateToInt64(double value) {
  // NaN fails both comparisons.
  if (value >= -9223372036854775808.0 && value < 9223372036854775808.0)
    return static_cast<int64_t>(value);
  return std::numeric_limits<int64_t>::min();
}

int32_t graft::ops::truncateToInt32(double value) {
  if (value > -2147483649.0 && value < 2147483648.0)
    return static_cast<int32_t>(value);
  return std::numeric_limits<int32_t>::min();
}

double graft::ops::loadDouble(const void *data, DType dtype, int64_t index) {
  return visitAny(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    return static_cast<double>(widen(static_cast<const T *>(data)[index]));
  });
}

int64_t graft::ops::loadInt(const void *data, DType dtype, int64_t index) {
  return visitAny(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    return narrow<int64_t>(widen(static_cast<const T *>(data)[index]));
  });
}

void graft::ops::storeRounded(void *data, DType dtype, int64_t index,
                              double value) {
  visitAny(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T &element = static_cast<T *>(data)[index];
    if constexpr (std::is_integral_v<T>) {
      constexpr double low =
          static_cast<double>(std::numeric_limits<T>::lowest());
      // 2^bits, exact even where the largest integer is not.
      constexpr T half = std::numeric_limits<T>::max() / 2 + 1;
      constexpr double high = 2.0 * static_cast<double>(half);
      double rounded = std::nearbyint(value);
      if (std::isnan(rounded))
        element = 0;
      else if (rounded <= low)
        element = std::numeric_limits<T>::lowest();
      else if (rounded >= high)
        element = std::numeric_limits<T>::max();
      else
        element = static_cast<T>(rounded);
    } else {
      element = narrow<T>(value);
    }
  });
}
