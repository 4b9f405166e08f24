//===- FloatConversions.h - rows of 16-bit floats -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Included by files for one instruction set each; see ConvTile.h.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_FLOATCONVERSIONS_H
#define GRAFT_RUNTIME_CPU_KERNELS_FLOATCONVERSIONS_H

#include <cstdint>

namespace graft::runtime::cpu {

/// Conversions of rows between f32 and bf16 or f16. Narrowing rounds to
/// nearest, ties to even; NaN stays NaN.
struct FloatConversions {
  void (*widenBf16)(float *out, const uint16_t *x, int64_t count);
  void (*narrowBf16)(uint16_t *out, const float *x, int64_t count);
  void (*widenF16)(float *out, const uint16_t *x, int64_t count);
  void (*narrowF16)(uint16_t *out, const float *x, int64_t count);
};

/// narrowBf16 for machines with bf16 instructions, which use
/// floatConversionsAvx512() otherwise.
void narrowBf16Natively(uint16_t *out, const float *x, int64_t count);
const FloatConversions &floatConversionsAvx512();
const FloatConversions &floatConversionsAvx2();
const FloatConversions &floatConversionsPortable();

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_KERNELS_FLOATCONVERSIONS_H
