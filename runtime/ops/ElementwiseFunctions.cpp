//===- ElementwiseFunctions.cpp - scalar functions by name ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two tables. Every function propagates NaN if TensorFlow does, and no integer
// function has undefined behaviour.
//===----------------------------------------------------------------------===//
#include "runtime/ops/ElementwiseFunctions.h"
#include "runtime/ops/Element.h"

#include <cmath>
#include <iterator>
#include <limits>

using namespace graft::ops;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kSqrt1_2 = 0.70710678118654752440;
constexpr double kSqrt2OverPi = 0.79788456080286535588;
constexpr double kSeluAlpha = 1.6732632423543772848;
constexpr double kSeluScale = 1.0507009873554804934;

double clipReal(double x, double low, double high) {
  return x < low ? low : x > high ? high : x;
}

template <typename C>
C clipInteger(C x, double low, double high) {
  // Compares with the bounds as doubles, because they may be outside of the
  // type's range.
  if (static_cast<double>(x) < low)
    return narrow<C>(std::ceil(low));
  if (static_cast<double>(x) > high)
    return narrow<C>(std::floor(high));
  return x;
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

double softplus(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

int64_t wrapNegate(int64_t x) {
  return static_cast<int64_t>(0 - static_cast<uint64_t>(x));
}

uint64_t identityNatural(uint64_t x, double, double) { return x; }
int64_t identityInteger(int64_t x, double, double) { return x; }

const UnaryFunction kUnary[] = {
    {"abs", [](double x, double, double) { return std::fabs(x); },
     [](int64_t x, double, double) { return x < 0 ? wrapNegate(x) : x; },
     identityNatural},
    {"acos", [](double x, double, double) { return std::acos(x); }},
    {"acosh", [](double x, double, double) { return std::acosh(x); }},
    {"asin", [](double x, double, double) { return std::asin(x); }},
    {"asinh", [](double x, double, double) { return std::asinh(x); }},
    {"atan", [](double x, double, double) { return std::atan(x); }},
    {"atanh", [](double x, double, double) { return std::atanh(x); }},
    {"ceil", [](double x, double, double) { return std::ceil(x); },
     identityInteger, identityNatural},
    {"clip", clipReal, clipInteger<int64_t>, clipInteger<uint64_t>, false,
     -kInfinity, kInfinity},
    {"cos", [](double x, double, double) { return std::cos(x); }},
    {"cosh", [](double x, double, double) { return std::cosh(x); }},
    {"elu",
     [](double x, double alpha, double) {
       return x < 0 ? alpha * std::expm1(x) : x;
     },
     nullptr, nullptr, false, 1.0},
    {"erf", [](double x, double, double) { return std::erf(x); }},
    {"erfc", [](double x, double, double) { return std::erfc(x); }},
    {"exp", [](double x, double, double) { return std::exp(x); }},
    {"expm1", [](double x, double, double) { return std::expm1(x); }},
    {"floor", [](double x, double, double) { return std::floor(x); },
     identityInteger, identityNatural},
    {"gelu", [](double x, double,
                double) { return 0.5 * x * std::erfc(-x * kSqrt1_2); }},
    {"gelu_tanh",
     [](double x, double, double) {
       return 0.5 * x *
              (1.0 + std::tanh(kSqrt2OverPi * (x + 0.044715 * x * x * x)));
     }},
    {"hard_sigmoid",
     [](double x, double alpha, double beta) {
       return clipReal(alpha * x + beta, 0.0, 1.0);
     },
     nullptr, nullptr, false, 0.2, 0.5},
    {"hard_swish",
     [](double x, double, double) {
       return x * clipReal(x + 3.0, 0.0, 6.0) / 6.0;
     }},
    {"is_finite",
     [](double x, double, double) { return double(std::isfinite(x)); }, nullptr,
     nullptr, true},
    {"is_inf", [](double x, double, double) { return double(std::isinf(x)); },
     nullptr, nullptr, true},
    {"is_nan", [](double x, double, double) { return double(std::isnan(x)); },
     nullptr, nullptr, true},
    {"leaky_relu",
     [](double x, double alpha, double) { return x > 0 ? x : alpha * x; },
     nullptr, nullptr, false, 0.2},
    {"lgamma",
     [](double x, double, double) {
       int sign; // std::lgamma leaves it in a global, where threads would meet
       return lgamma_r(x, &sign);
     }},
    {"log", [](double x, double, double) { return std::log(x); }},
    {"log1p", [](double x, double, double) { return std::log1p(x); }},
    {"neg", [](double x, double, double) { return -x; },
     [](int64_t x, double, double) { return wrapNegate(x); },
     [](uint64_t x, double, double) { return 0 - x; }},
    {"reciprocal", [](double x, double, double) { return 1.0 / x; }},
    {"relu", [](double x, double, double) { return x < 0 ? 0.0 : x; },
     [](int64_t x, double, double) { return x < 0 ? int64_t(0) : x; },
     identityNatural},
    {"round", [](double x, double, double) { return std::nearbyint(x); },
     identityInteger, identityNatural},
    {"rsqrt", [](double x, double, double) { return 1.0 / std::sqrt(x); }},
    {"selu",
     [](double x, double, double) {
       return kSeluScale * (x < 0 ? kSeluAlpha * std::expm1(x) : x);
     }},
    {"sigmoid", [](double x, double, double) { return sigmoid(x); }},
    {"sign",
     [](double x, double, double) {
       return x > 0 ? 1.0 : x < 0 ? -1.0 : x; // zero, with its sign, or NaN
     },
     [](int64_t x, double, double) { return int64_t((x > 0) - (x < 0)); },
     [](uint64_t x, double, double) { return uint64_t(x > 0); }},
    {"sin", [](double x, double, double) { return std::sin(x); }},
    {"sinh", [](double x, double, double) { return std::sinh(x); }},
    {"softplus", [](double x, double, double) { return softplus(x); }},
    {"softsign",
     [](double x, double, double) { return x / (1.0 + std::fabs(x)); }},
    {"sqrt", [](double x, double, double) { return std::sqrt(x); }},
    {"square", [](double x, double, double) { return x * x; },
     [](int64_t x, double, double) {
       return static_cast<int64_t>(static_cast<uint64_t>(x) *
                                   static_cast<uint64_t>(x));
     },
     [](uint64_t x, double, double) { return x * x; }},
    {"swish", [](double x, double, double) { return x * sigmoid(x); }},
    {"tan", [](double x, double, double) { return std::tan(x); }},
    {"tanh", [](double x, double, double) { return std::tanh(x); }},
};

// Binary functions, with one body for the three kinds of arithmetic if
// possible. Signed sums and products are computed unsigned, so that they wrap.
template <typename C>
using Wrapping =
    std::conditional_t<std::is_same_v<C, double>, double, uint64_t>;

template <typename C>
bool add(C a, C b, C &result) {
  using W = Wrapping<C>;
  result = static_cast<C>(static_cast<W>(a) + static_cast<W>(b));
  return true;
}
template <typename C>
bool sub(C a, C b, C &result) {
  using W = Wrapping<C>;
  result = static_cast<C>(static_cast<W>(a) - static_cast<W>(b));
  return true;
}
template <typename C>
bool mul(C a, C b, C &result) {
  using W = Wrapping<C>;
  result = static_cast<C>(static_cast<W>(a) * static_cast<W>(b));
  return true;
}
template <typename C>
bool div(C a, C b, C &result) {
  if constexpr (std::is_same_v<C, double>) {
    result = a / b;
  } else if constexpr (std::is_same_v<C, int64_t>) {
    if (b == 0)
      return false;
    result = b == -1 ? wrapNegate(a) : a / b;
  } else {
    if (b == 0)
      return false;
    result = a / b;
  }
  return true;
}
template <typename C>
bool truncMod(C a, C b, C &result) {
  if constexpr (std::is_same_v<C, double>) {
    result = std::fmod(a, b);
  } else if constexpr (std::is_same_v<C, int64_t>) {
    if (b == 0)
      return false;
    result = b == -1 ? 0 : a % b;
  } else {
    if (b == 0)
      return false;
    result = a % b;
  }
  return true;
}
template <typename C>
bool floorDiv(C a, C b, C &result) {
  if (!div(a, b, result))
    return false;
  if constexpr (std::is_same_v<C, double>)
    result = std::floor(result);
  else if constexpr (std::is_same_v<C, int64_t>)
    if (b != -1 && a % b != 0 && (a < 0) != (b < 0))
      --result;
  return true;
}
template <typename C>
bool floorMod(C a, C b, C &result) {
  if (!truncMod(a, b, result))
    return false;
  if (result != 0 && (result < 0) != (b < 0))
    result += b;
  return true;
}
template <typename C>
bool maximum(C a, C b, C &result) {
  result = a != a ? a : b != b ? b : a < b ? b : a;
  return true;
}
template <typename C>
bool minimum(C a, C b, C &result) {
  result = a != a ? a : b != b ? b : b < a ? b : a;
  return true;
}
template <typename C>
bool squaredDifference(C a, C b, C &result) {
  C difference;
  sub(a, b, difference);
  return mul(difference, difference, result);
}
template <typename C>
bool power(C a, C b, C &result) {
  if constexpr (std::is_same_v<C, double>) {
    result = std::pow(a, b);
  } else {
    if (b < 0)
      return false;
    uint64_t product = 1;
    auto base = static_cast<uint64_t>(a);
    for (auto rest = static_cast<uint64_t>(b); rest; rest >>= 1) {
      if (rest & 1)
        product *= base;
      base *= base;
    }
    result = static_cast<C>(product);
  }
  return true;
}

struct Equal {
  template <typename C>
  static bool test(C a, C b) {
    return a == b;
  }
};
struct NotEqual {
  template <typename C>
  static bool test(C a, C b) {
    return a != b;
  }
};
struct Less {
  template <typename C>
  static bool test(C a, C b) {
    return a < b;
  }
};
struct LessEqual {
  template <typename C>
  static bool test(C a, C b) {
    return a <= b;
  }
};
struct Greater {
  template <typename C>
  static bool test(C a, C b) {
    return a > b;
  }
};
struct GreaterEqual {
  template <typename C>
  static bool test(C a, C b) {
    return a >= b;
  }
};
template <typename Test, typename C>
bool compare(C a, C b, C &result) {
  result = static_cast<C>(Test::test(a, b));
  return true;
}

#define GRAFT_ALL(function)                                                    \
  function<double>, function<int64_t>, function<uint64_t>
#define GRAFT_COMPARE(Test)                                                    \
  compare<Test, double>, compare<Test, int64_t>, compare<Test, uint64_t>, true

constexpr const char *kDivision = "the divisor must not be 0";
constexpr const char *kExponent = "an integer's exponent must not be negative";

// The logical functions have the `natural` column only: it is the compute type
// of Bool.
const BinaryFunction kBinary[] = {
    {"add", GRAFT_ALL(add)},
    {"atan2",
     [](double a, double b, double &result) {
       result = std::atan2(a, b);
       return true;
     }},
    {"div", GRAFT_ALL(div), false, kDivision},
    {"div_no_nan",
     [](double a, double b, double &result) {
       result = b == 0 ? 0.0 : a / b;
       return true;
     }},
    {"equal", GRAFT_COMPARE(Equal)},
    {"floor_div", GRAFT_ALL(floorDiv), false, kDivision},
    {"floor_mod", GRAFT_ALL(floorMod), false, kDivision},
    {"greater", GRAFT_COMPARE(Greater)},
    {"greater_equal", GRAFT_COMPARE(GreaterEqual)},
    {"less", GRAFT_COMPARE(Less)},
    {"less_equal", GRAFT_COMPARE(LessEqual)},
    {"logical_and", nullptr, nullptr,
     [](uint64_t a, uint64_t b, uint64_t &result) {
       result = a & b;
       return true;
     }},
    {"logical_or", nullptr, nullptr,
     [](uint64_t a, uint64_t b, uint64_t &result) {
       result = a | b;
       return true;
     }},
    {"logical_xor", nullptr, nullptr,
     [](uint64_t a, uint64_t b, uint64_t &result) {
       result = a ^ b;
       return true;
     }},
    {"maximum", GRAFT_ALL(maximum)},
    {"minimum", GRAFT_ALL(minimum)},
    {"mul", GRAFT_ALL(mul)},
    {"not_equal", GRAFT_COMPARE(NotEqual)},
    {"pow", GRAFT_ALL(power), false, kExponent},
    {"squared_difference", GRAFT_ALL(squaredDifference)},
    {"sub", GRAFT_ALL(sub)},
    {"trunc_mod", GRAFT_ALL(truncMod), false, kDivision},
};

template <typename Row, size_t N>
const Row *findRow(const Row (&rows)[N], std::string_view kind) {
  for (const Row &row : rows)
    if (row.kind == kind)
      return &row;
  return nullptr;
}
} // namespace

const UnaryFunction *graft::ops::findUnary(std::string_view kind) {
  return findRow(kUnary, kind);
}

const BinaryFunction *graft::ops::findBinary(std::string_view kind) {
  return findRow(kBinary, kind);
}

const UnaryFunction *graft::ops::findUnaryEpilogue(std::string_view kind) {
  static const UnaryFunction quantize = {
      "quantize", [](double x, double scale, double zeroPoint) {
        // Rounds before it adds the zero point, which could turn the value into
        // a tie.
        return std::nearbyint(x / scale) + zeroPoint;
      }};
  return kind == quantize.kind ? &quantize : findUnary(kind);
}

void graft::ops::allUnary(const UnaryFunction *&begin,
                          const UnaryFunction *&end) {
  begin = std::begin(kUnary);
  end = std::end(kUnary);
}

void graft::ops::allBinary(const BinaryFunction *&begin,
                           const BinaryFunction *&end) {
  begin = std::begin(kBinary);
  end = std::end(kBinary);
}
