//===- CodeTilesVnni.cpp - tiles of codes in 512-bit vectors --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One instruction multiplies the codes of four channels with 16 x 4 weights and
// adds the products to 16 sums, so that a tile is one of floats with four times
// the channels.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/TileTables.h"

#include <immintrin.h>

namespace {

struct Codes {
  using Args = graft::runtime::cpu::CodeTileArgs;
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
  static GRAFT_INLINE char *target(const Args &args, int pixel,
                                   int64_t channel) {
    int64_t at = args.channel + channel;
    return static_cast<char *>(args.out[pixel]) +
           (args.makesCodes ? at : 4 * at);
  }
  static GRAFT_INLINE __mmask16 first(int64_t count) {
    return static_cast<__mmask16>(count >= 16 ? 0xffffu : (1u << count) - 1u);
  }

  template <bool All>
  static GRAFT_INLINE void finish(const Args &args, int pixel, int64_t channel,
                                  int64_t left, Sum sum) {
    using Residual = Args::Residual;
    const __mmask16 lanes = All ? __mmask16(0xffff) : first(left);
    __m512 x = _mm512_cvtepi32_ps(sum);
    __m512 factor = _mm512_maskz_loadu_ps(lanes, args.factors + channel);
    __m512 bias = args.bias ? _mm512_maskz_loadu_ps(lanes, args.bias + channel)
                            : _mm512_setzero_ps();
    x = _mm512_fmadd_ps(x, factor, bias);
    if (args.residualKind != Residual::None) {
      int64_t at = args.channel + channel;
      __m512 other;
      if (args.residualKind == Residual::Codes)
        other = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(
            lanes, static_cast<const uint8_t *>(args.residual[pixel]) + at)));
      else
        other = _mm512_maskz_loadu_ps(
            lanes, static_cast<const float *>(args.residual[pixel]) + at);
      x = _mm512_add_ps(x, _mm512_set1_ps(args.residualShift));
      x = _mm512_fmadd_ps(other, _mm512_set1_ps(args.residualScale), x);
    }
    if (args.clamp) // NaN stays NaN
      x = _mm512_min_ps(_mm512_set1_ps(args.high),
                        _mm512_max_ps(_mm512_set1_ps(args.low), x));
    char *to = target(args, pixel, channel);
    if (!args.makesCodes)
      return _mm512_mask_storeu_ps(to, lanes, x);
    __m512i code = _mm512_cvtps_epi32(_mm512_fmadd_ps(
        x, _mm512_set1_ps(args.inverse), _mm512_set1_ps(args.zero)));
    __m128i bytes =
        _mm512_cvtusepi32_epi8(_mm512_max_epi32(code, _mm512_setzero_si512()));
    if (All)
      _mm_storeu_si128(reinterpret_cast<__m128i *>(to), bytes);
    else
      _mm_mask_storeu_epi8(to, lanes, bytes);
  }
};

} // namespace

const graft::runtime::cpu::CodeTileTable &graft::runtime::cpu::codeTilesVnni() {
  static const CodeTileTable table = makeWideTable<Codes>();
  return table;
}
