//===- Vector.h - vectors of the instruction set that is compiled for -----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One name, `Vec`, for vectors of floats. It is in an anonymous namespace:
// files for several instruction sets include it, and the linker must not merge
// their versions.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_VECTOR_H
#define GRAFT_RUNTIME_CPU_KERNELS_VECTOR_H

#include <cstdint>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

#define GRAFT_INLINE inline __attribute__((always_inline))

namespace {

#if defined(__AVX512F__)

struct Vec {
  using Value = __m512;
  static constexpr int width = 16;
  static GRAFT_INLINE Value zero() { return _mm512_setzero_ps(); }
  static GRAFT_INLINE Value splat(float x) { return _mm512_set1_ps(x); }
  static GRAFT_INLINE Value load(const float *p) { return _mm512_loadu_ps(p); }
  static GRAFT_INLINE void store(float *p, Value x) { _mm512_storeu_ps(p, x); }
  /// The first `count` lanes; the others are zero, or stay as they are.
  static GRAFT_INLINE Value load(const float *p, int64_t count) {
    return _mm512_maskz_loadu_ps(mask(count), p);
  }
  static GRAFT_INLINE void store(float *p, Value x, int64_t count) {
    _mm512_mask_storeu_ps(p, mask(count), x);
  }
  static GRAFT_INLINE Value add(Value a, Value b) {
    return _mm512_add_ps(a, b);
  }
  static GRAFT_INLINE Value sub(Value a, Value b) {
    return _mm512_sub_ps(a, b);
  }
  static GRAFT_INLINE Value mul(Value a, Value b) {
    return _mm512_mul_ps(a, b);
  }
  static GRAFT_INLINE Value div(Value a, Value b) {
    return _mm512_div_ps(a, b);
  }
  /// 1 / a for a >= 1, to a unit in the last place: faster than a division.
  static GRAFT_INLINE Value inverse(Value a) {
    const Value guess = _mm512_rcp14_ps(a);
    const Value error = _mm512_fnmadd_ps(a, guess, _mm512_set1_ps(1.0f));
    // The reciprocal of an infinity is 0 already and needs no correction.
    const __mmask16 isSmall =
        _mm512_cmp_ps_mask(a, _mm512_set1_ps(1e37f), _CMP_LT_OQ);
    return _mm512_mask_fmadd_ps(guess, isSmall, error, guess);
  }
  /// The second operand where either is NaN.
  static GRAFT_INLINE Value min(Value a, Value b) {
    return _mm512_min_ps(a, b);
  }
  static GRAFT_INLINE Value max(Value a, Value b) {
    return _mm512_max_ps(a, b);
  }
  /// The larger; NaN where either is.
  static GRAFT_INLINE Value propagatingMax(Value a, Value b) {
    // max() returns b if a is NaN; the result must be a.
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q),
                                max(a, b), a);
  }
  static GRAFT_INLINE Value fma(Value a, Value b, Value c) {
    return _mm512_fmadd_ps(a, b, c);
  }
  static GRAFT_INLINE Value sqrt(Value a) { return _mm512_sqrt_ps(a); }
  static GRAFT_INLINE Value abs(Value a) { return _mm512_abs_ps(a); }
  /// a < b ? x : y
  static GRAFT_INLINE Value selectLess(Value a, Value b, Value x, Value y) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
  }
  static GRAFT_INLINE Value round(Value a) {
    return _mm512_roundscale_ps(a,
                                _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  /// a * 2^n for a whole n of at most 2^8 in magnitude
  static GRAFT_INLINE Value scale(Value a, Value n) {
    return _mm512_scalef_ps(a, n);
  }

private:
  static GRAFT_INLINE __mmask16 mask(int64_t count) {
    return static_cast<__mmask16>(count >= 16 ? 0xffffu : (1u << count) - 1u);
  }
};

#elif defined(__AVX2__)

struct Vec {
  using Value = __m256;
  static constexpr int width = 8;
  static GRAFT_INLINE Value zero() { return _mm256_setzero_ps(); }
  static GRAFT_INLINE Value splat(float x) { return _mm256_set1_ps(x); }
  static GRAFT_INLINE Value load(const float *p) { return _mm256_loadu_ps(p); }
  static GRAFT_INLINE void store(float *p, Value x) { _mm256_storeu_ps(p, x); }
  static GRAFT_INLINE Value load(const float *p, int64_t count) {
    return _mm256_maskload_ps(p, mask(count));
  }
  static GRAFT_INLINE void store(float *p, Value x, int64_t count) {
    _mm256_maskstore_ps(p, mask(count), x);
  }
  static GRAFT_INLINE Value add(Value a, Value b) {
    return _mm256_add_ps(a, b);
  }
  static GRAFT_INLINE Value sub(Value a, Value b) {
    return _mm256_sub_ps(a, b);
  }
  static GRAFT_INLINE Value mul(Value a, Value b) {
    return _mm256_mul_ps(a, b);
  }
  static GRAFT_INLINE Value div(Value a, Value b) {
    return _mm256_div_ps(a, b);
  }
  static GRAFT_INLINE Value inverse(Value a) { return div(splat(1.0f), a); }
  static GRAFT_INLINE Value min(Value a, Value b) {
    return _mm256_min_ps(a, b);
  }
  static GRAFT_INLINE Value max(Value a, Value b) {
    return _mm256_max_ps(a, b);
  }
  /// The larger; NaN where either is.
  static GRAFT_INLINE Value propagatingMax(Value a, Value b) {
    return _mm256_blendv_ps(max(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q));
  }
  static GRAFT_INLINE Value fma(Value a, Value b, Value c) {
    return _mm256_fmadd_ps(a, b, c);
  }
  static GRAFT_INLINE Value sqrt(Value a) { return _mm256_sqrt_ps(a); }
  static GRAFT_INLINE Value abs(Value a) {
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
  }
  static GRAFT_INLINE Value selectLess(Value a, Value b, Value x, Value y) {
    return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
  }
  static GRAFT_INLINE Value round(Value a) {
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static GRAFT_INLINE Value scale(Value a, Value n) {
    // In two steps, so that neither power leaves the normal range.
    __m256i whole = _mm256_cvtps_epi32(n);
    __m256i half = _mm256_srai_epi32(whole, 1);
    return mul(mul(a, power(half)), power(_mm256_sub_epi32(whole, half)));
  }

private:
  static GRAFT_INLINE Value power(__m256i n) {
    return _mm256_castsi256_ps(
        _mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
  }
  static GRAFT_INLINE __m256i mask(int64_t count) {
    int lanes = count < 0 ? 0 : count > 8 ? 8 : static_cast<int>(count);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};

#else

struct Vec {
  struct Value {
    float lanes[4];
  };
  static constexpr int width = 4;
  static GRAFT_INLINE Value zero() { return splat(0.0f); }
  static GRAFT_INLINE Value splat(float x) { return {{x, x, x, x}}; }
  static GRAFT_INLINE Value load(const float *p) {
    return {{p[0], p[1], p[2], p[3]}};
  }
  static GRAFT_INLINE void store(float *p, Value x) {
    for (int i = 0; i < width; ++i)
      p[i] = x.lanes[i];
  }
  static GRAFT_INLINE Value load(const float *p, int64_t count) {
    Value x = zero();
    for (int i = 0; i < width && i < count; ++i)
      x.lanes[i] = p[i];
    return x;
  }
  static GRAFT_INLINE void store(float *p, Value x, int64_t count) {
    for (int i = 0; i < width && i < count; ++i)
      p[i] = x.lanes[i];
  }
  template <typename Fn>
  static GRAFT_INLINE Value each(Value a, Value b, Fn fn) {
    for (int i = 0; i < width; ++i)
      a.lanes[i] = fn(a.lanes[i], b.lanes[i]);
    return a;
  }
  static GRAFT_INLINE Value add(Value a, Value b) {
    return each(a, b, [](float x, float y) { return x + y; });
  }
  static GRAFT_INLINE Value sub(Value a, Value b) {
    return each(a, b, [](float x, float y) { return x - y; });
  }
  static GRAFT_INLINE Value mul(Value a, Value b) {
    return each(a, b, [](float x, float y) { return x * y; });
  }
  static GRAFT_INLINE Value div(Value a, Value b) {
    return each(a, b, [](float x, float y) { return x / y; });
  }
  static GRAFT_INLINE Value inverse(Value a) { return div(splat(1.0f), a); }
  static GRAFT_INLINE Value min(Value a, Value b) {
    return each(a, b, [](float x, float y) { return x < y ? x : y; });
  }
  static GRAFT_INLINE Value max(Value a, Value b) {
    return each(a, b, [](float x, float y) { return x > y ? x : y; });
  }
  /// The larger; NaN where either is.
  static GRAFT_INLINE Value propagatingMax(Value a, Value b) {
    return each(a, b, [](float x, float y) {
      return x != x ? x : x > y ? x : y;
    });
  }
  static GRAFT_INLINE Value fma(Value a, Value b, Value c) {
    return add(mul(a, b), c);
  }
  static GRAFT_INLINE Value sqrt(Value a) {
    return each(a, a, [](float x, float) { return __builtin_sqrtf(x); });
  }
  static GRAFT_INLINE Value abs(Value a) {
    return each(a, a, [](float x, float) { return __builtin_fabsf(x); });
  }
  static GRAFT_INLINE Value selectLess(Value a, Value b, Value x, Value y) {
    for (int i = 0; i < width; ++i)
      y.lanes[i] = a.lanes[i] < b.lanes[i] ? x.lanes[i] : y.lanes[i];
    return y;
  }
  static GRAFT_INLINE Value round(Value a) {
    return each(a, a, [](float x, float) { return __builtin_nearbyintf(x); });
  }
  static GRAFT_INLINE Value scale(Value a, Value n) {
    return each(a, n, [](float x, float e) {
      // A NaN or an infinity stays as it is.
      return e == e ? __builtin_ldexpf(x, static_cast<int>(e)) : x;
    });
  }
};

#endif

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_VECTOR_H
