//===- Halves.cpp - 16-bit floats in memory, floats in registers ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Halves.h"

#include "runtime/cpu/Isa.h"

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

static const HalfTable &halvesBf16() {
  static const HalfTable table = [] {
    HalfTable result = halvesAvx512();
    result.narrowBf16 = narrowBf16Natively;
    return result;
  }();
  return table;
}

const HalfTable &cpu::halves() {
  if (currentIsa() == Isa::Avx512 && hasBf16Products())
    return halvesBf16();
  return kernelsFor(currentIsa(), halvesPortable, halvesAvx2, halvesAvx512);
}

FloatRows::FloatRows(ops::DType type) {
  const HalfTable &table = halves();
  if (type == ops::DType::BF16) {
    widen = table.widenBf16;
    narrow = table.narrowBf16;
  } else if (type == ops::DType::F16) {
    widen = table.widenF16;
    narrow = table.narrowF16;
  }
}
