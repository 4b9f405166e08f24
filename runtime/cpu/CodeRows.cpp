//===- CodeRows.cpp - codes of 8 bits in memory, floats in registers ------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/CodeRows.h"

#include "runtime/cpu/Isa.h"

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

const CodeRowTable &cpu::codeRows() {
  return kernelsFor(currentIsa(), codeRowsPortable, codeRowsAvx2,
                    codeRowsAvx512);
}

void cpu::quantizeRow(ops::DType type, void *codes, int64_t at, const float *x,
                      int64_t count, const CodeScale &scale) {
  if (type == ops::DType::U8)
    codeRows().u8.quantize(static_cast<uint8_t *>(codes) + at, x, count, scale);
  else
    codeRows().i8.quantize(static_cast<int8_t *>(codes) + at, x, count, scale);
}

void cpu::dequantizeRow(ops::DType type, float *out, const void *codes,
                        int64_t at, int64_t count, const CodeScale &scale) {
  if (type == ops::DType::U8)
    codeRows().u8.dequantize(out, static_cast<const uint8_t *>(codes) + at,
                             count, scale);
  else
    codeRows().i8.dequantize(out, static_cast<const int8_t *>(codes) + at,
                             count, scale);
}
