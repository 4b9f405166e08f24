//===- Winograd.h - tiles to and from the domain of products --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The three steps of a Winograd convolution F(2x2, 3x3). Included by files for
// one instruction set each; see ConvTile.h.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_WINOGRAD_H
#define GRAFT_RUNTIME_CPU_KERNELS_WINOGRAD_H

#include <cstdint>

namespace graft::runtime::cpu {

/// Positions of a tile: 4 x 4 pixels go in, 2 x 2 come out.
inline constexpr int kWinogradPositions = 16;
inline constexpr int kWinogradPixels = 4;

/// B' d B of one tile.
struct WinogradInput {
  /// The tile's pixels by rows; those outside of the image point to zeros.
  const float *pixels[kWinogradPositions];
  float *out;       ///< of position 0, whole vectors are written
  int64_t step;     ///< from position to position, in floats
  int64_t channels; ///< that are read
};

/// Output channels of a block of weights; the last block may have half of them.
inline constexpr int kWinogradBlock = 32;

/// The products of one position: the inputs of some tiles times a block.
struct WinogradProducts {
  const float *in;
  int64_t inStep; ///< from tile to tile, in floats
  int64_t tiles;
  int64_t depth;        ///< input channels
  const float *weights; ///< `depth` rows of `channels`
  int64_t channels;     ///< kWinogradBlock or half of it
  float *out;           ///< all of `channels` are written
  int64_t outStep;
  const char *nextWeights; ///< two lines of these are prefetched
  const char *nextLaunch;  ///< and one of these, or none where it is null,
                           ///< for each four rows of weights
};

/// A' m A of one tile, with a bias, a residual and a clamp.
struct WinogradOutput {
  const float *sums; ///< of position 0
  int64_t step;      ///< from position to position, in floats
  int64_t channels;
  float *out[kWinogradPixels]; ///< by rows; null outside of the image
  const float *residual[kWinogradPixels];
  const float *bias; ///< or null
  bool hasResidual;
  bool clamp;
  float low, high;
};

struct WinogradTable {
  int64_t pixels; ///< tiles that `products` takes at once
  void (*input)(const WinogradInput &);
  void (*products)(const WinogradProducts &);
  void (*output)(const WinogradOutput &);
};

const WinogradTable &winogradAvx512();
const WinogradTable &winogradAvx2();
const WinogradTable &winogradPortable();

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_KERNELS_WINOGRAD_H
