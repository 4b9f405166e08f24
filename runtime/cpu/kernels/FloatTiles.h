//===- FloatTiles.h - the arithmetic of tiles of floats -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_FLOATTILES_H
#define GRAFT_RUNTIME_CPU_KERNELS_FLOATTILES_H

#include "runtime/cpu/kernels/ConvTileBody.h"

namespace {

struct Floats {
  using Args = graft::runtime::cpu::TileArgs;
  using Word = Vec::Value;
  using Sum = Vec::Value;
  static constexpr int width = Vec::width;
  static constexpr int vectorsPerLine = 1;
  /// Wider vectors come with more registers.
  static constexpr int fewSums = Vec::width / 4;

  static GRAFT_INLINE Word load(const float *p) { return Vec::load(p); }
  static GRAFT_INLINE Word splat(const float *p) { return Vec::splat(*p); }
  static GRAFT_INLINE Sum multiplyAdd(Word x, Word w, Sum sum) {
    return Vec::fma(x, w, sum);
  }
  static GRAFT_INLINE Sum none() { return Vec::zero(); }
  static GRAFT_INLINE Sum add(Sum a, Sum b) { return Vec::add(a, b); }
  static GRAFT_INLINE Sum initial(const Args &args, int64_t channel,
                                  int64_t left) {
    return args.bias ? Vec::load(args.bias + channel, left) : Vec::zero();
  }
  static GRAFT_INLINE float *target(const Args &args, int pixel,
                                    int64_t channel) {
    return args.out[pixel] + args.channel + channel;
  }
  template <bool Whole, int Pixels, int Vectors>
  static GRAFT_INLINE void finish(const Args &args, int64_t first,
                                  Sum (&sums)[Pixels][Vectors]) {
    finishEach<Floats, Whole>(args, first, sums);
  }
  template <bool All>
  static GRAFT_INLINE void finishOne(const Args &args, int pixel,
                                     int64_t channel, int64_t left, Sum x) {
    if (args.hasResidual)
      x = Vec::add(
          x, Vec::load(args.residual[pixel] + args.channel + channel, left));
    if (args.clamp) // NaN stays NaN
      x = Vec::min(Vec::splat(args.high), Vec::max(Vec::splat(args.low), x));
    if (All)
      Vec::store(target(args, pixel, channel), x);
    else
      Vec::store(target(args, pixel, channel), x, left);
  }
};

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_FLOATTILES_H
