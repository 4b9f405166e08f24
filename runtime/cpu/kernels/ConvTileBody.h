//===- ConvTileBody.h - a tile, for any vector width ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Included once by each ConvTile<instruction set>.cpp. Everything here is in an
// anonymous namespace for the reason that Vector.h gives.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_CONVTILEBODY_H
#define GRAFT_RUNTIME_CPU_KERNELS_CONVTILEBODY_H

#include "runtime/cpu/kernels/ConvTile.h"
#include "runtime/cpu/kernels/Vector.h"

namespace {

using graft::runtime::cpu::kLanes;
using graft::runtime::cpu::Segment;
using graft::runtime::cpu::TileArgs;
using graft::runtime::cpu::TileFn;

/// Adds `Pixels` x `Vectors` products of each of `Depth` inputs and rows of
/// weights to the sums.
template <int Depth, int Pixels, int Vectors>
GRAFT_INLINE void addProducts(Vec::Value (&sums)[Pixels][Vectors],
                              const float *const (&pixels)[Pixels], int64_t k,
                              const float *weights, int64_t step) {
#pragma clang loop unroll(full)
  for (int d = 0; d < Depth; ++d) {
    Vec::Value w[Vectors];
#pragma clang loop unroll(full)
    for (int v = 0; v < Vectors; ++v)
      w[v] = Vec::load(weights + d * step + v * Vec::width);
#pragma clang loop unroll(full)
    for (int p = 0; p < Pixels; ++p) {
      Vec::Value x = Vec::splat(pixels[p][k + d]);
#pragma clang loop unroll(full)
      for (int v = 0; v < Vectors; ++v)
        sums[p][v] = Vec::fma(x, w[v], sums[p][v]);
    }
  }
}

/// One tile of `Pixels` pixels and `Vectors` vectors of channels, the first of
/// which is channel `first` of the block. `Whole` says that these vectors are
/// all of the block, so that its rows' distance is known.
template <int Pixels, int Vectors, bool Whole>
GRAFT_INLINE void runTile(const TileArgs &args, int64_t first) {
  constexpr int width = Vec::width;
  const int64_t step = Whole ? Vectors * width : args.step;
  const int64_t lanes = args.lanes - first;
  Vec::Value sums[Pixels][Vectors];
#pragma clang loop unroll(full)
  for (int v = 0; v < Vectors; ++v) {
    Vec::Value bias =
        args.bias ? Vec::load(args.bias + first + v * width, lanes - v * width)
                  : Vec::zero();
#pragma clang loop unroll(full)
    for (int p = 0; p < Pixels; ++p)
      sums[p][v] = bias;
  }

  // The lines that will be written: by the time the sums are there, so are
  // they.
#pragma clang loop unroll(full)
  for (int p = 0; p < Pixels; ++p)
#pragma clang loop unroll(full)
    for (int v = 0; v < Vectors; ++v)
      __builtin_prefetch(args.out[p] + args.channel + first + v * width, 1, 3);

  const char *nextWeights = args.nextWeights;
  const char *nextInput = args.nextInput;
  const char *nextLaunch = args.nextLaunch;
  for (int32_t s = 0; s < args.numSegments; ++s) {
    const Segment &segment = args.segments[s];
    if (!(args.anyRow >> segment.row & 1) ||
        !(args.anyColumn >> segment.column & 1))
      continue;
    const float *pixels[Pixels];
    if (args.mixed) {
      for (int p = 0; p < Pixels; ++p) {
        bool inside = (args.rows[p] >> segment.row & 1) &
                      (args.columns[p] >> segment.column & 1);
        pixels[p] = inside ? args.base[p] + segment.offset : args.zeros;
      }
    } else {
      for (int p = 0; p < Pixels; ++p)
        pixels[p] = args.base[p] + segment.offset;
    }
    const float *weights = args.weights + segment.weight * step + first;
    const int64_t length = segment.length;
    int64_t k = 0;
#pragma clang loop unroll(disable)
    for (; k + 4 <= length; k += 4) {
      __builtin_prefetch(nextWeights, 0, 2);
      __builtin_prefetch(nextWeights + 64, 0, 2);
      __builtin_prefetch(nextInput, 0, 2);
      nextWeights += 128;
      nextInput += 64;
      __builtin_prefetch(nextLaunch, 0, 2);
      nextLaunch += 64;
      addProducts<4>(sums, pixels, k, weights, step);
      weights += 4 * step;
    }
#pragma clang loop unroll(disable)
    for (; k < length; ++k) {
      addProducts<1>(sums, pixels, k, weights, step);
      weights += step;
    }
  }

  const Vec::Value low = Vec::splat(args.low), high = Vec::splat(args.high);
#pragma clang loop unroll(full)
  for (int p = 0; p < Pixels; ++p) {
    float *out = args.out[p] + args.channel + first;
#pragma clang loop unroll(full)
    for (int v = 0; v < Vectors; ++v) {
      Vec::Value x = sums[p][v];
      int64_t left = lanes - v * width;
      if (args.hasResidual)
        x = Vec::add(
            x, Vec::load(args.residual[p] + args.channel + first + v * width,
                         left));
      if (args.clamp) // NaN stays NaN
        x = Vec::min(high, Vec::max(low, x));
      if (Whole && v + 1 < Vectors) // only the last can be partial
        Vec::store(out + v * width, x);
      else
        Vec::store(out + v * width, x, left);
    }
  }
}

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_CONVTILEBODY_H
