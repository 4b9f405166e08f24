//===- ConvTileBody.h - a tile, for any vector width ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Included once by each file of tiles. `Arithmetic` says what is multiplied:
//
//   using Args;                   // what its tiles are given
//   using Word, Sum;              // vectors of words and of sums
//   static constexpr int width;   // lanes of both
//   static constexpr int vectorsPerLine; // results of a line of memory
//   static constexpr int fewSums; // how many wait for one another, see below
//   load(const float *), splat(const float *) -> Word
//   multiplyAdd(Word x, Word w, Sum) -> Sum
//   initial(args, channel, left), none(), add(Sum, Sum) -> Sum
//   finish<Whole>(args, first, sums) // Sum[pixels][vectors]; see runTile()
//   target(args, pixel, channel) -> what finish() will write
//
// finish() may leave it to finishEach() to call, for one vector,
//
//   finishOne<All>(args, pixel, channel, left, Sum) // All: no lane is missing
//
// Everything here is in an anonymous namespace for the reason that Vector.h
// states.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_CONVTILEBODY_H
#define GRAFT_RUNTIME_CPU_KERNELS_CONVTILEBODY_H

#include "runtime/cpu/kernels/ConvTile.h"
#include "runtime/cpu/kernels/Vector.h"

namespace {

using graft::runtime::cpu::kLanes;
using graft::runtime::cpu::Segment;

/// Partial sums for each result of a tile with this many: a few sums would wait
/// for one another, and a long sum of floats rounds more than partial sums.
template <typename Arithmetic>
constexpr int chainsFor(int sums) {
  return sums <= Arithmetic::fewSums ? 4 : 1;
}

/// Adds `Pixels` x `Vectors` products of each of `Depth` inputs and rows of
/// weights to the sums, to each chain of them in turn.
template <typename Arithmetic, int Depth, int Chains, int Pixels, int Vectors>
GRAFT_INLINE void
addProducts(typename Arithmetic::Sum (&sums)[Chains][Pixels][Vectors],
            const float *const (&pixels)[Pixels], int64_t k,
            const float *weights, int64_t step) {
#pragma clang loop unroll(full)
  for (int d = 0; d < Depth; ++d) {
    typename Arithmetic::Word w[Vectors];
#pragma clang loop unroll(full)
    for (int v = 0; v < Vectors; ++v)
      w[v] = Arithmetic::load(weights + d * step + v * Arithmetic::width);
    // There are more pixels than registers for pointers. If the compiler must
    // read them from memory, it does not spill and reload them.
    const float *const *where = pixels;
    asm volatile("" : "+r"(where));
#pragma clang loop unroll(full)
    for (int p = 0; p < Pixels; ++p) {
      typename Arithmetic::Word x = Arithmetic::splat(where[p] + k + d);
#pragma clang loop unroll(full)
      for (int v = 0; v < Vectors; ++v)
        sums[d % Chains][p][v] =
            Arithmetic::multiplyAdd(x, w[v], sums[d % Chains][p][v]);
    }
  }
}

/// finish() of a tile, vector by vector.
template <typename Arithmetic, bool Whole, int Pixels, int Vectors>
GRAFT_INLINE void
finishEach(const typename Arithmetic::Args &args, int64_t first,
           const typename Arithmetic::Sum (&sums)[Pixels][Vectors]) {
  constexpr int width = Arithmetic::width;
#pragma clang loop unroll(full)
  for (int p = 0; p < Pixels; ++p)
#pragma clang loop unroll(full)
    for (int v = 0; v < Vectors; ++v) {
      const int64_t channel = first + v * width;
      const int64_t left = args.lanes - channel;
      if (Whole && v + 1 < Vectors) // only the last can be partial
        Arithmetic::template finishOne<true>(args, p, channel, left,
                                             sums[p][v]);
      else
        Arithmetic::template finishOne<false>(args, p, channel, left,
                                              sums[p][v]);
    }
}

/// One tile of `Pixels` pixels and `Vectors` vectors of channels, the first of
/// which is channel `first` of the block. `Whole` says that these vectors are
/// all of the block, so that its rows' distance is known.
template <typename Arithmetic, int Pixels, int Vectors, bool Whole>
GRAFT_INLINE void runTile(const typename Arithmetic::Args &args,
                          int64_t first) {
  constexpr int width = Arithmetic::width;
  const int64_t step = Whole ? Vectors * width : args.step;
  const int64_t lanes = args.lanes - first;
  constexpr int chains = chainsFor<Arithmetic>(Pixels * Vectors);
  typename Arithmetic::Sum sums[chains][Pixels][Vectors];
#pragma clang loop unroll(full)
  for (int v = 0; v < Vectors; ++v) {
    typename Arithmetic::Sum initial =
        Arithmetic::initial(args, first + v * width, lanes - v * width);
#pragma clang loop unroll(full)
    for (int p = 0; p < Pixels; ++p) {
      sums[0][p][v] = initial;
#pragma clang loop unroll(full)
      for (int c = 1; c < chains; ++c)
        sums[c][p][v] = Arithmetic::none();
    }
  }

  // Prefetches the output lines: they arrive while the sums are computed.
#pragma clang loop unroll(full)
  for (int p = 0; p < Pixels; ++p)
#pragma clang loop unroll(full)
    for (int v = 0; v < Vectors; v += Arithmetic::vectorsPerLine)
      __builtin_prefetch(Arithmetic::target(args, p, first + v * width), 1, 3);

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
      addProducts<Arithmetic, 4, chains>(sums, pixels, k, weights, step);
      weights += 4 * step;
    }
#pragma clang loop unroll(disable)
    for (; k < length; ++k) {
      addProducts<Arithmetic, 1, chains>(sums, pixels, k, weights, step);
      weights += step;
    }
  }

  if constexpr (chains == 4)
#pragma clang loop unroll(full)
    for (int p = 0; p < Pixels; ++p)
#pragma clang loop unroll(full)
      for (int v = 0; v < Vectors; ++v)
        sums[0][p][v] =
            Arithmetic::add(Arithmetic::add(sums[0][p][v], sums[1][p][v]),
                            Arithmetic::add(sums[2][p][v], sums[3][p][v]));
  Arithmetic::template finish<Whole>(args, first, sums[0]);
}

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_CONVTILEBODY_H
