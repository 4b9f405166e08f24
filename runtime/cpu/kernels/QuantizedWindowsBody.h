//===- QuantizedWindowsBody.h - windows over quantized values, any vectors ===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Included once by each QuantizedWindows<instruction set>.cpp.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDWINDOWSBODY_H
#define GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDWINDOWSBODY_H

#include "runtime/cpu/kernels/QuantizedWindows.h"
#include "runtime/cpu/kernels/VectorBytes.h"

namespace {

using graft::runtime::cpu::kQuantizedWindows;
using graft::runtime::cpu::QuantizedBlock;
using graft::runtime::cpu::QuantizedBlockKernels;
using graft::runtime::cpu::QuantizedFilter;
using graft::runtime::cpu::QuantizedPoolArgs;
using graft::runtime::cpu::QuantizedWindowArgs;
using graft::runtime::cpu::QuantizedWindowTable;

/// Kernels on vectors of type V. `Whole` means that all channels of a block can
/// be read. The two halves of a `Twin` vector are the same channels of two
/// places.
template <typename V, bool Whole, bool Twin = false>
struct Windows {
  using Bytes = typename V::Bytes;
  using Sum = typename V::Sum;
  using Real = typename V::Real;
  static constexpr int width = V::width;
  static constexpr int lanes = V::width / 4; ///< of a vector of sums
  static constexpr int channels = Twin ? V::width / 2 : V::width;

  /// What is the same for both places.
  static GRAFT_INLINE Bytes load(const void *p, int64_t count) {
    if constexpr (Twin)
      return V::loadTwo(p, p);
    else
      return Whole ? V::load(p) : V::load(p, count);
  }

  /// Channels of an input column.
  static GRAFT_INLINE Bytes loadPixel(const uint8_t *row, int64_t step,
                                      const QuantizedWindowArgs &args, int r,
                                      int64_t column) {
    if constexpr (Twin)
      return V::loadTwo(row + column * step,
                        args.otherRows[r] + column * args.otherSteps[r]);
    else
      return load(row + column * step, args.channels);
  }

  static GRAFT_INLINE void splatTo(int byte, Bytes (&out)[4]) {
    for (int v = 0; v < 4; ++v)
      out[v] = V::splat(byte);
  }

  template <bool MakesQuantized, typename Args>
  static GRAFT_INLINE void store(const Args &args, const Real (&reals)[4],
                                 void *out, int64_t at) {
    const int64_t count = Whole ? width : args.channels;
    if (!MakesQuantized)
      return V::storeReals(static_cast<float *>(out) + at, reals, args.skip,
                           count);
    Bytes quantized = V::pack(reals);
    if (args.clamp)
      quantized = V::minU8(V::maxU8(quantized, V::splat(args.low)),
                           V::splat(args.high));
    uint8_t *to = static_cast<uint8_t *>(out) + at;
    if constexpr (Twin)
      return V::storeTwo(to, static_cast<uint8_t *>(args.otherOut) + at,
                         quantized, args.skip);
    if (Whole && args.skip == 0)
      V::store(to, quantized);
    else
      V::store(to, quantized, args.skip, count);
  }

  template <bool MakesQuantized>
  static GRAFT_INLINE void finish(const QuantizedWindowArgs &args,
                                  const Sum (&sums)[4], int64_t row,
                                  int64_t pixel) {
    Real reals[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < 4; ++v)
      reals[v] =
          V::fma(V::real(sums[v]), V::loadReal(args.block.factors + v * lanes),
                 V::loadReal(args.block.addends + v * lanes));
    store<MakesQuantized>(args, reals, args.out,
                          row * args.outRow + pixel * args.outStep);
  }

  /// `Height` by `Columns` windows that move by `Step` columns, for `Outs`
  /// output rows that are one row apart. Each input column is interleaved once
  /// for all pixels whose windows contain it; their sums are in registers.
  template <int Height, int Columns, int Step, int Outs, bool MakesQuantized>
  static void slide(const QuantizedWindowArgs &args) {
    constexpr int inRows = Height + Outs - 1;
    constexpr int quads = (inRows + 3) / 4;
    constexpr int live = (Columns + Step - 1) / Step; // pixels at a time
    const uint8_t *rows[inRows];
    int64_t steps[inRows];
    for (int r = 0; r < inRows; ++r) {
      rows[r] = args.rows[r];
      steps[r] = args.columnSteps[r];
    }
    Sum sums[live][Outs][4];
    for (int l = 0; l < live; ++l)
      for (int o = 0; o < Outs; ++o)
        for (int v = 0; v < 4; ++v)
          sums[l][o][v] = V::zero();
    for (int64_t first = 0;; first += live * Step) {
#pragma clang loop unroll(full)
      for (int u = 0; u < live * Step; ++u) {
        const int64_t column = first + u;
        Bytes x[quads][4];
        if (column >= args.firstColumn && column < args.endColumn) {
#pragma clang loop unroll(full)
          for (int q = 0; q < quads; ++q) {
            Bytes bytes[4];
#pragma clang loop unroll(full)
            for (int i = 0; i < 4; ++i)
              bytes[i] = 4 * q + i < inRows
                             ? loadPixel(rows[4 * q + i], steps[4 * q + i],
                                         args, 4 * q + i, column)
                             : V::splat(0);
            V::interleave(bytes, x[q]);
          }
        } else {
          for (int q = 0; q < quads; ++q)
            splatTo(args.zeroPoint, x[q]);
        }
#pragma clang loop unroll(full)
        for (int k = 0; k < Columns; ++k) {
          if ((u + Columns * Step - k) % Step)
            continue;
          // The pixel whose window has this column as its k-th.
          const int slot = ((u - k) / Step + live * Columns) % live;
#pragma clang loop unroll(full)
          for (int o = 0; o < Outs; ++o)
#pragma clang loop unroll(full)
            for (int v = 0; v < 4; ++v) {
              Sum sum = k == 0 ? V::loadSum(args.block.initial + v * lanes)
                               : sums[slot][o][v];
#pragma clang loop unroll(full)
              for (int q = 0; q < quads; ++q)
                sum = V::dot(
                    sum, x[q][v],
                    V::load(args.block.weights +
                            (((o * Columns + k) * quads + q) * 4 + v) * width));
              sums[slot][o][v] = sum;
            }
        }
        if ((u + Columns * Step - (Columns - 1)) % Step)
          continue;
        const int64_t pixel = (column - (Columns - 1)) / Step;
        const int done = ((u - (Columns - 1)) / Step + live * Columns) % live;
        if (column < Columns - 1)
          continue;
#pragma clang loop unroll(full)
        for (int o = 0; o < Outs; ++o)
          finish<MakesQuantized>(args, sums[done][o], o, pixel);
        if (pixel + 1 == args.pixels)
          return;
      }
    }
  }

  /// Any window, pixel by pixel.
  template <bool MakesQuantized>
  static void any(const QuantizedWindowArgs &args) {
    const int quads = (args.numRows + 3) / 4;
    for (int64_t pixel = 0; pixel < args.pixels; ++pixel) {
      Sum sums[4];
      for (int v = 0; v < 4; ++v)
        sums[v] = V::loadSum(args.block.initial + v * lanes);
      const int8_t *weights = args.block.weights;
      for (int k = 0; k < args.numColumns; ++k) {
        const int64_t column = pixel * args.pixelColumns + k * args.dilation;
        const bool inside =
            column >= args.firstColumn && column < args.endColumn;
        for (int q = 0; q < quads; ++q, weights += 4 * width) {
          Bytes bytes[4], x[4];
          if (inside) {
            for (int i = 0; i < 4; ++i) {
              const int r = 4 * q + i;
              bytes[i] = r < args.numRows
                             ? loadPixel(args.rows[r], args.columnSteps[r],
                                         args, r, column)
                             : V::splat(0);
            }
            V::interleave(bytes, x);
          } else {
            splatTo(args.zeroPoint, x);
          }
          for (int v = 0; v < 4; ++v)
            sums[v] = V::dot(sums[v], x[v], V::load(weights + v * width));
        }
      }
      finish<MakesQuantized>(args, sums, 0, pixel);
    }
  }

  /// Permutes floats from the channels' order to the order of a block.
  static void reorder(float *to, const float *from) {
    for (int l = 0; l < width / 16; ++l)
      for (int v = 0; v < 4; ++v)
        std::memcpy(to + v * lanes + 4 * l, from + 16 * l + 4 * v,
                    4 * sizeof(float));
  }

  static bool prepare(const QuantizedFilter &filter,
                      const QuantizedBlock &block) {
    const int quads = (filter.rows + filter.outRows - 1 + 3) / 4;
    Sum sums[4];
    for (int v = 0; v < 4; ++v)
      sums[v] = V::zero();
    int8_t *to = block.weights;
    for (int o = 0; o < filter.outRows; ++o)
      for (int k = 0; k < filter.columns; ++k)
        for (int q = 0; q < quads; ++q, to += 4 * width) {
          Bytes bytes[4], weights[4];
          for (int i = 0; i < 4; ++i) {
            const int row = 4 * q + i - o;
            bytes[i] = row >= 0 && row < filter.rows
                           ? load(filter.weights + (row * filter.columns + k) *
                                                       filter.tapStep,
                                  filter.channels)
                           : V::splat(0);
          }
          V::interleave(bytes, weights);
          for (int v = 0; v < 4; ++v) {
            V::store(to + v * width, weights[v]);
            if (o == 0)
              sums[v] = V::dot(sums[v], V::splat(1), weights[v]);
          }
        }
    for (int v = 0; v < 4; ++v)
      V::storeSum(block.initial + v * lanes,
                  V::multiply(sums[v], V::splatSum(-filter.zeroPoint)));

    const int count = Whole ? channels : static_cast<int>(filter.channels);
    float factors[width] = {}, addends[width] = {};
    int isFar = 0;
    // The largest sum of quantized values.
    const float most = 65536.0f * static_cast<float>(filter.rows) *
                       static_cast<float>(filter.columns);
    for (int i = 0; i < count; ++i) {
      float addend = filter.addend ? filter.addend[i] : 0.0f;
      factors[i] = filter.factor[i] * filter.inverse;
      addends[i] = addend * filter.inverse + filter.zero;
      isFar |=
          !(__builtin_fabsf(factors[i]) * most + __builtin_fabsf(addends[i]) <
            1e9f);
    }
    for (int i = channels; i < width; ++i) { // the other half of a twin
      factors[i] = factors[i - channels];
      addends[i] = addends[i - channels];
    }
    reorder(block.factors, factors);
    reorder(block.addends, addends);
    return !isFar;
  }

  template <bool Signed>
  static void maximum(const QuantizedPoolArgs &args) {
    const uint8_t *row = static_cast<const uint8_t *>(args.in);
    const int64_t count = Whole ? width : args.channels;
    Bytes most = load(row, count);
    for (int64_t r = 0; r < args.numRows; ++r, row += args.rowStep)
      for (int64_t k = 0; k < args.numColumns; ++k) {
        Bytes x = load(row + k * args.columnStep, count);
        most = Signed ? V::maxI8(most, x) : V::maxU8(most, x);
      }
    if (Whole && args.skip == 0)
      V::store(args.out, most);
    else
      V::store(args.out, most, args.skip, count);
  }

  template <bool MakesQuantized>
  static void mean(const QuantizedPoolArgs &args) {
    const uint8_t *row = static_cast<const uint8_t *>(args.in);
    const int64_t count = Whole ? width : args.channels;
    const int64_t taps = args.numRows * args.numColumns;
    Sum sums[4];
    for (int v = 0; v < 4; ++v)
      sums[v] = V::splatSum(static_cast<int32_t>(-args.zeroPoint * taps));
    for (int64_t r = 0; r < args.numRows; ++r, row += args.rowStep)
      for (int64_t k = 0; k < args.numColumns; k += 4) {
        Bytes bytes[4], x[4];
        for (int i = 0; i < 4; ++i)
          bytes[i] = k + i < args.numColumns
                         ? load(row + (k + i) * args.columnStep, count)
                         : V::splat(0);
        V::interleave(bytes, x);
        for (int v = 0; v < 4; ++v)
          sums[v] = V::dot(sums[v], x[v], V::splat(1));
      }
    Real reals[4];
    for (int v = 0; v < 4; ++v)
      reals[v] = V::fma(V::real(sums[v]), V::splatReal(args.factor),
                        V::splatReal(args.addend));
    store<MakesQuantized>(args, reals, args.out, 0);
  }

  template <bool MakesQuantized>
  static constexpr void (*const slides[kQuantizedWindows])(
      const QuantizedWindowArgs &) = {any<MakesQuantized>,
                                      slide<3, 3, 1, 1, MakesQuantized>,
                                      slide<3, 3, 1, 2, MakesQuantized>,
                                      slide<3, 3, 2, 1, MakesQuantized>,
                                      slide<5, 5, 1, 1, MakesQuantized>,
                                      slide<5, 5, 2, 1, MakesQuantized>};

  static constexpr QuantizedBlockKernels kernels() {
    QuantizedBlockKernels result = {};
    result.channels = channels;
    result.prepare = prepare;
    for (int i = 0; i < kQuantizedWindows; ++i)
      result.quantized[i] = slides<true>[i];
    if constexpr (!Twin) {
      for (int i = 0; i < kQuantizedWindows; ++i)
        result.floats[i] = slides<false>[i];
      result.maximumU8 = maximum<false>;
      result.maximumI8 = maximum<true>;
      result.meanQuantized = mean<true>;
      result.meanFloats = mean<false>;
    }
    return result;
  }
};

/// Kernels on blocks of two widths, which may be one.
template <typename Wide, typename Narrow, bool HasTwins>
const QuantizedWindowTable &makeTable() {
  static constexpr QuantizedWindowTable table = [] {
    QuantizedWindowTable result = {};
    result.wide = Windows<Wide, true>::kernels();
    result.narrow = Windows<Narrow, true>::kernels();
    result.part = Windows<Narrow, false>::kernels();
    if constexpr (HasTwins)
      result.twin = Windows<Wide, true, true>::kernels();
    return result;
  }();
  return table;
}

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDWINDOWSBODY_H
