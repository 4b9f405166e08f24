//===- QuantizedTilesVnni.cpp - quantized tiles in 512-bit vectors --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One instruction multiplies the uint8 values of four channels with 16 x 4
// weights and adds the products to 16 sums, so a tile is like one of f32 with
// four times the channels.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/QuantizedTarget.h"
#include "runtime/cpu/kernels/TileTables.h"

#include <immintrin.h>

namespace {

template <int Vectors>
struct Finish;

struct QuantizedValues : QuantizedTarget {
  using Word = __m512i;
  using Sum = __m512i;
  static constexpr int width = 16;
  static constexpr int vectorsPerLine = 4;
  static constexpr int fewSums = 4;

  static GRAFT_INLINE Word load(const float *p) {
    return _mm512_loadu_si512(p);
  }
  static GRAFT_INLINE Word splat(const float *p) {
    return _mm512_castps_si512(_mm512_set1_ps(*p));
  }
  static GRAFT_INLINE Sum multiplyAdd(Word x, Word w, Sum sum) {
    return _mm512_dpbusd_epi32(sum, x, w);
  }
  static GRAFT_INLINE Sum none() { return _mm512_setzero_si512(); }
  static GRAFT_INLINE Sum add(Sum a, Sum b) { return _mm512_add_epi32(a, b); }
  static GRAFT_INLINE Sum initial(const Args &args, int64_t channel, int64_t) {
    return _mm512_loadu_si512(args.initial + channel);
  }
  /// Passes the sums in memory: with the epilogue in the same function,
  /// compilers run out of registers in the loop over the products.
  template <bool Whole, int Pixels, int Vectors>
  static GRAFT_INLINE void finish(const Args &args, int64_t,
                                  const Sum (&sums)[Pixels][Vectors]) {
    static_assert(Whole, "tiles are as wide as their blocks");
    Sum all[Pixels][Vectors];
#pragma clang loop unroll(full)
    for (int p = 0; p < Pixels; ++p)
#pragma clang loop unroll(full)
      for (int v = 0; v < Vectors; ++v)
        all[p][v] = sums[p][v];
    Finish<Vectors>::run(args, all, Pixels);
  }
};

/// The epilogue of a tile.
template <int Vectors>
struct Finish {
  using Args = QuantizedValues::Args;
  using Residual = Args::Residual;
  static constexpr int width = QuantizedValues::width;
  /// Pixels whose vectors fill whole vectors of bytes.
  static constexpr int together = Vectors % 4 == 0   ? 1
                                  : Vectors % 2 == 0 ? 2
                                                     : 4;

  /// The lanes of vector `v` that exist: all, except in the last vector.
  static GRAFT_INLINE __mmask16 lanesOf(const Args &args, int v) {
    const int64_t count = args.lanes - v * width;
    return static_cast<__mmask16>(
        v + 1 < Vectors || count >= width ? 0xffffu : (1u << count) - 1u);
  }

  template <Residual Kind>
  static GRAFT_INLINE __m512 addResidual(const Args &args, int pixel, int v,
                                         __m512 x) {
    const int64_t at = args.channel + v * width;
    const __mmask16 lanes = lanesOf(args, v);
    __m512 other;
    if constexpr (Kind == Residual::None)
      return x;
    else if constexpr (Kind == Residual::Quantized)
      other = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(
          lanes, static_cast<const uint8_t *>(args.residual[pixel]) + at)));
    else
      other = _mm512_maskz_loadu_ps(
          lanes, static_cast<const float *>(args.residual[pixel]) + at);
    return _mm512_fmadd_ps(other, _mm512_set1_ps(args.residualScale), x);
  }

  /// Writes `Some` vectors of u8, from quarter `Quarter` of `bytes` on.
  template <int Quarter, int Some>
  static GRAFT_INLINE void storeQuarters(char *to, __m512i bytes,
                                         __mmask64 lanes) {
    if constexpr (Some == 4)
      _mm512_mask_storeu_epi8(to, lanes, bytes);
    else if constexpr (Some == 2)
      _mm256_mask_storeu_epi8(to, static_cast<__mmask32>(lanes),
                              _mm512_extracti64x4_epi64(bytes, Quarter / 2));
    else
      _mm_mask_storeu_epi8(to, static_cast<__mmask16>(lanes),
                           _mm512_extracti32x4_epi32(bytes, Quarter));
  }

  /// Writes those of `bytes` from `Quarter` on, which is vector `At` of the
  /// pixels.
  template <int At, int Quarter>
  static GRAFT_INLINE void storeFrom(const Args &args, const int *pixels,
                                     __m512i bytes) {
    if constexpr (Quarter < 4) {
      constexpr int v = At % Vectors;
      // As many vectors of the pixel as one store takes.
      constexpr int some = Quarter == 0 && v + 3 < Vectors       ? 4
                           : Quarter % 2 == 0 && v + 1 < Vectors ? 2
                                                                 : 1;
      constexpr int before = (some - 1) * width;
      const __mmask64 lanes = __mmask64(lanesOf(args, v + some - 1)) << before |
                              ((__mmask64(1) << before) - 1);
      storeQuarters<Quarter, some>(
          QuantizedValues::target(args, pixels[At / Vectors], v * width), bytes,
          lanes);
      storeFrom<At + some, Quarter + some>(args, pixels, bytes);
    }
  }

  /// Writes the rounded values from vector `At` of the pixels on as u8.
  template <int At>
  static GRAFT_INLINE void
  storeQuantized(const Args &args, const int *pixels,
                 const __m512i (&rounded)[together * Vectors]) {
    if constexpr (At < together * Vectors) {
      __m512i bytes = _mm512_packus_epi16(
          _mm512_packs_epi32(rounded[At], rounded[At + 1]),
          _mm512_packs_epi32(rounded[At + 2], rounded[At + 3]));
      // Packing puts the four next to each other in each quarter.
      bytes = _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9,
                                                         13, 2, 6, 10, 14, 3, 7,
                                                         11, 15),
                                       bytes);
      bytes = _mm512_max_epu8(
          bytes, _mm512_set1_epi8(static_cast<char>(args.quantizedLow)));
      bytes = _mm512_min_epu8(
          bytes, _mm512_set1_epi8(static_cast<char>(args.quantizedHigh)));
      storeFrom<At, 0>(args, pixels, bytes);
      storeQuantized<At + 4>(args, pixels, rounded);
    }
  }

  static GRAFT_INLINE void storeFloat(const Args &args, int pixel, int v,
                                      __m512 x) {
    if (args.clamp) // NaN stays NaN
      x = _mm512_min_ps(_mm512_set1_ps(args.high),
                        _mm512_max_ps(_mm512_set1_ps(args.low), x));
    _mm512_mask_storeu_ps(QuantizedValues::target(args, pixel, v * width),
                          lanesOf(args, v), x);
  }

  template <Residual Kind, bool MakesQuantized>
  __attribute__((noinline)) static void
  run(const Args &args, const __m512i (*sums)[Vectors], int count) {
    const __m512 inverse = _mm512_set1_ps(args.inverse);
    const __m512 zero = _mm512_set1_ps(args.zero);
    __m512 factors[Vectors], addends[Vectors];
#pragma clang loop unroll(full)
    for (int v = 0; v < Vectors; ++v) {
      const __mmask16 lanes = lanesOf(args, v);
      factors[v] = _mm512_mul_ps(
          _mm512_maskz_loadu_ps(lanes, args.factors + v * width), inverse);
      addends[v] = _mm512_fmadd_ps(
          _mm512_maskz_loadu_ps(lanes, args.bias + v * width), inverse, zero);
    }
#pragma clang loop unroll(disable)
    for (int first = 0; first < count; first += together) {
      int pixels[together];
      __m512i rounded[together * Vectors];
#pragma clang loop unroll(full)
      for (int t = 0; t < together; ++t) {
        // Repeats the last pixel if there are no more.
        const int pixel = first + t < count ? first + t : count - 1;
        pixels[t] = pixel;
#pragma clang loop unroll(full)
        for (int v = 0; v < Vectors; ++v) {
          __m512 x = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[pixel][v]),
                                     factors[v], addends[v]);
          x = addResidual<Kind>(args, pixel, v, x);
          if (!MakesQuantized) {
            storeFloat(args, pixel, v, x);
            continue;
          }
          if (Kind == Residual::Floats) // NaN stays NaN
            x = _mm512_min_ps(_mm512_set1_ps(1e9f), x);
          rounded[t * Vectors + v] = _mm512_cvtps_epi32(x);
        }
      }
      if constexpr (MakesQuantized)
        storeQuantized<0>(args, pixels, rounded);
    }
  }

  template <bool MakesQuantized>
  static GRAFT_INLINE void run(const Args &args, const __m512i (*sums)[Vectors],
                               int count) {
    switch (args.residualKind) {
    case Residual::None:
      return run<Residual::None, MakesQuantized>(args, sums, count);
    case Residual::Quantized:
      return run<Residual::Quantized, MakesQuantized>(args, sums, count);
    case Residual::Floats:
      return run<Residual::Floats, MakesQuantized>(args, sums, count);
    }
  }

  static GRAFT_INLINE void run(const Args &args, const __m512i (*sums)[Vectors],
                               int count) {
    if (args.makesQuantized)
      run<true>(args, sums, count);
    else
      run<false>(args, sums, count);
  }
};

} // namespace

const graft::runtime::cpu::QuantizedTileTable &
graft::runtime::cpu::quantizedTilesVnni() {
  static constexpr QuantizedTileTable table = makeWideTable<QuantizedValues>();
  return table;
}
