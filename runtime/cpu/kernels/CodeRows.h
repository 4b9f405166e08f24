//===- CodeRows.h - rows of codes of 8 bits -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Included by files for one instruction set each; see ConvTile.h.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_CODEROWS_H
#define GRAFT_RUNTIME_CPU_KERNELS_CODEROWS_H

#include <cstdint>

namespace graft::runtime::cpu {

/// number = (code - zero) * factor; code = number * factor, rounded, + zero.
/// With one factor and zero for all elements, or one for each.
struct CodeScale {
  const float *factor;
  const float *zero;
  bool repeats;
};

/// Conversions of rows between floats and codes. What has no code saturates;
/// NaN becomes the least code.
template <typename Code>
struct CodeRowFns {
  void (*quantize)(Code *out, const float *x, int64_t count,
                   const CodeScale &scale);
  void (*dequantize)(float *out, const Code *x, int64_t count,
                     const CodeScale &scale);
};

struct CodeRowTable {
  CodeRowFns<uint8_t> u8;
  CodeRowFns<int8_t> i8;
};

const CodeRowTable &codeRowsAvx512();
const CodeRowTable &codeRowsAvx2();
const CodeRowTable &codeRowsPortable();

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_KERNELS_CODEROWS_H
