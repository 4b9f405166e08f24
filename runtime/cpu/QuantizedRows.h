//===- QuantizedRows.h - rows of int8 and uint8 values --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_QUANTIZEDROWS_H
#define GRAFT_RUNTIME_CPU_QUANTIZEDROWS_H

#include "runtime/cpu/kernels/QuantizedRows.h"
#include "runtime/ops/Tensor.h"

namespace graft::runtime::cpu {

/// The conversions for this machine.
const QuantizedRowTable &quantizedRows();

inline bool isQuantized(ops::DType type) {
  return type == ops::DType::U8 || type == ops::DType::I8;
}

/// Converts floats to or from the elements of `quantized`, of type `type`, from
/// `at` on.
void quantizeRow(ops::DType type, void *quantized, int64_t at, const float *x,
                 int64_t count, const RowScale &scale);
void dequantizeRow(ops::DType type, float *out, const void *quantized,
                   int64_t at, int64_t count, const RowScale &scale);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_QUANTIZEDROWS_H
