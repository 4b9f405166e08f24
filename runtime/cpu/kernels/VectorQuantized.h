//===- VectorQuantized.h - vectors of floats from quantized values --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In an anonymous namespace, as Vector.h is.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_VECTORQUANTIZED_H
#define GRAFT_RUNTIME_CPU_KERNELS_VECTORQUANTIZED_H

#include "runtime/cpu/kernels/Vector.h"

#include <cstring>
#include <limits>
#include <type_traits>

namespace {

#if defined(__AVX512F__)

GRAFT_INLINE __mmask16 byteLanes(int64_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xffffu : (1u << count) - 1u);
}
/// The first `count` lanes; the others are zero.
template <typename Quantized>
GRAFT_INLINE Vec::Value loadQuantized(const Quantized *p, int64_t count) {
  __m128i quantized = _mm_maskz_loadu_epi8(byteLanes(count), p);
  return _mm512_cvtepi32_ps(std::is_signed_v<Quantized>
                                ? _mm512_cvtepi8_epi32(quantized)
                                : _mm512_cvtepu8_epi32(quantized));
}
/// Stores integers within the range of the type.
template <typename Quantized>
GRAFT_INLINE void storeQuantized(Quantized *p, Vec::Value x, int64_t count) {
  _mm_mask_storeu_epi8(p, byteLanes(count),
                       _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(x)));
}

#else

template <typename Quantized>
GRAFT_INLINE Vec::Value loadQuantized(const Quantized *p, int64_t count) {
#if defined(__AVX2__)
  if (count >= Vec::width) {
    __m128i quantized = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(p));
    return _mm256_cvtepi32_ps(std::is_signed_v<Quantized>
                                  ? _mm256_cvtepi8_epi32(quantized)
                                  : _mm256_cvtepu8_epi32(quantized));
  }
#endif
  float lanes[Vec::width];
  for (int64_t i = 0; i < Vec::width; ++i)
    lanes[i] = i < count ? static_cast<float>(p[i]) : 0.0f;
  return Vec::load(lanes);
}
template <typename Quantized>
GRAFT_INLINE void storeQuantized(Quantized *p, Vec::Value x, int64_t count) {
#if defined(__AVX2__)
  if (count >= Vec::width) {
    __m256i whole = _mm256_cvtps_epi32(x);
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(whole),
                                    _mm256_extracti128_si256(whole, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i *>(p),
                     std::is_signed_v<Quantized>
                         ? _mm_packs_epi16(words, words)
                         : _mm_packus_epi16(words, words));
    return;
  }
#endif
  float lanes[Vec::width];
  Vec::store(lanes, x);
  for (int64_t i = 0; i < Vec::width && i < count; ++i)
    p[i] = static_cast<Quantized>(lanes[i]);
}

#endif

/// Quantizes values that are already divided by the scale: rounds to nearest,
/// ties to even, before it adds the zero point. Results saturate; NaN becomes
/// the least value.
template <typename Quantized>
GRAFT_INLINE Vec::Value toQuantized(Vec::Value x, Vec::Value zero) {
  using Limits = std::numeric_limits<Quantized>;
  // The second operand of max() wins over NaN.
  x = Vec::max(x, Vec::sub(Vec::splat(Limits::min()), zero));
  x = Vec::min(x, Vec::sub(Vec::splat(Limits::max()), zero));
  return Vec::add(Vec::round(x), zero);
}

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_VECTORQUANTIZED_H
