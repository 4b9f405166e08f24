//===- FloatConversionsAvx2.cpp - rows of 16-bit floats, eight at a time --===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/FloatConversions.h"

#include <cstring>
#include <immintrin.h>

namespace {

/// Calls `fn(out, x)` for each eight elements; the last ones go through a
/// buffer.
template <typename Out, typename In, typename Fn>
void forEights(Out *out, const In *x, int64_t count, Fn fn) {
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    fn(out + i, x + i);
  if (i == count)
    return;
  In from[8] = {};
  Out to[8];
  std::memcpy(from, x + i, static_cast<size_t>(count - i) * sizeof(In));
  fn(to, from);
  std::memcpy(out + i, to, static_cast<size_t>(count - i) * sizeof(Out));
}

__m128i load(const uint16_t *x) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i *>(x));
}
void store(uint16_t *out, __m128i v) {
  _mm_storeu_si128(reinterpret_cast<__m128i *>(out), v);
}

void widenBf16(float *out, const uint16_t *x, int64_t count) {
  forEights(out, x, count, [](float *to, const uint16_t *from) {
    __m256i bits = _mm256_slli_epi32(_mm256_cvtepu16_epi32(load(from)), 16);
    _mm256_storeu_ps(to, _mm256_castsi256_ps(bits));
  });
}

void narrowBf16(uint16_t *out, const float *x, int64_t count) {
  forEights(out, x, count, [](uint16_t *to, const float *from) {
    __m256 v = _mm256_loadu_ps(from);
    __m256i bits = _mm256_castps_si256(v);
    __m256i odd =
        _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    __m256i rounded = _mm256_add_epi32(
        _mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd);
    __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    rounded = _mm256_castps_si256(_mm256_blendv_ps(
        _mm256_castsi256_ps(rounded), _mm256_castsi256_ps(quiet),
        _mm256_cmp_ps(v, v, _CMP_UNORD_Q)));
    __m256i upper = _mm256_srli_epi32(rounded, 16);
    store(to, _mm_packus_epi32(_mm256_castsi256_si128(upper),
                               _mm256_extracti128_si256(upper, 1)));
  });
}

void widenF16(float *out, const uint16_t *x, int64_t count) {
  forEights(out, x, count, [](float *to, const uint16_t *from) {
    _mm256_storeu_ps(to, _mm256_cvtph_ps(load(from)));
  });
}

void narrowF16(uint16_t *out, const float *x, int64_t count) {
  forEights(out, x, count, [](uint16_t *to, const float *from) {
    store(to, _mm256_cvtps_ph(_mm256_loadu_ps(from),
                              _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  });
}

} // namespace

const graft::runtime::cpu::FloatConversions &
graft::runtime::cpu::floatConversionsAvx2() {
  static const FloatConversions table = {widenBf16, narrowBf16, widenF16,
                                         narrowF16};
  return table;
}
