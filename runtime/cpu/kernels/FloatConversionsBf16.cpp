//===- FloatConversionsBf16.cpp - rows of bf16, rounded by the processor --===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bf16 instruction flushes denormals to zero, so vectors with a denormal
// use integers.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/FloatConversions.h"

#include <immintrin.h>

namespace {

constexpr int64_t kLanes = 16;
constexpr int kDenormal = 0x20; // as vfpclassps has it

bool hasDenormal(__m512 x) { return _mm512_fpclass_ps_mask(x, kDenormal) != 0; }

} // namespace

void graft::runtime::cpu::narrowBf16Natively(uint16_t *out, const float *x,
                                             int64_t count) {
  const auto inIntegers =
      graft::runtime::cpu::floatConversionsAvx512().narrowBf16;
  int64_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    __m512 low = _mm512_loadu_ps(x + i);
    __m512 high = _mm512_loadu_ps(x + i + kLanes);
    if (__builtin_expect(hasDenormal(low) || hasDenormal(high), 0))
      inIntegers(out + i, x + i, 2 * kLanes);
    else
      _mm512_storeu_si512(
          out + i, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low)));
  }
  if (i < count)
    inIntegers(out + i, x + i, count - i);
}
