//===- QuantizedTilesPortable.cpp - quantized tiles -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For any machine: loops of fixed length, which compilers turn into vectors.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/QuantizedTarget.h"
#include "runtime/cpu/kernels/TileTables.h"

#include <cstring>

namespace {

struct QuantizedValues : QuantizedTarget {
  static constexpr int width = 16;
  static constexpr int vectorsPerLine = 4;
  static constexpr int fewSums = 0;
  struct Word {
    int16_t bytes[4][width]; ///< [channel][lane]
  };
  struct Sum {
    int32_t lanes[width];
  };

  static GRAFT_INLINE Word load(const float *p) {
    int8_t bytes[width * 4];
    std::memcpy(bytes, p, sizeof(bytes));
    Word word;
    for (int c = 0; c < 4; ++c)
      for (int i = 0; i < width; ++i)
        word.bytes[c][i] = bytes[4 * i + c];
    return word;
  }
  static GRAFT_INLINE Word splat(const float *p) {
    uint8_t bytes[4];
    std::memcpy(bytes, p, sizeof(bytes));
    Word word;
    for (int c = 0; c < 4; ++c)
      for (int i = 0; i < width; ++i)
        word.bytes[c][i] = bytes[c];
    return word;
  }
  static GRAFT_INLINE Sum multiplyAdd(const Word &x, const Word &w, Sum sum) {
    for (int i = 0; i < width; ++i)
      sum.lanes[i] +=
          x.bytes[0][i] * w.bytes[0][i] + x.bytes[1][i] * w.bytes[1][i] +
          x.bytes[2][i] * w.bytes[2][i] + x.bytes[3][i] * w.bytes[3][i];
    return sum;
  }
  static GRAFT_INLINE Sum none() { return {}; }
  static GRAFT_INLINE Sum add(Sum a, const Sum &b) {
    for (int i = 0; i < width; ++i)
      a.lanes[i] += b.lanes[i];
    return a;
  }
  static GRAFT_INLINE Sum initial(const Args &args, int64_t channel, int64_t) {
    Sum sum;
    std::memcpy(sum.lanes, args.initial + channel, sizeof(sum.lanes));
    return sum;
  }

  template <bool Whole, int Pixels, int Vectors>
  static GRAFT_INLINE void finish(const Args &args, int64_t first,
                                  Sum (&sums)[Pixels][Vectors]) {
    finishEach<QuantizedValues, Whole>(args, first, sums);
  }
  template <bool All>
  static GRAFT_INLINE void finishOne(const Args &args, int pixel,
                                     int64_t channel, int64_t left, Sum sum) {
    using Residual = Args::Residual;
    const int count = All || left >= width ? width : static_cast<int>(left);
    char *to = target(args, pixel, channel);
    for (int i = 0; i < count; ++i) {
      int64_t at = args.channel + channel + i;
      float factor = args.factors[channel + i] * args.inverse;
      float addend = args.bias[channel + i] * args.inverse + args.zero;
      float x = static_cast<float>(sum.lanes[i]) * factor + addend;
      if (args.residualKind != Residual::None) {
        float other =
            args.residualKind == Residual::Quantized
                ? static_cast<const uint8_t *>(args.residual[pixel])[at]
                : static_cast<const float *>(args.residual[pixel])[at];
        x += other * args.residualScale;
      }
      if (args.makesQuantized) {
        float quantized = __builtin_nearbyintf(x);
        float low = args.quantizedLow, high = args.quantizedHigh;
        quantized = quantized > low ? quantized < high ? quantized : high
                                    : low; // NaN: low
        to[i] = static_cast<char>(static_cast<uint8_t>(quantized));
        continue;
      }
      if (args.clamp) {
        x = x < args.low ? args.low : x;
        x = x > args.high ? args.high : x;
      }
      std::memcpy(to + 4 * i, &x, sizeof(x));
    }
  }
};

} // namespace

const graft::runtime::cpu::QuantizedTileTable &
graft::runtime::cpu::quantizedTilesPortable() {
  static constexpr QuantizedTileTable table =
      makeNarrowTable<QuantizedValues, 2>();
  return table;
}
