//===- CodeTarget.h - where a tile of quantized values goes -----*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every arithmetic of CodeTileArgs has. In an anonymous namespace for the
// reason that Vector.h states.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_CODETARGET_H
#define GRAFT_RUNTIME_CPU_KERNELS_CODETARGET_H

#include "runtime/cpu/kernels/ConvTileBody.h"

namespace {

struct CodeTarget {
  using Args = graft::runtime::cpu::CodeTileArgs;

  static GRAFT_INLINE char *target(const Args &args, int pixel,
                                   int64_t channel) {
    int64_t at = args.channel + channel;
    return static_cast<char *>(args.out[pixel]) +
           (args.makesCodes ? at : 4 * at);
  }
};

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_CODETARGET_H
