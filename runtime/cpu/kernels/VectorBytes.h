//===- VectorBytes.h - vectors of bytes and of sums of their products -----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each struct has vectors of `width` bytes and of width / 4 sums and floats. In
// an anonymous namespace, as Vector.h is.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_VECTORBYTES_H
#define GRAFT_RUNTIME_CPU_KERNELS_VECTORBYTES_H

#include "runtime/cpu/kernels/Vector.h"

#include <cstring>

namespace {

#if defined(__AVX512VNNI__)

struct Bytes64 {
  using Bytes = __m512i;
  using Sum = __m512i;
  using Real = __m512;
  static constexpr int width = 64;
  static GRAFT_INLINE __mmask64 mask(int64_t skip, int64_t count) {
    uint64_t upTo = count >= 64 ? ~uint64_t(0) : (uint64_t(1) << count) - 1;
    return upTo & (~uint64_t(0) << skip);
  }

  static GRAFT_INLINE Bytes load(const void *p) {
    return _mm512_loadu_si512(p);
  }
  static GRAFT_INLINE Bytes load(const void *p, int64_t count) {
    return _mm512_maskz_loadu_epi8(mask(0, count), p);
  }
  static GRAFT_INLINE Bytes splat(int byte) {
    return _mm512_set1_epi8(static_cast<char>(byte));
  }
  /// Bytes [skip, count).
  static GRAFT_INLINE void store(void *p, Bytes x, int64_t skip,
                                 int64_t count) {
    _mm512_mask_storeu_epi8(p, mask(skip, count), x);
  }
  static GRAFT_INLINE void store(void *p, Bytes x) {
    _mm512_storeu_si512(p, x);
  }
  /// 32 bytes from each of two places, and back.
  static GRAFT_INLINE Bytes loadTwo(const void *low, const void *high) {
    return _mm512_inserti64x4(
        _mm512_castsi256_si512(
            _mm256_loadu_si256(static_cast<const __m256i *>(low))),
        _mm256_loadu_si256(static_cast<const __m256i *>(high)), 1);
  }
  static GRAFT_INLINE void storeTwo(void *low, void *high, Bytes x,
                                    int64_t skip) {
    const auto lanes = static_cast<__mmask32>(mask(skip, 32));
    _mm256_mask_storeu_epi8(low, lanes, _mm512_castsi512_si256(x));
    _mm256_mask_storeu_epi8(high, lanes, _mm512_extracti64x4_epi64(x, 1));
  }
  static GRAFT_INLINE Bytes maxU8(Bytes a, Bytes b) {
    return _mm512_max_epu8(a, b);
  }
  static GRAFT_INLINE Bytes minU8(Bytes a, Bytes b) {
    return _mm512_min_epu8(a, b);
  }
  static GRAFT_INLINE Bytes maxI8(Bytes a, Bytes b) {
    return _mm512_max_epi8(a, b);
  }
  /// Groups of four bytes, one of each operand, in the order that pack()
  /// requires.
  static GRAFT_INLINE void interleave(const Bytes (&x)[4], Bytes (&out)[4]) {
    Bytes a = _mm512_unpacklo_epi8(x[0], x[1]);
    Bytes b = _mm512_unpackhi_epi8(x[0], x[1]);
    Bytes c = _mm512_unpacklo_epi8(x[2], x[3]);
    Bytes d = _mm512_unpackhi_epi8(x[2], x[3]);
    out[0] = _mm512_unpacklo_epi16(a, c);
    out[1] = _mm512_unpackhi_epi16(a, c);
    out[2] = _mm512_unpacklo_epi16(b, d);
    out[3] = _mm512_unpackhi_epi16(b, d);
  }

  static GRAFT_INLINE Sum zero() { return _mm512_setzero_si512(); }
  static GRAFT_INLINE Sum splatSum(int32_t x) { return _mm512_set1_epi32(x); }
  static GRAFT_INLINE Sum loadSum(const int32_t *p) {
    return _mm512_loadu_si512(p);
  }
  static GRAFT_INLINE void storeSum(int32_t *p, Sum x) {
    _mm512_storeu_si512(p, x);
  }
  static GRAFT_INLINE Sum multiply(Sum a, Sum b) {
    return _mm512_mullo_epi32(a, b);
  }
  /// Adds products of four unsigned with four signed bytes each.
  static GRAFT_INLINE Sum dot(Sum sum, Bytes x, Bytes w) {
    return _mm512_dpbusd_epi32(sum, x, w);
  }

  static GRAFT_INLINE Real real(Sum x) { return _mm512_cvtepi32_ps(x); }
  static GRAFT_INLINE Real loadReal(const float *p) {
    return _mm512_loadu_ps(p);
  }
  static GRAFT_INLINE Real splatReal(float x) { return _mm512_set1_ps(x); }
  static GRAFT_INLINE Real fma(Real a, Real b, Real c) {
    return _mm512_fmadd_ps(a, b, c);
  }
  /// Rounded to nearest, ties to even, and saturated, in the channels' order.
  static GRAFT_INLINE Bytes pack(const Real (&x)[4]) {
    __m512i low =
        _mm512_packs_epi32(_mm512_cvtps_epi32(x[0]), _mm512_cvtps_epi32(x[1]));
    __m512i high =
        _mm512_packs_epi32(_mm512_cvtps_epi32(x[2]), _mm512_cvtps_epi32(x[3]));
    return _mm512_packus_epi16(low, high);
  }
  /// Floats [skip, count) in the channels' order.
  static GRAFT_INLINE void storeReals(float *p, const Real (&x)[4],
                                      int64_t skip, int64_t count) {
    __m512 a = _mm512_shuffle_f32x4(x[0], x[1], 0x44);
    __m512 b = _mm512_shuffle_f32x4(x[0], x[1], 0xee);
    __m512 c = _mm512_shuffle_f32x4(x[2], x[3], 0x44);
    __m512 d = _mm512_shuffle_f32x4(x[2], x[3], 0xee);
    __mmask64 lanes = mask(skip, count);
    auto part = [&](int i) { return static_cast<__mmask16>(lanes >> 16 * i); };
    _mm512_mask_storeu_ps(p, part(0), _mm512_shuffle_f32x4(a, c, 0x88));
    _mm512_mask_storeu_ps(p + 16, part(1), _mm512_shuffle_f32x4(a, c, 0xdd));
    _mm512_mask_storeu_ps(p + 32, part(2), _mm512_shuffle_f32x4(b, d, 0x88));
    _mm512_mask_storeu_ps(p + 48, part(3), _mm512_shuffle_f32x4(b, d, 0xdd));
  }
};

#endif

#if defined(__AVX2__)

struct Bytes32 {
  using Bytes = __m256i;
  using Sum = __m256i;
  using Real = __m256;
  static constexpr int width = 32;

  static GRAFT_INLINE Bytes load(const void *p) {
    return _mm256_loadu_si256(static_cast<const __m256i *>(p));
  }
  static GRAFT_INLINE Bytes splat(int byte) {
    return _mm256_set1_epi8(static_cast<char>(byte));
  }
  static GRAFT_INLINE void store(void *p, Bytes x) {
    _mm256_storeu_si256(static_cast<__m256i *>(p), x);
  }
#if defined(__AVX512VNNI__)
  static GRAFT_INLINE __mmask32 mask(int64_t skip, int64_t count) {
    return static_cast<__mmask32>(Bytes64::mask(skip, count));
  }
  static GRAFT_INLINE Bytes load(const void *p, int64_t count) {
    return _mm256_maskz_loadu_epi8(mask(0, count), p);
  }
  static GRAFT_INLINE void store(void *p, Bytes x, int64_t skip,
                                 int64_t count) {
    _mm256_mask_storeu_epi8(p, mask(skip, count), x);
  }
  static GRAFT_INLINE Sum dot(Sum sum, Bytes x, Bytes w) {
    return _mm256_dpbusd_epi32(sum, x, w);
  }
#else
  static GRAFT_INLINE Bytes load(const void *p, int64_t count) {
    alignas(32) uint8_t bytes[width] = {};
    std::memcpy(bytes, p, static_cast<size_t>(count < width ? count : width));
    return load(bytes);
  }
  static GRAFT_INLINE void store(void *p, Bytes x, int64_t skip,
                                 int64_t count) {
    alignas(32) uint8_t bytes[width];
    store(bytes, x);
    count = count < width ? count : width;
    std::memcpy(static_cast<uint8_t *>(p) + skip, bytes + skip,
                static_cast<size_t>(count - skip));
  }
  static GRAFT_INLINE Sum dot(Sum sum, Bytes x, Bytes w) {
    // Two products of 16 bits at a time, which cannot overflow.
    const __m256i low = _mm256_set1_epi16(0xff);
    __m256i even = _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8);
    __m256i odd = _mm256_srai_epi16(w, 8);
    sum = _mm256_add_epi32(sum,
                           _mm256_madd_epi16(_mm256_and_si256(x, low), even));
    return _mm256_add_epi32(sum,
                            _mm256_madd_epi16(_mm256_srli_epi16(x, 8), odd));
  }
#endif
  static GRAFT_INLINE Bytes maxU8(Bytes a, Bytes b) {
    return _mm256_max_epu8(a, b);
  }
  static GRAFT_INLINE Bytes minU8(Bytes a, Bytes b) {
    return _mm256_min_epu8(a, b);
  }
  static GRAFT_INLINE Bytes maxI8(Bytes a, Bytes b) {
    return _mm256_max_epi8(a, b);
  }
  static GRAFT_INLINE void interleave(const Bytes (&x)[4], Bytes (&out)[4]) {
    Bytes a = _mm256_unpacklo_epi8(x[0], x[1]);
    Bytes b = _mm256_unpackhi_epi8(x[0], x[1]);
    Bytes c = _mm256_unpacklo_epi8(x[2], x[3]);
    Bytes d = _mm256_unpackhi_epi8(x[2], x[3]);
    out[0] = _mm256_unpacklo_epi16(a, c);
    out[1] = _mm256_unpackhi_epi16(a, c);
    out[2] = _mm256_unpacklo_epi16(b, d);
    out[3] = _mm256_unpackhi_epi16(b, d);
  }
  static GRAFT_INLINE Sum zero() { return _mm256_setzero_si256(); }
  static GRAFT_INLINE Sum splatSum(int32_t x) { return _mm256_set1_epi32(x); }
  static GRAFT_INLINE Sum loadSum(const int32_t *p) { return load(p); }
  static GRAFT_INLINE void storeSum(int32_t *p, Sum x) { store(p, x); }
  static GRAFT_INLINE Sum multiply(Sum a, Sum b) {
    return _mm256_mullo_epi32(a, b);
  }
  static GRAFT_INLINE Real real(Sum x) { return _mm256_cvtepi32_ps(x); }
  static GRAFT_INLINE Real loadReal(const float *p) {
    return _mm256_loadu_ps(p);
  }
  static GRAFT_INLINE Real splatReal(float x) { return _mm256_set1_ps(x); }
  static GRAFT_INLINE Real fma(Real a, Real b, Real c) {
    return _mm256_fmadd_ps(a, b, c);
  }
  static GRAFT_INLINE Bytes pack(const Real (&x)[4]) {
    __m256i low =
        _mm256_packs_epi32(_mm256_cvtps_epi32(x[0]), _mm256_cvtps_epi32(x[1]));
    __m256i high =
        _mm256_packs_epi32(_mm256_cvtps_epi32(x[2]), _mm256_cvtps_epi32(x[3]));
    return _mm256_packus_epi16(low, high);
  }
  static GRAFT_INLINE void storeReals(float *p, const Real (&x)[4],
                                      int64_t skip, int64_t count) {
    const Real parts[] = {_mm256_permute2f128_ps(x[0], x[1], 0x20),
                          _mm256_permute2f128_ps(x[2], x[3], 0x20),
                          _mm256_permute2f128_ps(x[0], x[1], 0x31),
                          _mm256_permute2f128_ps(x[2], x[3], 0x31)};
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    for (int i = 0; i < 4; ++i) {
      __m256i at = _mm256_add_epi32(lane, _mm256_set1_epi32(8 * i));
      __m256i before =
          _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(skip)), at);
      __m256i inside = _mm256_cmpgt_epi32(
          _mm256_set1_epi32(static_cast<int>(count < width ? count : width)),
          at);
      _mm256_maskstore_ps(p + 8 * i, _mm256_andnot_si256(before, inside),
                          parts[i]);
    }
  }
};

#else

/// In loops of fixed length, which compilers turn into vectors.
struct Bytes16 {
  struct Bytes {
    uint8_t lanes[16];
  };
  struct Sum {
    int32_t lanes[4];
  };
  struct Real {
    float lanes[4];
  };
  static constexpr int width = 16;

  static GRAFT_INLINE Bytes load(const void *p) { return load(p, width); }
  static GRAFT_INLINE Bytes load(const void *p, int64_t count) {
    Bytes x = {};
    std::memcpy(x.lanes, p, static_cast<size_t>(count < width ? count : width));
    return x;
  }
  static GRAFT_INLINE Bytes splat(int byte) {
    Bytes x;
    std::memset(x.lanes, byte, width);
    return x;
  }
  static GRAFT_INLINE void store(void *p, Bytes x, int64_t skip,
                                 int64_t count) {
    count = count < width ? count : width;
    std::memcpy(static_cast<uint8_t *>(p) + skip, x.lanes + skip,
                static_cast<size_t>(count - skip));
  }
  static GRAFT_INLINE void store(void *p, Bytes x) {
    std::memcpy(p, x.lanes, width);
  }
  template <typename T>
  static GRAFT_INLINE Bytes largest(Bytes a, Bytes b) {
    for (int i = 0; i < width; ++i)
      a.lanes[i] = static_cast<T>(a.lanes[i]) < static_cast<T>(b.lanes[i])
                       ? b.lanes[i]
                       : a.lanes[i];
    return a;
  }
  static GRAFT_INLINE Bytes maxU8(Bytes a, Bytes b) {
    return largest<uint8_t>(a, b);
  }
  static GRAFT_INLINE Bytes maxI8(Bytes a, Bytes b) {
    return largest<int8_t>(a, b);
  }
  static GRAFT_INLINE Bytes minU8(Bytes a, Bytes b) {
    for (int i = 0; i < width; ++i)
      a.lanes[i] = b.lanes[i] < a.lanes[i] ? b.lanes[i] : a.lanes[i];
    return a;
  }
  static GRAFT_INLINE void interleave(const Bytes (&x)[4], Bytes (&out)[4]) {
    for (int v = 0; v < 4; ++v)
      for (int i = 0; i < width; ++i)
        out[v].lanes[i] = x[i % 4].lanes[4 * v + i / 4];
  }
  static GRAFT_INLINE Sum zero() { return {}; }
  static GRAFT_INLINE Sum splatSum(int32_t x) { return {{x, x, x, x}}; }
  static GRAFT_INLINE Sum loadSum(const int32_t *p) {
    return {{p[0], p[1], p[2], p[3]}};
  }
  static GRAFT_INLINE void storeSum(int32_t *p, Sum x) {
    std::memcpy(p, x.lanes, sizeof(x.lanes));
  }
  static GRAFT_INLINE Sum multiply(Sum a, Sum b) {
    for (int i = 0; i < 4; ++i)
      a.lanes[i] *= b.lanes[i];
    return a;
  }
  static GRAFT_INLINE Sum dot(Sum sum, Bytes x, Bytes w) {
    for (int i = 0; i < 4; ++i)
      for (int k = 0; k < 4; ++k)
        sum.lanes[i] +=
            x.lanes[4 * i + k] * static_cast<int8_t>(w.lanes[4 * i + k]);
    return sum;
  }
  static GRAFT_INLINE Real real(Sum x) {
    Real result;
    for (int i = 0; i < 4; ++i)
      result.lanes[i] = static_cast<float>(x.lanes[i]);
    return result;
  }
  static GRAFT_INLINE Real loadReal(const float *p) {
    return {{p[0], p[1], p[2], p[3]}};
  }
  static GRAFT_INLINE Real splatReal(float x) { return {{x, x, x, x}}; }
  static GRAFT_INLINE Real fma(Real a, Real b, Real c) {
    for (int i = 0; i < 4; ++i)
      a.lanes[i] = a.lanes[i] * b.lanes[i] + c.lanes[i];
    return a;
  }
  static GRAFT_INLINE Bytes pack(const Real (&x)[4]) {
    Bytes result;
    for (int i = 0; i < width; ++i) {
      // A NaN is not above 0.
      float quantized = x[i / 4].lanes[i % 4];
      quantized =
          quantized > 0.0f ? quantized < 255.0f ? quantized : 255.0f : 0.0f;
      result.lanes[i] = static_cast<uint8_t>(__builtin_nearbyintf(quantized));
    }
    return result;
  }
  static GRAFT_INLINE void storeReals(float *p, const Real (&x)[4],
                                      int64_t skip, int64_t count) {
    for (int64_t i = skip; i < width && i < count; ++i)
      p[i] = x[i / 4].lanes[i % 4];
  }
};

#endif

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_VECTORBYTES_H
