//===- VectorBf16.h - vectors of floats from bf16 -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In an anonymous namespace, as Vector.h is.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_VECTORBF16_H
#define GRAFT_RUNTIME_CPU_KERNELS_VECTORBF16_H

#include "runtime/cpu/kernels/Vector.h"
#include "runtime/cpu/kernels/Windows.h"

#include <cstring>

namespace {

using graft::runtime::cpu::Bf16;

#if defined(__AVX512F__)

GRAFT_INLINE __mmask16 bf16Lanes(int64_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xffffu : (1u << count) - 1u);
}
/// The first `count` lanes; the others are zero.
GRAFT_INLINE Vec::Value loadBf16(const Bf16 *p, int64_t count) {
  __m256i bits = _mm256_maskz_loadu_epi16(bf16Lanes(count), p);
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}
/// Rounds to nearest, ties to even. NaN stays NaN.
GRAFT_INLINE void storeBf16(Bf16 *p, Vec::Value x, int64_t count) {
  __m512i bits = _mm512_castps_si512(x);
  __m512i odd =
      _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  __m512i rounded =
      _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
  rounded =
      _mm512_mask_or_epi32(rounded, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q),
                           bits, _mm512_set1_epi32(0x400000));
  _mm256_mask_storeu_epi16(
      p, bf16Lanes(count),
      _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16)));
}

#else

GRAFT_INLINE Vec::Value loadBf16(const Bf16 *p, int64_t count) {
  uint32_t bits[Vec::width];
  float lanes[Vec::width];
  for (int64_t i = 0; i < Vec::width; ++i)
    bits[i] = i < count ? uint32_t(p[i].bits) << 16 : 0;
  std::memcpy(lanes, bits, sizeof(lanes));
  return Vec::load(lanes);
}
GRAFT_INLINE void storeBf16(Bf16 *p, Vec::Value x, int64_t count) {
  uint32_t bits[Vec::width];
  float lanes[Vec::width];
  Vec::store(lanes, x);
  std::memcpy(bits, lanes, sizeof(lanes));
  for (int64_t i = 0; i < Vec::width && i < count; ++i) {
    bool isNan = (bits[i] & 0x7fffffffu) > 0x7f800000u;
    uint32_t rounded = bits[i] + 0x7fffu + (bits[i] >> 16 & 1);
    p[i].bits = uint16_t((isNan ? bits[i] | 0x400000u : rounded) >> 16);
  }
}

#endif

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_VECTORBF16_H
