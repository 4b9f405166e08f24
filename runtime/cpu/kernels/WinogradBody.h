//===- WinogradBody.h - tiles' transformations, for any vector width ------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Included once by each Winograd<instruction set>.cpp.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_WINOGRADBODY_H
#define GRAFT_RUNTIME_CPU_KERNELS_WINOGRADBODY_H

#include "runtime/cpu/kernels/Vector.h"
#include "runtime/cpu/kernels/Winograd.h"

namespace {

using Value = Vec::Value;
using graft::runtime::cpu::kWinogradBlock;
using graft::runtime::cpu::kWinogradPixels;
using graft::runtime::cpu::kWinogradPositions;
using graft::runtime::cpu::WinogradInput;
using graft::runtime::cpu::WinogradOutput;
using graft::runtime::cpu::WinogradProducts;
using graft::runtime::cpu::WinogradTable;

/// 0 to N - 1 as template arguments.
template <int...>
struct Indices {};
template <int N, int... Rest>
struct Count : Count<N - 1, N - 1, Rest...> {};
template <int... Rest>
struct Count<0, Rest...> {
  using type = Indices<Rest...>;
};
template <int N>
using UpTo = typename Count<N>::type;

/// Four values `step` apart from `first` on, times B'.
GRAFT_INLINE void spread(Value (&d)[kWinogradPositions], int first, int step) {
  Value a = d[first], b = d[first + step], c = d[first + 2 * step],
        e = d[first + 3 * step];
  d[first] = Vec::sub(a, c);
  d[first + step] = Vec::add(b, c);
  d[first + 2 * step] = Vec::sub(c, b);
  d[first + 3 * step] = Vec::sub(b, e);
}

template <bool Whole>
GRAFT_INLINE void inputVector(const WinogradInput &args, int64_t channel,
                              int64_t count) {
  Value d[kWinogradPositions];
#pragma clang loop unroll(full)
  for (int i = 0; i < kWinogradPositions; ++i)
    d[i] = Whole ? Vec::load(args.pixels[i] + channel)
                 : Vec::load(args.pixels[i] + channel, count);
#pragma clang loop unroll(full)
  for (int column = 0; column < 4; ++column)
    spread(d, column, 4);
#pragma clang loop unroll(full)
  for (int row = 0; row < 4; ++row)
    spread(d, 4 * row, 1);
#pragma clang loop unroll(full)
  for (int i = 0; i < kWinogradPositions; ++i)
    Vec::store(args.out + i * args.step + channel, d[i]);
}

void transformInput(const WinogradInput &args) {
  int64_t channel = 0;
  for (; channel + Vec::width <= args.channels; channel += Vec::width)
    inputVector<true>(args, channel, Vec::width);
  if (channel < args.channels)
    inputVector<false>(args, channel, args.channels - channel);
}

/// Tiles and vectors of channels whose sums fill the registers.
#if defined(__AVX512F__)
constexpr int kPixels = 14, kVectors = 2;
#elif defined(__AVX2__)
constexpr int kPixels = 6, kVectors = 2;
#else
constexpr int kPixels = 2, kVectors = 4;
#endif

/// Prevents the compiler from deriving `p` from another pointer and from
/// loading values ahead that it must spill.
GRAFT_INLINE void pin(const float *&p) { asm volatile("" : "+r"(p)::"memory"); }

template <int Depth, int Pixels, int Vectors>
GRAFT_INLINE void addRows(Value (&sums)[Pixels][Vectors],
                          const float *(&thirds)[(Pixels + 2) / 3],
                          int64_t inStep, const float *weights, int64_t step) {
#pragma clang loop unroll(full)
  for (int d = 0; d < Depth; ++d) {
#pragma clang loop unroll(full)
    for (int i = 0; i < (Pixels + 2) / 3; ++i)
      pin(thirds[i]);
    Value w[Vectors];
#pragma clang loop unroll(full)
    for (int v = 0; v < Vectors; ++v)
      w[v] = Vec::load(weights + d * step + v * Vec::width);
#pragma clang loop unroll(full)
    for (int p = 0; p < Pixels; ++p) {
      Value x = Vec::splat(thirds[p / 3][p % 3 * inStep + d]);
#pragma clang loop unroll(full)
      for (int v = 0; v < Vectors; ++v)
        sums[p][v] = Vec::fma(x, w[v], sums[p][v]);
    }
  }
}

/// `Pixels` tiles from `in` on, times `Vectors` vectors of channels.
template <int Pixels, int Vectors>
void multiply(const WinogradProducts &args, const float *in,
              const float *weights, float *out, const char *nextWeights,
              const char *nextLaunch) {
  Value sums[Pixels][Vectors];
#pragma clang loop unroll(full)
  for (int p = 0; p < Pixels; ++p)
#pragma clang loop unroll(full)
    for (int v = 0; v < Vectors; ++v)
      sums[p][v] = Vec::zero();
  // A pointer for three tiles: one for each would not fit into registers.
  const int64_t inStep = args.inStep, outStep = args.outStep;
  const float *thirds[(Pixels + 2) / 3];
#pragma clang loop unroll(full)
  for (int i = 0; i < (Pixels + 2) / 3; ++i)
    thirds[i] = in + 3 * i * inStep;
  constexpr bool whole = kVectors * Vec::width == kWinogradBlock;
  const int64_t step = whole ? Vectors * Vec::width : args.channels;
  int64_t k = args.depth;
#pragma clang loop unroll(disable)
  for (; k >= 4; k -= 4) {
    __builtin_prefetch(nextWeights, 0, 2);
    __builtin_prefetch(nextWeights + 64, 0, 2);
    __builtin_prefetch(nextLaunch, 0, 2);
    nextWeights += 128;
    nextLaunch += 64;
    addRows<4>(sums, thirds, inStep, weights, step);
    weights += 4 * step;
#pragma clang loop unroll(full)
    for (int i = 0; i < (Pixels + 2) / 3; ++i)
      thirds[i] += 4;
  }
#pragma clang loop unroll(disable)
  for (; k > 0; --k) {
    addRows<1>(sums, thirds, inStep, weights, step);
    weights += step;
#pragma clang loop unroll(full)
    for (int i = 0; i < (Pixels + 2) / 3; ++i)
      ++thirds[i];
  }
#pragma clang loop unroll(full)
  for (int p = 0; p < Pixels; ++p)
#pragma clang loop unroll(full)
    for (int v = 0; v < Vectors; ++v)
      Vec::store(out + p * outStep + v * Vec::width, sums[p][v]);
}

template <int Vectors, int... Counts>
GRAFT_INLINE auto pick(int64_t pixels, Indices<Counts...>) {
  using Fn = void (*)(const WinogradProducts &, const float *, const float *,
                      float *, const char *, const char *);
  static constexpr Fn functions[] = {multiply<Counts + 1, Vectors>...};
  return functions[pixels - 1];
}

template <int Vectors>
GRAFT_INLINE void multiplyVectors(const WinogradProducts &args,
                                  int64_t channel) {
  const char *nextWeights = args.nextWeights, *nextLaunch = args.nextLaunch;
  for (int64_t tile = 0; tile < args.tiles; tile += kPixels) {
    int64_t pixels = args.tiles - tile < kPixels ? args.tiles - tile : kPixels;
    pick<Vectors>(pixels, UpTo<kPixels>())(
        args, args.in + tile * args.inStep, args.weights + channel,
        args.out + tile * args.outStep + channel, nextWeights,
        nextLaunch ? nextLaunch : nextWeights);
    nextWeights += args.depth * 32;
    if (nextLaunch)
      nextLaunch += args.depth * 16;
  }
}

void multiplyBlock(const WinogradProducts &args) {
  int64_t channel = 0;
  for (; channel + kVectors * Vec::width <= args.channels;
       channel += kVectors * Vec::width)
    multiplyVectors<kVectors>(args, channel);
  for (; channel < args.channels; channel += Vec::width)
    multiplyVectors<1>(args, channel);
}

template <bool Whole>
GRAFT_INLINE void outputVector(const WinogradOutput &args, int64_t channel,
                               int64_t count) {
  auto load = [&](const float *p) {
    return Whole ? Vec::load(p + channel) : Vec::load(p + channel, count);
  };
  Value m[kWinogradPositions];
#pragma clang loop unroll(full)
  for (int i = 0; i < kWinogradPositions; ++i)
    m[i] = load(args.sums + i * args.step);
  Value top[4], bottom[4];
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; ++i) {
    top[i] = Vec::add(Vec::add(m[i], m[4 + i]), m[8 + i]);
    bottom[i] = Vec::sub(Vec::sub(m[4 + i], m[8 + i]), m[12 + i]);
  }
  Value y[kWinogradPixels] = {
      Vec::add(Vec::add(top[0], top[1]), top[2]),
      Vec::sub(Vec::sub(top[1], top[2]), top[3]),
      Vec::add(Vec::add(bottom[0], bottom[1]), bottom[2]),
      Vec::sub(Vec::sub(bottom[1], bottom[2]), bottom[3])};
  const Value bias = args.bias ? load(args.bias) : Vec::zero();
  const Value low = Vec::splat(args.low), high = Vec::splat(args.high);
#pragma clang loop unroll(full)
  for (int p = 0; p < kWinogradPixels; ++p) {
    if (!args.out[p])
      continue;
    Value x = Vec::add(y[p], bias);
    if (args.hasResidual)
      x = Vec::add(x, load(args.residual[p]));
    if (args.clamp) // NaN stays NaN
      x = Vec::min(high, Vec::max(low, x));
    if (Whole)
      Vec::store(args.out[p] + channel, x);
    else
      Vec::store(args.out[p] + channel, x, count);
  }
}

void transformOutput(const WinogradOutput &args) {
  int64_t channel = 0;
  for (; channel + Vec::width <= args.channels; channel += Vec::width)
    outputVector<true>(args, channel, Vec::width);
  if (channel < args.channels)
    outputVector<false>(args, channel, args.channels - channel);
}

const WinogradTable &table() {
  static const WinogradTable functions = {kPixels, transformInput,
                                          multiplyBlock, transformOutput};
  return functions;
}

} // namespace

#endif // GRAFT_RUNTIME_CPU_KERNELS_WINOGRADBODY_H
