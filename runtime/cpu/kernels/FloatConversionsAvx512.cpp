//===- FloatConversionsAvx512.cpp - rows of 16-bit floats, 16 at a time ---===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/FloatConversions.h"

#include <immintrin.h>

namespace {

__mmask16 firstLanes(int64_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xffffu : (1u << count) - 1u);
}

template <typename Fn>
void widenRow(float *out, const uint16_t *x, int64_t count, Fn fn) {
  for (int64_t i = 0; i < count; i += 16) {
    __mmask16 lanes = firstLanes(count - i);
    _mm512_mask_storeu_ps(out + i, lanes,
                          fn(_mm256_maskz_loadu_epi16(lanes, x + i)));
  }
}

template <typename Fn>
void narrowRow(uint16_t *out, const float *x, int64_t count, Fn fn) {
  for (int64_t i = 0; i < count; i += 16) {
    __mmask16 lanes = firstLanes(count - i);
    _mm256_mask_storeu_epi16(out + i, lanes,
                             fn(_mm512_maskz_loadu_ps(lanes, x + i)));
  }
}

void widenBf16(float *out, const uint16_t *x, int64_t count) {
  widenRow(out, x, count, [](__m256i v) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16));
  });
}

void narrowBf16(uint16_t *out, const float *x, int64_t count) {
  // Uses integers, because the bf16 instruction flushes denormals to zero.
  narrowRow(out, x, count, [](__m512 v) {
    __m512i bits = _mm512_castps_si512(v);
    __m512i odd =
        _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    __m512i rounded = _mm512_add_epi32(
        _mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
    __mmask16 isNan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    rounded =
        _mm512_mask_or_epi32(rounded, isNan, bits, _mm512_set1_epi32(0x400000));
    return _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16));
  });
}

void widenF16(float *out, const uint16_t *x, int64_t count) {
  widenRow(out, x, count, [](__m256i v) { return _mm512_cvtph_ps(v); });
}

void narrowF16(uint16_t *out, const float *x, int64_t count) {
  narrowRow(out, x, count, [](__m512 v) {
    return _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  });
}

} // namespace

const graft::runtime::cpu::FloatConversions &
graft::runtime::cpu::floatConversionsAvx512() {
  static const FloatConversions table = {widenBf16, narrowBf16, widenF16,
                                         narrowF16};
  return table;
}
