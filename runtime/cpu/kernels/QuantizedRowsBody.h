//===- QuantizedRowsBody.h - quantized rows, for any vector width ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Included once by each QuantizedRows<instruction set>.cpp.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDROWSBODY_H
#define GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDROWSBODY_H

#include "runtime/cpu/kernels/QuantizedRows.h"
#include "runtime/cpu/kernels/VectorQuantized.h"

namespace {

using Value = Vec::Value;
using graft::runtime::cpu::QuantizedRowFns;
using graft::runtime::cpu::QuantizedRowTable;
using graft::runtime::cpu::RowScale;

/// Calls fn(i, count, factor, zero) for the vectors of a row.
template <typename Fn>
GRAFT_INLINE void forVectors(int64_t count, const RowScale &scale, Fn fn) {
  int64_t i = 0;
  if (scale.repeats) {
    Value factor = Vec::splat(*scale.factor), zero = Vec::splat(*scale.zero);
    for (; i + Vec::width <= count; i += Vec::width)
      fn(i, Vec::width, factor, zero);
    if (i < count)
      fn(i, count - i, factor, zero);
    return;
  }
  for (; i + Vec::width <= count; i += Vec::width)
    fn(i, Vec::width, Vec::load(scale.factor + i), Vec::load(scale.zero + i));
  if (i < count)
    fn(i, count - i, Vec::load(scale.factor + i, count - i),
       Vec::load(scale.zero + i, count - i));
}

template <typename Quantized>
void quantizeRow(Quantized *out, const float *x, int64_t count,
                 const RowScale &scale) {
  forVectors(
      count, scale, [=](int64_t i, int64_t some, Value factor, Value zero) {
        Value value =
            some == Vec::width ? Vec::load(x + i) : Vec::load(x + i, some);
        storeQuantized(out + i,
                       toQuantized<Quantized>(Vec::mul(value, factor), zero),
                       some);
      });
}

template <typename Quantized>
void dequantizeRow(float *out, const Quantized *x, int64_t count,
                   const RowScale &scale) {
  forVectors(count, scale,
             [=](int64_t i, int64_t some, Value factor, Value zero) {
               Value value = loadQuantized(x + i, some);
               value = Vec::mul(Vec::sub(value, zero), factor);
               if (some == Vec::width)
                 Vec::store(out + i, value);
               else
                 Vec::store(out + i, value, some);
             });
}

template <typename Quantized>
constexpr QuantizedRowFns<Quantized> rowFns() {
  return {quantizeRow<Quantized>, dequantizeRow<Quantized>};
}

const QuantizedRowTable &table() {
  static const QuantizedRowTable rows = {rowFns<uint8_t>(), rowFns<int8_t>()};
  return rows;
}

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDROWSBODY_H
