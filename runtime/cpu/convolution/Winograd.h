//===- Winograd.h - 3x3 convolutions with fewer products ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tactic of the convolution family.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_CONVOLUTION_WINOGRAD_H
#define GRAFT_RUNTIME_CPU_CONVOLUTION_WINOGRAD_H

#include "runtime/core/Provider.h"
#include "runtime/cpu/Problem.h"

namespace graft::runtime::cpu {

inline constexpr const char *kWinogradTactic = "winograd";
inline constexpr const char *kWinogradLayout = "winograd-2x2-3x3";

/// Whether the convolution has a 3x3 window that moves by one pixel, without
/// groups, in an image of at most 2^16 rows and columns.
bool canWinograd(const Conv2D &conv);

/// Seconds, by the cost model.
double winogradSeconds(const Conv2D &conv, int threads);

/// G w G' of each filter: [position][block][channel][lane], where a block has
/// 32 output channels and the last one 16 if that is enough. `dense` is HWIO.
PackedConstant packWinograd(const Conv2D &conv, const float *dense);

/// Bytes of that form.
uint64_t winogradBytes(const Conv2D &conv);

/// A kernel for a launch whose filter has the layout above; null if it has not
/// or cannot be described.
std::unique_ptr<Kernel> createWinograd(const LaunchDesc &launch, int threads);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_CONVOLUTION_WINOGRAD_H
