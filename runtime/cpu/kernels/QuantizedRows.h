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

/// number = (code - zero) * factor; code = number * factor, rounded, + zero.
/// With one factor and zero for all elements, or one for each.
struct RowScale {
  const float *factor;
  const float *zero;
  bool repeats;
};

/// Conversions of rows between floats and codes. What has no code saturates;
/// NaN becomes the least code.
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
