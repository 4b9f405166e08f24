//===- Weights.h - the weights of a launch as oneDNN sees them ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to this folder. Plan files state the format tag of packed weights;
// the tag and the launch determine their descriptor.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_ONEDNN_WEIGHTS_H
#define GRAFT_RUNTIME_CPU_ONEDNN_WEIGHTS_H

#include "runtime/core/Provider.h"
#include "runtime/cpu/onednn/Descs.h"

namespace graft::runtime::onednn {

/// Sizes in oneDNN's order, and where the elements of input 1 lie while they
/// are not packed.
struct Weights {
  Dims dims, strides;
};

/// The most dimensions of a matmul operand.
inline constexpr size_t kMaxMatrixRank = 6;

/// Whether a matmul applies one matrix to all rows of input 0, which then
/// count as one matrix too.
bool sharesMatrix(const LaunchDesc &launch);

/// Row-major matrices of `shape` with `rank` dimensions, at least 2.
Weights ofMatrices(const ops::Shape &shape, size_t rank, bool transposed);

/// The weights of a conv2d, conv2d_transpose or matmul of static shapes. False
/// for other launches and for shapes that oneDNN has no weights of.
bool readWeights(const LaunchDesc &launch, Weights &weights);

/// Bytes of input 1 in the form that its slot's layout names; 0 where that is
/// no form of this launch's weights.
uint64_t packedWeightBytes(const LaunchDesc &launch);

} // namespace graft::runtime::onednn

#endif // GRAFT_RUNTIME_CPU_ONEDNN_WEIGHTS_H
