//===- ConvTile.h - the innermost part of a convolution -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tile is a few output pixels times one block of output channels. All its
// sums stay in registers during the loop over the window and the input
// channels. Pixels are given by pointers, so a tile may take any pixels:
// neighbours, those of two rows, or those that share the same part of the
// window.
//
// Tiles read words of 32 bits: one f32, two bf16 or four uint8 values. All
// tiles share the loops; they differ in arithmetic and output.
//
// This header is included by files that are compiled for one instruction set
// each; it must not define functions, nor include headers that do.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_CONVTILE_H
#define GRAFT_RUNTIME_CPU_KERNELS_CONVTILE_H

#include <cstdint>

namespace graft::runtime::cpu {

/// Channels of a packed weight vector; blocks are 1 to kMaxBlockVectors
/// vectors.
inline constexpr int kLanes = 16;
inline constexpr int kMaxBlockVectors = 6;
/// More pixels than any instruction set's tile takes.
inline constexpr int kMaxTilePixels = 24;

/// Bit i: tap i of the window, along one dimension.
using TapMask = uint64_t;
inline constexpr int kMaxTaps = 64;

/// A contiguous run of input words, and the weights for them.
struct Segment {
  int64_t offset = 0; ///< from a pixel's base, in words
  int64_t length = 0; ///< words
  int64_t weight = 0; ///< first row of the block's weights
  int32_t row = 0;    ///< tap in the window, for the masks
  int32_t column = 0;
};

/// What every tile reads.
struct TileInputs {
  /// Where each pixel's window starts in the input; it may lie outside of the
  /// image, as long as no tap that is read does.
  const float *base[kMaxTilePixels];
  /// Bit i: tap row (column) i of the window lies on the image.
  TapMask rows[kMaxTilePixels];
  TapMask columns[kMaxTilePixels];
  /// Unions of the above; `mixed` says that pixels differ, and then taps
  /// outside of the image are read from `zeros`.
  TapMask anyRow;
  TapMask anyColumn;
  bool mixed;
  int32_t numSegments;
  const Segment *segments;
  const float *zeros;
  const float *weights;    ///< the block's
  int64_t channel;         ///< of the block's first, from the group's first
  int64_t step;            ///< words of one row of the block's weights
  int64_t lanes;           ///< channels of the block that exist
  const char *nextWeights; ///< weights and input to prefetch: two lines
  const char *nextInput;   ///< and one line for each four products,
  const char *nextLaunch;  ///< and one of what the next launch reads
};

/// A tile of floats.
struct TileArgs : TileInputs {
  float *out[kMaxTilePixels]; ///< the group's first channel
  const float *residual[kMaxTilePixels];
  const float *bias; ///< of the block's first channel, or null
  bool clamp;
  bool hasResidual;
  float low, high;
};

/// A tile of bf16, summed in f32.
struct Bf16TileArgs : TileInputs {
  void *out[kMaxTilePixels]; ///< bf16 or floats, the group's first channel
  const void *residual[kMaxTilePixels];
  const float *bias; ///< of the block's first channel, or null
  bool makesBf16;
  enum class Residual { None, Bf16, Floats } residualKind;
  float low, high; ///< infinite where there is no bound
};

/// A tile of quantized values: u8 times i8, summed in 32 bits. The result is
/// ((sum + initial) * factor + bias) * inverse + zero + residual *
/// residualScale. The tile writes it as a float or rounds it to u8, and clamps
/// either. A result that is rounded must be far from the limits of 32-bit
/// integers, unless the residual is of floats.
struct QuantizedTileArgs : TileInputs {
  void *out[kMaxTilePixels]; ///< u8 or floats, the group's first channel
  const void *residual[kMaxTilePixels];
  const int32_t *initial;      ///< of the block's first channel: minus what the
                               ///< input's zero point adds
  const float *factors, *bias; ///< of the block's first channel
  float inverse, zero;
  enum class Residual { None, Quantized, Floats } residualKind;
  float residualScale;
  bool makesQuantized;
  uint8_t quantizedLow, quantizedHigh; ///< bounds of u8 results
  bool clamp;                          ///< floats have bounds
  float low, high;
};

/// The tiles of one instruction set.
template <typename Args>
struct TileTableOf {
  using Fn = void (*)(const Args &);
  /// Largest number of pixels for blocks of that many vectors, less one.
  int maxPixels[kMaxBlockVectors];
  /// [vectors - 1][pixels - 1]
  Fn tiles[kMaxBlockVectors][kMaxTilePixels];
};
using TileTable = TileTableOf<TileArgs>;
using Bf16TileTable = TileTableOf<Bf16TileArgs>;
using QuantizedTileTable = TileTableOf<QuantizedTileArgs>;

const TileTable &tilesAvx512();
const TileTable &tilesAvx2();
const TileTable &tilesPortable();

/// For machines that multiply bf16 themselves.
const Bf16TileTable &bf16Tiles();

const QuantizedTileTable &quantizedTilesVnni();
const QuantizedTileTable &quantizedTilesAvx2();
const QuantizedTileTable &quantizedTilesPortable();

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_KERNELS_CONVTILE_H
