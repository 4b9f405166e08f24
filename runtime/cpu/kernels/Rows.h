//===- Rows.h - element-wise functions on rows of floats ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Included by files for one instruction set each; see ConvTile.h.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_ROWS_H
#define GRAFT_RUNTIME_CPU_KERNELS_ROWS_H

#include <cstdint>

namespace graft::runtime::cpu {

/// out[i] = f(x[i]); `out` may be `x`.
using UnaryRowFn = void (*)(float *out, const float *x, int64_t count,
                            float alpha, float beta);
/// out[i] = f(x[i], y[i]); a stride of 0 repeats x[0] or y[0]. `out` may be
/// either.
using BinaryRowFn = void (*)(float *out, const float *x, const float *y,
                             int64_t count, bool xRepeats, bool yRepeats);

struct UnaryRow {
  const char *kind;
  UnaryRowFn fn;
};
struct BinaryRow {
  const char *kind;
  BinaryRowFn fn;
};

/// The functions of one instruction set, each list ended by a null kind.
struct RowTable {
  const UnaryRow *unary;
  const BinaryRow *binary;
  /// out[i] = max(out[i], x[i]), NaN included, and out[i] += x[i].
  void (*maximum)(float *out, const float *x, int64_t count);
  void (*accumulate)(float *out, const float *x, int64_t count);
  void (*scale)(float *out, int64_t count, float factor);
  /// out[i] = exp(x[i] - shift); returns the sum.
  float (*exponentials)(float *out, const float *x, int64_t count, float shift);
  /// The sum and the largest value of a row, NaN if there is one, and the sum
  /// of its squares.
  float (*sum)(const float *x, int64_t count);
  float (*largest)(const float *x, int64_t count);
  float (*sumOfSquares)(const float *x, int64_t count);
  /// Extends `least` and `most` to the finite elements of a row.
  void (*finiteLimits)(const float *x, int64_t count, float &least,
                       float &most);
  /// The bins of a row in a histogram with `side` bins on each side of zero, of
  /// 1 / scale each; see runtime/ops/Observation.h. Elements that are not
  /// finite count in one more bin behind the last one.
  void (*bins)(float *out, const float *x, int64_t count, float scale,
               float side);
};

const RowTable &rowsAvx512();
const RowTable &rowsAvx2();
const RowTable &rowsPortable();

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_KERNELS_ROWS_H
