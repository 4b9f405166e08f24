//===- QuantizedTarget.h - where a quantized tile goes ----------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shared by all arithmetics of QuantizedTileArgs. In an anonymous namespace for
// the reason that Vector.h states.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDTARGET_H
#define GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDTARGET_H

#include "runtime/cpu/kernels/ConvTileBody.h"

namespace {

struct QuantizedTarget {
  using Args = graft::runtime::cpu::QuantizedTileArgs;

  static GRAFT_INLINE char *target(const Args &args, int pixel,
                                   int64_t channel) {
    int64_t at = args.channel + channel;
    return static_cast<char *>(args.out[pixel]) +
           (args.makesQuantized ? at : 4 * at);
  }
};

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDTARGET_H
