//===- FloatRows.cpp - rows of f32, bf16 or f16 in memory -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/FloatRows.h"

#include "runtime/cpu/Isa.h"

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

static const FloatConversions &floatConversionsBf16() {
  static const FloatConversions table = [] {
    FloatConversions result = floatConversionsAvx512();
    result.narrowBf16 = narrowBf16Natively;
    return result;
  }();
  return table;
}

const FloatConversions &cpu::floatConversions() {
  if (currentIsa() == Isa::Avx512 && hasBf16Products())
    return floatConversionsBf16();
  return kernelsFor(currentIsa(), floatConversionsPortable,
                    floatConversionsAvx2, floatConversionsAvx512);
}

FloatRows::FloatRows(ops::DType type) {
  const FloatConversions &table = floatConversions();
  if (type == ops::DType::BF16) {
    widen = table.widenBf16;
    narrow = table.narrowBf16;
  } else if (type == ops::DType::F16) {
    widen = table.widenF16;
    narrow = table.narrowF16;
  }
}
