//===- Convolution.h - direct convolutions --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// conv2d, and matmul with a matrix on the right, of the cpu provider.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_CONVOLUTION_CONVOLUTION_H
#define GRAFT_RUNTIME_CPU_CONVOLUTION_CONVOLUTION_H

#include "runtime/core/Provider.h"
#include "runtime/cpu/kernels/ConvTile.h"

namespace graft::runtime::cpu {

/// The tiles for currentIsa().
const TileTable &tileTable();

/// The tactic for a convolution with few groups, or none.
std::vector<Tactic> convolutionTactics(const LaunchDesc &launch, int threads);

/// The filter as blocks of up to kMaxBlockVectors * kLanes output channels:
/// [group][block][tap row][tap column][channel][lane].
Expected<PackedConstant> packFilter(const LaunchDesc &launch,
                                    const void *dense);
/// Bytes of a filter in the layout of its slot; 0 if packFilter() does not
/// produce that layout.
uint64_t packedFilterBytes(const LaunchDesc &launch);

Expected<std::unique_ptr<Kernel>> createConvolution(const LaunchDesc &launch,
                                                    int threads);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_CONVOLUTION_CONVOLUTION_H
