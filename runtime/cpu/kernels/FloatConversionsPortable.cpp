//===- FloatConversionsPortable.cpp - rows of 16-bit floats, one by one ---===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/FloatConversions.h"

#include "runtime/ops/Element.h"

namespace {

using graft::ops::BFloat16;
using graft::ops::Float16;

void widenBf16(float *out, const uint16_t *x, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    out[i] = graft::ops::toFloat(BFloat16{x[i]});
}
void narrowBf16(uint16_t *out, const float *x, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    out[i] = graft::ops::toBFloat16(x[i]).bits;
}
void widenF16(float *out, const uint16_t *x, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    out[i] = graft::ops::toFloat(Float16{x[i]});
}
void narrowF16(uint16_t *out, const float *x, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    out[i] = graft::ops::toFloat16(x[i]).bits;
}

} // namespace

const graft::runtime::cpu::FloatConversions &
graft::runtime::cpu::floatConversionsPortable() {
  static const FloatConversions table = {widenBf16, narrowBf16, widenF16,
                                         narrowF16};
  return table;
}
