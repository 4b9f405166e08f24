//===- CodeRows.h - codes of 8 bits in memory, floats in registers --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_CODEROWS_H
#define GRAFT_RUNTIME_CPU_CODEROWS_H

#include "runtime/cpu/kernels/CodeRows.h"
#include "runtime/ops/Tensor.h"

namespace graft::runtime::cpu {

/// The conversions for this machine.
const CodeRowTable &codeRows();

inline bool isCode(ops::DType type) {
  return type == ops::DType::U8 || type == ops::DType::I8;
}

/// Elements `at` and on of `codes`, which are of `type`, from or to floats.
void quantizeRow(ops::DType type, void *codes, int64_t at, const float *x,
                 int64_t count, const CodeScale &scale);
void dequantizeRow(ops::DType type, float *out, const void *codes, int64_t at,
                   int64_t count, const CodeScale &scale);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_CODEROWS_H
