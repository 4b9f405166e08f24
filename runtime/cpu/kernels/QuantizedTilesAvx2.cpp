//===- QuantizedTilesAvx2.cpp - quantized tiles in 256-bit vectors --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AVX2 multiplies bytes only into sums of 16 bits, which saturate. So the even
// and the odd channels of a word are widened to 16 bits: two instructions each
// then multiply the uint8 values of four channels by 8 x 4 weights, exactly.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/QuantizedTarget.h"
#include "runtime/cpu/kernels/TileTables.h"
#include "runtime/cpu/kernels/VectorQuantized.h"

#include <immintrin.h>

namespace {

struct QuantizedValues : QuantizedTarget {
  struct Word {
    __m256i even, odd; ///< of each word's channels, 16 bits each
  };
  using Sum = __m256i;
  static constexpr int width = 8;
  static constexpr int vectorsPerLine = 8;
  static constexpr int fewSums = 2;

  static GRAFT_INLINE Word load(const float *p) {
    __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
    return {_mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8),
            _mm256_srai_epi16(bytes, 8)};
  }
  static GRAFT_INLINE Word splat(const float *p) {
    __m256i bytes = _mm256_castps_si256(_mm256_broadcast_ss(p));
    return {_mm256_and_si256(bytes, _mm256_set1_epi16(0xff)),
            _mm256_srli_epi16(bytes, 8)};
  }
  static GRAFT_INLINE Sum multiplyAdd(const Word &x, const Word &w, Sum sum) {
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(x.even, w.even));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(x.odd, w.odd));
    // Prevents the compiler from adding products of several words first, which
    // takes too many registers.
    asm("" : "+x"(sum));
    return sum;
  }
  static GRAFT_INLINE Sum none() { return _mm256_setzero_si256(); }
  static GRAFT_INLINE Sum add(Sum a, Sum b) { return _mm256_add_epi32(a, b); }
  static GRAFT_INLINE Sum initial(const Args &args, int64_t channel, int64_t) {
    return _mm256_loadu_si256(
        reinterpret_cast<const __m256i *>(args.initial + channel));
  }

  /// Passes the sums in memory: with the epilogue in the same function,
  /// compilers run out of registers in the loop over the products.
  template <bool Whole, int Pixels, int Vectors>
  static GRAFT_INLINE void finish(const Args &args, int64_t first,
                                  const Sum (&sums)[Pixels][Vectors]) {
    Sum all[Pixels * Vectors];
#pragma clang loop unroll(full)
    for (int p = 0; p < Pixels; ++p)
#pragma clang loop unroll(full)
      for (int v = 0; v < Vectors; ++v)
        all[p * Vectors + v] = sums[p][v];
    for (int v = 0; v < Vectors; ++v)
      finishChannels(args, first + v * width, all + v, Pixels, Vectors);
  }

private:
  /// Writes eight channels of the pixels, whose sums are `stride` apart.
  __attribute__((noinline)) static void finishChannels(const Args &args,
                                                       int64_t channel,
                                                       const Sum *sums,
                                                       int pixels, int stride) {
    const int64_t left = args.lanes - channel;
    if (left <= 0)
      return;
    const int64_t count = left < width ? left : width;
    const Vec::Value inverse = Vec::splat(args.inverse);
    const Vec::Value factor =
        Vec::mul(loadSome(args.factors + channel, count), inverse);
    const Vec::Value addend = Vec::fma(loadSome(args.bias + channel, count),
                                       inverse, Vec::splat(args.zero));
    for (int p = 0; p < pixels; ++p)
      finishPixel(
          args, p, channel, count,
          Vec::fma(_mm256_cvtepi32_ps(sums[p * stride]), factor, addend));
  }

  static GRAFT_INLINE Vec::Value loadSome(const float *p, int64_t count) {
    return count == width ? Vec::load(p) : Vec::load(p, count);
  }

  static GRAFT_INLINE void finishPixel(const Args &args, int pixel,
                                       int64_t channel, int64_t count,
                                       Vec::Value x) {
    using Residual = Args::Residual;
    const int64_t at = args.channel + channel;
    if (args.residualKind != Residual::None) {
      Vec::Value other =
          args.residualKind == Residual::Quantized
              ? loadQuantized(
                    static_cast<const uint8_t *>(args.residual[pixel]) + at,
                    count)
              : loadSome(static_cast<const float *>(args.residual[pixel]) + at,
                         count);
      x = Vec::fma(other, Vec::splat(args.residualScale), x);
    }
    char *to = target(args, pixel, channel);
    if (args.makesQuantized) {
      // The second operand of max() wins over NaN.
      x = Vec::max(x, Vec::splat(args.quantizedLow));
      x = Vec::min(x, Vec::splat(args.quantizedHigh));
      storeQuantized(reinterpret_cast<uint8_t *>(to), Vec::round(x), count);
      return;
    }
    if (args.clamp) { // NaN stays NaN
      x = Vec::max(Vec::splat(args.low), x);
      x = Vec::min(Vec::splat(args.high), x);
    }
    if (count == width)
      Vec::store(reinterpret_cast<float *>(to), x);
    else
      Vec::store(reinterpret_cast<float *>(to), x, count);
  }
};

} // namespace

const graft::runtime::cpu::QuantizedTileTable &
graft::runtime::cpu::quantizedTilesAvx2() {
  // Three pixels x 16 channels: six sums, four vectors of weights, two of a
  // pixel, a mask and products in sixteen registers.
  static constexpr QuantizedTileTable table =
      makeNarrowTable<QuantizedValues, 3>();
  return table;
}
