//===- RowsBody.h - element-wise functions, for any vector width ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Included once by each Rows<instruction set>.cpp. The polynomials were fitted
// for the least largest relative error on the intervals that the comments name;
// each function is within a few units in the last place of the exact value.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_ROWSBODY_H
#define GRAFT_RUNTIME_CPU_KERNELS_ROWSBODY_H

#include "runtime/cpu/kernels/Rows.h"
#include "runtime/cpu/kernels/Vector.h"

namespace {

using Value = Vec::Value;
using graft::runtime::cpu::BinaryRow;
using graft::runtime::cpu::RowTable;
using graft::runtime::cpu::UnaryRow;

/// c[0] + c[1] x + ... by Horner's rule.
template <int N>
GRAFT_INLINE Value polynomial(Value x, const float (&c)[N]) {
  Value sum = Vec::splat(c[N - 1]);
#pragma clang loop unroll(full)
  for (int i = N - 2; i >= 0; --i)
    sum = Vec::fma(sum, x, Vec::splat(c[i]));
  return sum;
}

GRAFT_INLINE Value one() { return Vec::splat(1.0f); }
GRAFT_INLINE Value negate(Value x) { return Vec::mul(x, Vec::splat(-1.0f)); }
/// NaN where x is, since the second operand of min and max wins.
GRAFT_INLINE Value clampTo(Value x, float low, float high) {
  return Vec::min(Vec::splat(high), Vec::max(Vec::splat(low), x));
}

GRAFT_INLINE Value exponential(Value x) {
  // Beyond these, the result is infinite or zero anyway.
  x = clampTo(x, -104.0f, 89.0f);
  Value n = Vec::round(Vec::mul(x, Vec::splat(1.44269504f)));
  // x - n log 2, with log 2 in two parts, of which the first has few bits.
  Value r = Vec::fma(n, Vec::splat(-0.693359375f), x);
  r = Vec::fma(n, Vec::splat(2.12194440e-4f), r);
  // (exp(r) - 1 - r) / r^2 on [-log(2) / 2, log(2) / 2]
  static const float c[] = {4.999999305e-01f, 1.666651478e-01f,
                            4.166845608e-02f, 8.369419931e-03f,
                            1.381320016e-03f};
  Value p = Vec::fma(polynomial(r, c), Vec::mul(r, r), r);
  return Vec::scale(Vec::add(p, one()), n);
}

/// exp(x) - 1 for x <= 0.
GRAFT_INLINE Value exponentialLessOne(Value x) {
  // (exp(x) - 1 - x) / x^2 on [-0.5, 0]
  static const float c[] = {4.999999982e-01f, 1.666665817e-01f,
                            4.166545696e-02f, 8.325701629e-03f,
                            1.364803480e-03f, 1.606503413e-04f};
  Value small = Vec::fma(polynomial(x, c), Vec::mul(x, x), x);
  return Vec::selectLess(x, Vec::splat(-0.5f), Vec::sub(exponential(x), one()),
                         small);
}

GRAFT_INLINE Value logistic(Value x) {
  return Vec::inverse(Vec::add(one(), exponential(negate(x))));
}

GRAFT_INLINE Value hyperbolicTangent(Value x) {
  // (tanh(x) / x - 1) / x^2 in x^2 on [0, 0.63]
  static const float c[] = {-3.333327808e-01f, 1.333133156e-01f,
                            -5.373005109e-02f, 2.060631175e-02f,
                            -5.667118947e-03f};
  Value square = Vec::mul(x, x);
  Value small = Vec::fma(Vec::mul(polynomial(square, c), square), x, x);
  Value size = Vec::abs(x);
  Value e = exponential(Vec::add(size, size));
  Value large =
      Vec::fma(Vec::splat(-2.0f), Vec::inverse(Vec::add(e, one())), one());
  large = Vec::selectLess(x, Vec::zero(), negate(large), large);
  // Ordered so that NaN takes the polynomial.
  return Vec::selectLess(Vec::splat(0.625f), size, large, small);
}

/// erfc(z) for z >= 0 where `square` + `rest` is z^2.
GRAFT_INLINE Value erfcTail(Value z, Value square, Value rest) {
  // erfc(z) exp(z^2) = t p(t) with t = 1 / (1 + 0.36 z), for z >= 0
  static const float c[] = {
      2.031082827e-01f,  2.031066976e-01f, 1.899585350e-01f,  1.638154637e-01f,
      1.233253018e-01f,  1.055597950e-01f, -2.722926698e-02f, 1.421800133e-01f,
      -1.413614966e-01f, 3.753670922e-02f};
  Value t = Vec::inverse(Vec::fma(z, Vec::splat(0.36f), one()));
  Value power = exponential(negate(square));
  power = Vec::sub(power, Vec::mul(power, rest));
  return Vec::mul(Vec::mul(polynomial(t, c), t), power);
}

/// 0.5 x erfc(-x / sqrt(2)). For minus infinity the second factor is zero and
/// the product NaN, as in TensorFlow.
GRAFT_INLINE Value geluOf(Value x) {
  Value z = Vec::mul(Vec::abs(x), Vec::splat(0.707106781f));
  Value tail = erfcTail(z, Vec::mul(z, z), Vec::zero());
  Value factor =
      Vec::selectLess(x, Vec::zero(), tail, Vec::sub(Vec::splat(2.0f), tail));
  return Vec::mul(Vec::mul(Vec::splat(0.5f), x), factor);
}

GRAFT_INLINE Value erfcOf(Value x) {
  // Beyond 11 the result is zero or two anyway.
  Value z = clampTo(Vec::abs(x), 0.0f, 11.0f);
  Value square = Vec::mul(z, z);
  // The rounding error of the square matters: the exponential is steep.
  Value tail = erfcTail(z, square, Vec::fma(z, z, negate(square)));
  return Vec::selectLess(x, Vec::zero(), Vec::sub(Vec::splat(2.0f), tail),
                         tail);
}

GRAFT_INLINE Value erfOf(Value x) {
  // erf(x) / x in x^2 on [0, 0.6]
  static const float c[] = {1.128379167e+00f, -3.761263659e-01f,
                            1.128371707e-01f, -2.685733657e-02f,
                            5.176320531e-03f, -7.344649967e-04f};
  Value small = Vec::mul(x, polynomial(Vec::mul(x, x), c));
  Value large = Vec::sub(one(), erfcOf(Vec::abs(x)));
  large = Vec::selectLess(x, Vec::zero(), negate(large), large);
  // Ordered so that NaN takes the polynomial.
  return Vec::selectLess(Vec::splat(0.6f), Vec::abs(x), large, small);
}

/// x logistic(x); NaN for minus infinity, as in TensorFlow.
GRAFT_INLINE Value swishOf(Value x) { return Vec::mul(x, logistic(x)); }

template <typename Fn>
GRAFT_INLINE void mapUnary(float *out, const float *x, int64_t count, Fn fn) {
  int64_t i = 0;
  for (; i + Vec::width <= count; i += Vec::width)
    Vec::store(out + i, fn(Vec::load(x + i)));
  if (i < count)
    Vec::store(out + i, fn(Vec::load(x + i, count - i)), count - i);
}

#define GRAFT_UNARY(name, expression)                                          \
  void name(float *out, const float *in, int64_t count, float alpha,           \
            float beta) {                                                      \
    (void)alpha;                                                               \
    (void)beta;                                                                \
    mapUnary(out, in, count, [=](Value x) { return expression; });             \
  }
GRAFT_UNARY(absRow, Vec::abs(x))
GRAFT_UNARY(clipRow, clampTo(x, alpha, beta))
GRAFT_UNARY(eluRow,
            Vec::selectLess(x, Vec::zero(),
                            Vec::mul(Vec::splat(alpha), exponentialLessOne(x)),
                            x))
GRAFT_UNARY(erfRow, erfOf(x))
GRAFT_UNARY(erfcRow, erfcOf(x))
GRAFT_UNARY(expRow, exponential(x))
GRAFT_UNARY(geluRow, geluOf(x))
GRAFT_UNARY(geluTanhRow,
            Vec::mul(Vec::mul(Vec::splat(0.5f), x),
                     Vec::add(one(),
                              hyperbolicTangent(Vec::mul(
                                  Vec::mul(Vec::splat(0.797884561f), x),
                                  Vec::fma(Vec::mul(x, x),
                                           Vec::splat(0.044715f), one()))))))
GRAFT_UNARY(hardSigmoidRow,
            clampTo(Vec::fma(x, Vec::splat(alpha), Vec::splat(beta)), 0.0f,
                    1.0f))
GRAFT_UNARY(hardSwishRow,
            Vec::mul(x, Vec::mul(clampTo(Vec::add(x, Vec::splat(3.0f)), 0.0f,
                                         6.0f),
                                 Vec::splat(1.0f / 6.0f))))
GRAFT_UNARY(leakyReluRow,
            Vec::selectLess(x, Vec::zero(), Vec::mul(x, Vec::splat(alpha)), x))
GRAFT_UNARY(negRow, negate(x))
GRAFT_UNARY(reciprocalRow, Vec::div(one(), x))
GRAFT_UNARY(reluRow, Vec::max(Vec::zero(), x))
GRAFT_UNARY(rsqrtRow, Vec::div(one(), Vec::sqrt(x)))
GRAFT_UNARY(sigmoidRow, logistic(x))
GRAFT_UNARY(sqrtRow, Vec::sqrt(x))
GRAFT_UNARY(squareRow, Vec::mul(x, x))
GRAFT_UNARY(swishRow, swishOf(x))
GRAFT_UNARY(tanhRow, hyperbolicTangent(x))
#undef GRAFT_UNARY

template <typename Fn>
GRAFT_INLINE void mapBinary(float *out, const float *x, const float *y,
                            int64_t count, bool xRepeats, bool yRepeats,
                            Fn fn) {
  // Read before anything is written: `out` may be an operand.
  Value xOne = Vec::splat(count > 0 ? x[0] : 0.0f);
  Value yOne = Vec::splat(count > 0 ? y[0] : 0.0f);
  int64_t i = 0;
  for (; i + Vec::width <= count; i += Vec::width)
    Vec::store(out + i, fn(xRepeats ? xOne : Vec::load(x + i),
                           yRepeats ? yOne : Vec::load(y + i)));
  if (i < count) {
    int64_t rest = count - i;
    Vec::store(out + i,
               fn(xRepeats ? xOne : Vec::load(x + i, rest),
                  yRepeats ? yOne : Vec::load(y + i, rest)),
               rest);
  }
}

#define GRAFT_BINARY(name, expression)                                         \
  void name(float *out, const float *a, const float *b, int64_t count,         \
            bool aRepeats, bool bRepeats) {                                    \
    mapBinary(out, a, b, count, aRepeats, bRepeats,                            \
              [](Value x, Value y) { return expression; });                    \
  }
GRAFT_BINARY(addRow, Vec::add(x, y))
GRAFT_BINARY(divRow, Vec::div(x, y))
GRAFT_BINARY(mulRow, Vec::mul(x, y))
GRAFT_BINARY(subRow, Vec::sub(x, y))
GRAFT_BINARY(squaredDifferenceRow, Vec::mul(Vec::sub(x, y), Vec::sub(x, y)))
GRAFT_BINARY(maximumRow, Vec::propagatingMax(x, y))
GRAFT_BINARY(minimumRow, negate(Vec::propagatingMax(negate(x), negate(y))))
#undef GRAFT_BINARY

void maximumInto(float *out, const float *x, int64_t count) {
  maximumRow(out, out, x, count, false, false);
}
void addInto(float *out, const float *x, int64_t count) {
  addRow(out, out, x, count, false, false);
}
void scaleBy(float *out, int64_t count, float factor) {
  mapUnary(out, out, count,
           [=](Value x) { return Vec::mul(x, Vec::splat(factor)); });
}

/// Combines lanes pairwise, which rounds less than a sequence.
template <typename Fn>
GRAFT_INLINE float fold(Value x, Fn fn) {
  float lanes[Vec::width];
  Vec::store(lanes, x);
  for (int half = Vec::width / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i)
      lanes[i] = fn(lanes[i], lanes[i + half]);
  return lanes[0];
}

template <typename Fn>
GRAFT_INLINE float sumOfMapped(const float *x, int64_t count, Fn fn) {
  Value sums[4] = {Vec::zero(), Vec::zero(), Vec::zero(), Vec::zero()};
  int64_t i = 0;
  for (; i + 4 * Vec::width <= count; i += 4 * Vec::width)
    for (int j = 0; j < 4; ++j)
      sums[j] = Vec::add(sums[j], fn(Vec::load(x + i + j * Vec::width)));
  for (; i < count; i += Vec::width) {
    int64_t rest = count - i;
    Value v = rest >= Vec::width ? Vec::load(x + i) : Vec::load(x + i, rest);
    sums[0] = Vec::add(sums[0], fn(v));
  }
  return fold(Vec::add(Vec::add(sums[0], sums[1]), Vec::add(sums[2], sums[3])),
              [](float a, float b) { return a + b; });
}

float sumOf(const float *x, int64_t count) {
  return sumOfMapped(x, count, [](Value v) { return v; });
}
float sumOfSquaresOf(const float *x, int64_t count) {
  return sumOfMapped(x, count, [](Value v) { return Vec::mul(v, v); });
}

float largestOf(const float *x, int64_t count) {
  Value most = Vec::splat(x[0]);
  int64_t i = 0;
  for (; i + Vec::width <= count; i += Vec::width)
    most = Vec::propagatingMax(most, Vec::load(x + i));
  float result = fold(most, [](float a, float b) {
    return a != a ? a : b != b ? b : a > b ? a : b;
  });
  for (; i < count; ++i)
    result = result != result || x[i] < result ? result : x[i];
  return result;
}

/// exp(x), or 0 if the result is denormal: processors take a hundred times as
/// long for denormals, and masked scores produce them.
GRAFT_INLINE Value normalExponential(Value x) {
  Value least = Vec::splat(-87.0f);
  return Vec::selectLess(x, least, Vec::zero(),
                         exponential(Vec::max(least, x)));
}

float exponentialsOf(float *out, const float *x, int64_t count, float shift) {
  Value by = Vec::splat(shift);
  for (int64_t i = 0; i < count; i += Vec::width) {
    int64_t rest = count - i;
    if (rest >= Vec::width)
      Vec::store(out + i, normalExponential(Vec::sub(Vec::load(x + i), by)));
    else
      Vec::store(out + i,
                 normalExponential(Vec::sub(Vec::load(x + i, rest), by)), rest);
  }
  return sumOf(out, count);
}

/// Observed values are below this: the largest float is the maximum of an empty
/// set, not a value of a tensor.
constexpr float kObservedBelow = __FLT_MAX__;

/// `x` where it counts as observed, else `other`.
GRAFT_INLINE Value finiteOr(Value x, Value other) {
  return Vec::selectLess(Vec::abs(x), Vec::splat(kObservedBelow), x, other);
}

void finiteLimitsOf(const float *x, int64_t count, float &least, float &most) {
  Value low = Vec::splat(least), high = Vec::splat(most);
  int64_t i = 0;
  for (; i + Vec::width <= count; i += Vec::width) {
    Value v = Vec::load(x + i);
    low = Vec::min(low, finiteOr(v, low));
    high = Vec::max(high, finiteOr(v, high));
  }
  least = fold(low, [](float a, float b) { return a < b ? a : b; });
  most = fold(high, [](float a, float b) { return a > b ? a : b; });
  for (; i < count; ++i)
    if (__builtin_fabsf(x[i]) < kObservedBelow) {
      least = x[i] < least ? x[i] : least;
      most = x[i] > most ? x[i] : most;
    }
}

void binsOf(float *out, const float *x, int64_t count, float scale,
            float side) {
  mapUnary(out, x, count, [=](Value v) {
    Value steps = Vec::mul(Vec::abs(v), Vec::splat(scale));
    // Rounds up: to the nearest, plus one if that is below.
    Value whole = Vec::round(steps);
    whole = Vec::selectLess(whole, steps, Vec::add(whole, one()), whole);
    whole = Vec::max(whole, one());
    Value bin =
        Vec::selectLess(v, Vec::zero(), Vec::sub(Vec::splat(side), whole),
                        Vec::add(Vec::splat(side - 1.0f), whole));
    return Vec::selectLess(Vec::abs(v), Vec::splat(kObservedBelow), bin,
                           Vec::splat(2.0f * side));
  });
}

const RowTable &table() {
  static const UnaryRow unary[] = {
      {"abs", absRow},
      {"clip", clipRow},
      {"elu", eluRow},
      {"erf", erfRow},
      {"erfc", erfcRow},
      {"exp", expRow},
      {"gelu", geluRow},
      {"gelu_tanh", geluTanhRow},
      {"hard_sigmoid", hardSigmoidRow},
      {"hard_swish", hardSwishRow},
      {"leaky_relu", leakyReluRow},
      {"neg", negRow},
      {"reciprocal", reciprocalRow},
      {"relu", reluRow},
      {"rsqrt", rsqrtRow},
      {"sigmoid", sigmoidRow},
      {"sqrt", sqrtRow},
      {"square", squareRow},
      {"swish", swishRow},
      {"tanh", tanhRow},
      {nullptr, nullptr},
  };
  static const BinaryRow binary[] = {
      {"add", addRow},         {"div", divRow},
      {"maximum", maximumRow}, {"minimum", minimumRow},
      {"mul", mulRow},         {"squared_difference", squaredDifferenceRow},
      {"sub", subRow},         {nullptr, nullptr},
  };
  static const RowTable rows = {
      unary, binary,    maximumInto,    addInto,        scaleBy, exponentialsOf,
      sumOf, largestOf, sumOfSquaresOf, finiteLimitsOf, binsOf};
  return rows;
}

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_ROWSBODY_H
