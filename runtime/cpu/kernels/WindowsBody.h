//===- WindowsBody.h - sliding windows, for any vector width --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Included once by each Windows<instruction set>.cpp.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_WINDOWSBODY_H
#define GRAFT_RUNTIME_CPU_KERNELS_WINDOWSBODY_H

#include "runtime/cpu/kernels/Vector.h"
#include "runtime/cpu/kernels/VectorBf16.h"
#include "runtime/cpu/kernels/Windows.h"

namespace {

using Value = Vec::Value;
using graft::runtime::cpu::WindowArgs;
using graft::runtime::cpu::WindowKernels;
using graft::runtime::cpu::WindowTable;

/// A vector of channels, all of them or the first `count`.
template <bool Whole>
GRAFT_INLINE Value loadPart(const float *p, int64_t count) {
  return Whole ? Vec::load(p) : Vec::load(p, count);
}
template <bool Whole>
GRAFT_INLINE void storePart(float *p, Value x, int64_t count) {
  if (Whole)
    Vec::store(p, x);
  else
    Vec::store(p, x, count);
}
template <bool Whole>
GRAFT_INLINE Value loadPart(const Bf16 *p, int64_t count) {
  return loadBf16(p, Whole ? Vec::width : count);
}
template <bool Whole>
GRAFT_INLINE void storePart(Bf16 *p, Value x, int64_t count) {
  storeBf16(p, x, Whole ? Vec::width : count);
}

template <int Pixels, bool Whole, typename In, typename Out>
GRAFT_INLINE void finishPixels(const WindowArgs<In, Out> &args,
                               const Value (&sums)[Pixels], int64_t channel,
                               int64_t count) {
#pragma clang loop unroll(full)
  for (int p = 0; p < Pixels; ++p) {
    Value y = sums[p];
    if (args.residual)
      y = Vec::add(
          y, loadPart<Whole>(args.residual + p * args.residualStep + channel,
                             count));
    if (args.clamp) // NaN stays NaN
      y = Vec::min(Vec::splat(args.high), Vec::max(Vec::splat(args.low), y));
    storePart<Whole>(args.out + p * args.outStep + channel, y, count);
  }
}

template <int Pixels, bool Whole, typename In, typename Out>
GRAFT_INLINE void depthwiseVector(const WindowArgs<In, Out> &args,
                                  int64_t channel, int64_t count) {
  Value sums[Pixels];
  Value bias =
      args.bias ? loadPart<Whole>(args.bias + channel, count) : Vec::zero();
#pragma clang loop unroll(full)
  for (int p = 0; p < Pixels; ++p)
    sums[p] = bias;
  for (int64_t r = 0; r < args.numRows; ++r) {
    const In *x = args.rows[r] + channel + args.firstColumn * args.columnStep;
    const In *w =
        args.weights[r] + channel + args.firstColumn * args.weightStep;
    for (int64_t k = args.firstColumn; k < args.endColumn; ++k) {
      Value weight = loadPart<Whole>(w, count);
#pragma clang loop unroll(full)
      for (int p = 0; p < Pixels; ++p)
        sums[p] = Vec::fma(loadPart<Whole>(x + p * args.pixelStep, count),
                           weight, sums[p]);
      x += args.columnStep;
      w += args.weightStep;
    }
  }
  finishPixels<Pixels, Whole>(args, sums, channel, count);
}

/// The same for windows that overlap in all but one column: each input vector
/// is loaded once for all pixels whose windows contain it. `Edge` means that
/// some columns are outside of the image.
template <int Pixels, int Width, bool Edge, bool Whole, typename In,
          typename Out>
GRAFT_INLINE void slidingVector(const WindowArgs<In, Out> &args,
                                int64_t channel, int64_t count) {
  constexpr int columns = Pixels + Width - 1;
  Value sums[Pixels];
  Value bias =
      args.bias ? loadPart<Whole>(args.bias + channel, count) : Vec::zero();
#pragma clang loop unroll(full)
  for (int p = 0; p < Pixels; ++p)
    sums[p] = bias;
  for (int64_t r = 0; r < args.numRows; ++r) {
    const In *x = args.rows[r] + channel;
    const In *w = args.weights[r] + channel;
    Value weights[Width];
#pragma clang loop unroll(full)
    for (int k = 0; k < Width; ++k)
      weights[k] = loadPart<Whole>(w + k * args.weightStep, count);
#pragma clang loop unroll(full)
    for (int c = 0; c < columns; ++c) {
      Value value = Vec::zero();
      if (!Edge || (c >= args.firstColumn && c < args.endColumn))
        value = loadPart<Whole>(x + c * args.columnStep, count);
#pragma clang loop unroll(full)
      for (int k = 0; k < Width; ++k)
        if (c - k >= 0 && c - k < Pixels)
          sums[c - k] = Vec::fma(value, weights[k], sums[c - k]);
    }
  }
  finishPixels<Pixels, Whole>(args, sums, channel, count);
}

template <typename In, typename Out, int Pixels, int Width>
void sliding(const WindowArgs<In, Out> &args) {
  bool edge = args.firstColumn > 0 || args.endColumn < Pixels + Width - 1;
  int64_t channel = 0;
  for (; channel + Vec::width <= args.channels; channel += Vec::width) {
    if (edge)
      slidingVector<Pixels, Width, true, true>(args, channel, Vec::width);
    else
      slidingVector<Pixels, Width, false, true>(args, channel, Vec::width);
  }
  if (channel < args.channels)
    slidingVector<Pixels, Width, true, false>(args, channel,
                                              args.channels - channel);
}

template <typename In, typename Out, int Pixels>
void depthwise(const WindowArgs<In, Out> &args) {
  int64_t channel = 0;
  for (; channel + Vec::width <= args.channels; channel += Vec::width)
    depthwiseVector<Pixels, true>(args, channel, Vec::width);
  if (channel < args.channels)
    depthwiseVector<Pixels, false>(args, channel, args.channels - channel);
}

/// The least finite element: a maximum starts from it, as in TensorFlow.
template <typename In>
constexpr float kLowest = -3.40282347e+38f;
template <>
constexpr float kLowest<Bf16> = -3.38953139e+38f;

template <bool Maximum, bool Whole, typename In, typename Out>
GRAFT_INLINE void poolVector(const WindowArgs<In, Out> &args, int64_t channel,
                             int64_t count) {
  Value total = Maximum ? Vec::splat(kLowest<In>) : Vec::zero();
  for (int64_t r = 0; r < args.numRows; ++r) {
    const In *x = args.rows[r] + channel + args.firstColumn * args.columnStep;
    for (int64_t k = args.firstColumn; k < args.endColumn; ++k) {
      Value value = loadPart<Whole>(x, count);
      // A NaN is never the maximum: max() returns its second operand.
      total = Maximum ? Vec::max(value, total) : Vec::add(total, value);
      x += args.columnStep;
    }
  }
  if (!Maximum)
    total = Vec::mul(total, Vec::splat(args.factor));
  finishPixels<1, Whole>(args, {total}, channel, count);
}

template <typename In, typename Out, bool Maximum>
void pool(const WindowArgs<In, Out> &args) {
  int64_t channel = 0;
  for (; channel + Vec::width <= args.channels; channel += Vec::width)
    poolVector<Maximum, true>(args, channel, Vec::width);
  if (channel < args.channels)
    poolVector<Maximum, false>(args, channel, args.channels - channel);
}

template <typename In, typename Out>
constexpr WindowKernels<In, Out> kernels() {
  return {
      {depthwise<In, Out, 1>, depthwise<In, Out, 2>, depthwise<In, Out, 3>,
       depthwise<In, Out, 4>, depthwise<In, Out, 5>, depthwise<In, Out, 6>,
       depthwise<In, Out, 7>, depthwise<In, Out, 8>},
      {sliding<In, Out, 1, 3>, sliding<In, Out, 2, 3>, sliding<In, Out, 3, 3>,
       sliding<In, Out, 4, 3>, sliding<In, Out, 5, 3>, sliding<In, Out, 6, 3>,
       sliding<In, Out, 7, 3>, sliding<In, Out, 8, 3>},
      {sliding<In, Out, 1, 5>, sliding<In, Out, 2, 5>, sliding<In, Out, 3, 5>,
       sliding<In, Out, 4, 5>, sliding<In, Out, 5, 5>, sliding<In, Out, 6, 5>,
       sliding<In, Out, 7, 5>, sliding<In, Out, 8, 5>},
      pool<In, Out, true>,
      pool<In, Out, false>};
}

const WindowTable &table() {
  static const WindowTable windows = {
      kernels<float, float>(), kernels<Bf16, Bf16>(), kernels<Bf16, float>()};
  return windows;
}

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_WINDOWSBODY_H
