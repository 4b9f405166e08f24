//===- FloatRows.h - rows of f32, bf16 or f16 in memory -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_FLOATROWS_H
#define GRAFT_RUNTIME_CPU_FLOATROWS_H

#include "runtime/cpu/kernels/FloatConversions.h"
#include "runtime/ops/Tensor.h"

namespace graft::runtime::cpu {

/// The conversions for this machine.
const FloatConversions &floatConversions();

inline bool is16BitFloat(ops::DType type) {
  return type == ops::DType::BF16 || type == ops::DType::F16;
}

/// Reads and writes rows of f32, bf16 or f16 in memory as f32.
class FloatRows {
public:
  FloatRows(ops::DType type = ops::DType::F32);

  /// Whether the type is one of the three.
  static bool holds(ops::DType type) {
    return type == ops::DType::F32 || is16BitFloat(type);
  }

  /// Returns `count` floats from element `at` of `data` on: a pointer into
  /// `data`, or converted copies in `buffer`.
  const float *read(const void *data, int64_t at, int64_t count,
                    float *buffer) const {
    if (!widen)
      return static_cast<const float *>(data) + at;
    widen(buffer, static_cast<const uint16_t *>(data) + at, count);
    return buffer;
  }
  /// Returns where to write `count` floats: element `at`, or `buffer`, which
  /// write() then converts.
  float *place(void *data, int64_t at, float *buffer) const {
    return narrow ? buffer : static_cast<float *>(data) + at;
  }
  void write(void *data, int64_t at, int64_t count, const float *buffer) const {
    if (narrow)
      narrow(static_cast<uint16_t *>(data) + at, buffer, count);
  }

private:
  void (*widen)(float *, const uint16_t *, int64_t) = nullptr;
  void (*narrow)(uint16_t *, const float *, int64_t) = nullptr;
};

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_FLOATROWS_H
