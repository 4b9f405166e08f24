//===- QuantizedConvolution.h - convolutions of uint8 with int8 -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// conv2d, and matmul with a matrix on the right, of u8 with i8, as
// nn-fuse-quantization makes them.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_CONVOLUTION_QUANTIZEDCONVOLUTION_H
#define GRAFT_RUNTIME_CPU_CONVOLUTION_QUANTIZEDCONVOLUTION_H

#include "runtime/core/Provider.h"

namespace graft::runtime::cpu {

std::vector<Tactic> quantizedConvolutionTactics(const LaunchDesc &launch,
                                                int threads);

/// The filter in blocks of output channels, as packFilter() has it, in words of
/// four input channels: [group][block][1 + tap row, tap column, channel / 4]
/// [lane][channel % 4]. The first row holds 32-bit initial sums, which correct
/// for the zero point of the input.
Expected<PackedConstant> packQuantizedFilter(const LaunchDesc &launch,
                                             const void *dense);
/// Bytes of a filter in that form; 0 if its slot's layout is another.
uint64_t packedQuantizedFilterBytes(const LaunchDesc &launch);

Expected<std::unique_ptr<Kernel>>
createQuantizedConvolution(const LaunchDesc &launch, int threads);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_CONVOLUTION_QUANTIZEDCONVOLUTION_H
