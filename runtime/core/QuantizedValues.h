//===- QuantizedValues.h - the real values of quantized tensors -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan states quantization parameters where values are quantized; operations
// that only move values keep them. Kernels do not need them; readers of
// intermediate tensors do.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_QUANTIZEDVALUES_H
#define GRAFT_RUNTIME_CORE_QUANTIZEDVALUES_H

#include "runtime/core/Plan.h"

namespace graft::runtime {

/// real value = (quantized value - zeroPoint) * scale. A scale of 0 means that
/// the tensor is not quantized.
struct QuantizationParams {
  double scale = 0.0;
  double zeroPoint = 0.0;
};

/// The parameters of each output of each launch. Tensors have none of their
/// own, since several launches may write one.
std::vector<std::vector<QuantizationParams>>
findQuantizationParams(const Plan &plan);

/// Writes the real values of a tensor's elements, row-major, as f32.
void readRealValues(const ops::TensorType &type, const int64_t *strides,
                    const void *data, QuantizationParams params, float *reals);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_QUANTIZEDVALUES_H
