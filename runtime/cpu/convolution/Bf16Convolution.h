//===- Bf16Convolution.h - convolutions of bf16 ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// conv2d, and matmul with a matrix on the right, of bf16 with bf16, on machines
// with bf16 instructions.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_CONVOLUTION_BF16CONVOLUTION_H
#define GRAFT_RUNTIME_CPU_CONVOLUTION_BF16CONVOLUTION_H

#include "runtime/core/Provider.h"

namespace graft::runtime::cpu {

std::vector<Tactic> bf16ConvolutionTactics(const LaunchDesc &launch,
                                           int threads);

/// The filter in blocks of output channels, as packFilter() has it, in words of
/// two input channels: [group][block][tap row, tap column, channel / 2][lane]
/// [channel % 2].
Expected<PackedConstant> packBf16Filter(const LaunchDesc &launch,
                                        const void *dense);
/// Bytes of a filter in that form; 0 if its slot's layout is another.
uint64_t packedBf16FilterBytes(const LaunchDesc &launch);

Expected<std::unique_ptr<Kernel>>
createBf16Convolution(const LaunchDesc &launch, int threads);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_CONVOLUTION_BF16CONVOLUTION_H
