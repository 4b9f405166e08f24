//===- QuantizedRows.h - rows of quantized values -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Included by files for one instruction set each; see ConvTile.h.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDROWS_H
#define GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDROWS_H

#include <cstdint>

namespace graft::runtime::cpu {

/// real = (quantized - zero) * factor; quantized = round(real * factor) + zero.
/// All elements share one factor and zero, or each has its own.
struct RowScale {
  const float *factor;
  const float *zero;
  bool repeats;
};

/// Conversions of rows between floats and quantized values. Values out of range
/// saturate; NaN becomes the least value.
template <typename Quantized>
struct QuantizedRowFns {
  void (*quantize)(Quantized *out, const float *x, int64_t count,
                   const RowScale &scale);
  void (*dequantize)(float *out, const Quantized *x, int64_t count,
                     const RowScale &scale);
};

struct QuantizedRowTable {
  QuantizedRowFns<uint8_t> u8;
  QuantizedRowFns<int8_t> i8;
};

const QuantizedRowTable &quantizedRowsAvx512();
const QuantizedRowTable &quantizedRowsAvx2();
const QuantizedRowTable &quantizedRowsPortable();

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDROWS_H
