//===- QuantizedRows.cpp - rows of int8 and uint8 values ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/QuantizedRows.h"

#include "runtime/cpu/Isa.h"

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

const QuantizedRowTable &cpu::quantizedRows() {
  return kernelsFor(currentIsa(), quantizedRowsPortable, quantizedRowsAvx2,
                    quantizedRowsAvx512);
}

void cpu::quantizeRow(ops::DType type, void *quantized, int64_t at,
                      const float *x, int64_t count, const RowScale &scale) {
  if (type == ops::DType::U8)
    quantizedRows().u8.quantize(static_cast<uint8_t *>(quantized) + at, x,
                                count, scale);
  else
    quantizedRows().i8.quantize(static_cast<int8_t *>(quantized) + at, x, count,
                                scale);
}

void cpu::dequantizeRow(ops::DType type, float *out, const void *quantized,
                        int64_t at, int64_t count, const RowScale &scale) {
  if (type == ops::DType::U8)
    quantizedRows().u8.dequantize(
        out, static_cast<const uint8_t *>(quantized) + at, count, scale);
  else
    quantizedRows().i8.dequantize(
        out, static_cast<const int8_t *>(quantized) + at, count, scale);
}
