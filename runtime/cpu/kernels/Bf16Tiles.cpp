//===- Bf16Tiles.cpp - tiles of bf16 in 512-bit vectors -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One instruction multiplies the bf16 values of two channels with 16 x 2
// weights and adds the products to 16 sums, so a tile is like one of f32 with
// twice the channels.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/TileTables.h"

#include <immintrin.h>

namespace {

struct Bf16 {
  using Args = graft::runtime::cpu::Bf16TileArgs;
  using Word = __m512bh;
  using Sum = __m512;
  static constexpr int width = 16;
  static constexpr int vectorsPerLine = 2;
  static constexpr int fewSums = 6;

  static GRAFT_INLINE Word load(const float *p) {
    return reinterpret_cast<Word>(_mm512_loadu_ps(p));
  }
  static GRAFT_INLINE Word splat(const float *p) {
    return reinterpret_cast<Word>(_mm512_set1_ps(*p));
  }
  static GRAFT_INLINE Sum multiplyAdd(Word x, Word w, Sum sum) {
    return _mm512_dpbf16_ps(sum, x, w);
  }
  static GRAFT_INLINE Sum none() { return _mm512_setzero_ps(); }
  static GRAFT_INLINE Sum add(Sum a, Sum b) { return _mm512_add_ps(a, b); }
  static GRAFT_INLINE __mmask16 first(int64_t count) {
    return static_cast<__mmask16>(count >= width ? 0xffffu
                                                 : (1u << count) - 1u);
  }
  static GRAFT_INLINE Sum initial(const Args &args, int64_t channel,
                                  int64_t left) {
    return args.bias ? _mm512_maskz_loadu_ps(first(left), args.bias + channel)
                     : none();
  }
  static GRAFT_INLINE char *target(const Args &args, int pixel,
                                   int64_t channel) {
    int64_t at = args.channel + channel;
    return static_cast<char *>(args.out[pixel]) +
           (args.makesBf16 ? 2 * at : 4 * at);
  }
  template <Args::Residual Kind>
  static GRAFT_INLINE Sum addResidual(const Args &args, int pixel,
                                      int64_t channel, __mmask16 lanes, Sum x) {
    using Residual = Args::Residual;
    const int64_t at = args.channel + channel;
    if constexpr (Kind == Residual::None)
      return x;
    else if constexpr (Kind == Residual::Floats)
      return _mm512_add_ps(
          x, _mm512_maskz_loadu_ps(
                 lanes, static_cast<const float *>(args.residual[pixel]) + at));
    __m256i bits = _mm256_maskz_loadu_epi16(
        lanes, static_cast<const uint16_t *>(args.residual[pixel]) + at);
    return _mm512_add_ps(x, _mm512_castsi512_ps(_mm512_slli_epi32(
                                _mm512_cvtepu16_epi32(bits), 16)));
  }

  /// Writes the sums of a tile, two vectors at a time if they are rounded.
  template <Args::Residual Kind, bool MakesBf16, int Pixels, int Vectors>
  static GRAFT_INLINE void write(const Args &args,
                                 const Sum (&sums)[Pixels][Vectors]) {
    const __m512 low = _mm512_set1_ps(args.low);
    const __m512 high = _mm512_set1_ps(args.high);
    const __mmask16 last = first(args.lanes - (Vectors - 1) * width);
#pragma clang loop unroll(full)
    for (int p = 0; p < Pixels; ++p) {
      auto value = [&](int v) {
        const __mmask16 lanes = v + 1 < Vectors ? __mmask16(0xffff) : last;
        Sum x = addResidual<Kind>(args, p, v * width, lanes, sums[p][v]);
        // NaN stays NaN.
        return _mm512_min_ps(high, _mm512_max_ps(low, x));
      };
#pragma clang loop unroll(full)
      for (int v = 0; v < Vectors; v += MakesBf16 ? 2 : 1) {
        const __mmask16 lanes = v + 1 < Vectors ? __mmask16(0xffff) : last;
        char *to = target(args, p, v * width);
        if (!MakesBf16) {
          _mm512_mask_storeu_ps(to, lanes, value(v));
        } else if (v + 1 < Vectors) {
          const __mmask32 both =
              __mmask32(v + 2 < Vectors ? 0xffffu : last) << width | 0xffffu;
          _mm512_mask_storeu_epi16(
              to, both,
              reinterpret_cast<__m512i>(
                  _mm512_cvtne2ps_pbh(value(v + 1), value(v))));
        } else {
          _mm256_mask_storeu_epi16(
              to, lanes,
              reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value(v))));
        }
      }
    }
  }

  template <bool MakesBf16, int Pixels, int Vectors>
  static GRAFT_INLINE void write(const Args &args,
                                 const Sum (&sums)[Pixels][Vectors]) {
    using Residual = Args::Residual;
    switch (args.residualKind) {
    case Residual::None:
      return write<Residual::None, MakesBf16>(args, sums);
    case Residual::Bf16:
      return write<Residual::Bf16, MakesBf16>(args, sums);
    case Residual::Floats:
      return write<Residual::Floats, MakesBf16>(args, sums);
    }
  }

  template <bool Whole, int Pixels, int Vectors>
  static GRAFT_INLINE void finish(const Args &args, int64_t,
                                  const Sum (&sums)[Pixels][Vectors]) {
    static_assert(Whole, "tiles are as wide as their blocks");
    if (args.makesBf16)
      write<true>(args, sums);
    else
      write<false>(args, sums);
  }
};

} // namespace

const graft::runtime::cpu::Bf16TileTable &graft::runtime::cpu::bf16Tiles() {
  static constexpr Bf16TileTable table = makeWideTable<Bf16>();
  return table;
}
