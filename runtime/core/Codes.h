//===- Codes.h - the numbers that codes stand for -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan says what its codes of 8 bits mean where they are made; what only
// moves them keeps it. Kernels never ask: who looks into a run does.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_CODES_H
#define GRAFT_RUNTIME_CORE_CODES_H

#include "runtime/core/Plan.h"

namespace graft::runtime {

/// A code stands for (code - zeroPoint) * scale. A scale of 0 says that the
/// elements are the numbers themselves.
struct CodeScale {
  double scale = 0.0;
  double zeroPoint = 0.0;
};

/// Of each output of each launch. Tensors have no scale of their own, since one
/// may be written several times.
std::vector<std::vector<CodeScale>> findCodeScales(const Plan &plan);

/// Writes the numbers that a tensor's elements stand for, row-major, as f32.
void readNumbers(const ops::TensorType &type, const int64_t *strides,
                 const void *data, CodeScale scale, float *numbers);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_CODES_H
