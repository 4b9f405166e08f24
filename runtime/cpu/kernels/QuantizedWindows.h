//===- QuantizedWindows.h - sliding windows over quantized values ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Quantized depthwise convolutions and pooling, a block of channels at a time.
// The bytes of four rows are interleaved, so that each group of four belongs to
// one channel; one instruction multiplies the group with four weights and sums.
// Interleaving permutes the channels of a block, and packing the sums to bytes
// undoes the permutation; parameters per channel are permuted beforehand.
// Included by files for one instruction set each; see ConvTile.h.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDWINDOWS_H
#define GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDWINDOWS_H

#include "runtime/cpu/kernels/Windows.h"

#include <cstdint>

namespace graft::runtime::cpu {

/// A depthwise filter and what follows its sums, in the order of a block.
struct QuantizedBlock {
  /// [output row][column][four rows][channels * 4]: where several output rows
  /// are computed from the same input rows, each has its weights one row later.
  int8_t *weights;
  int32_t *initial; ///< minus the zero point's part of the sums
  float *factors;   ///< real = sum * factor + addend
  float *addends;
};

/// The input of prepare(), which makes a QuantizedBlock.
struct QuantizedFilter {
  const int8_t *weights; ///< of the block's first channel
  int64_t tapStep;
  int rows, columns;
  int outRows; ///< that are computed together
  int zeroPoint;
  int64_t channels;             ///< of the block, if it is not whole
  const float *factor, *addend; ///< `addend` may be null
  float inverse, zero;          ///< to quantize; 1 and 0 for floats
};

/// One output row, or two, of a block of channels.
struct QuantizedWindowArgs {
  /// Where column 0 of the first pixel's window lies in each input row. Outside
  /// of the image: a line of zero points, with a stride of 0.
  const uint8_t *rows[kMaxWindowRows];
  int64_t columnSteps[kMaxWindowRows];
  int numRows, numColumns;        ///< of the window, for any()
  int64_t pixelColumns;           ///< columns from pixel to pixel, for any()
  int64_t dilation;               ///< columns from tap to tap, for any()
  int64_t firstColumn, endColumn; ///< that lie on the image
  int64_t pixels;
  int64_t channels; ///< of the block, if it is not whole
  int64_t skip;     ///< its first channels that another block writes
  int zeroPoint;
  QuantizedBlock block;
  bool clamp;
  uint8_t low, high;
  void *out;
  int64_t outStep; ///< from pixel to pixel, in elements
  int64_t outRow;  ///< from row to row
  /// Of twins, the same for the other half of the vectors.
  const uint8_t *otherRows[kMaxWindowRows];
  int64_t otherSteps[kMaxWindowRows];
  void *otherOut;
};

/// The maximum of one window for a block of channels; mean() sums quantized
/// values and returns sum * factor + addend. Rows and columns are those on the
/// image.
struct QuantizedPoolArgs {
  const void *in;
  int64_t rowStep, columnStep;
  int64_t numRows, numColumns;
  int64_t channels, skip;
  void *out;
  int zeroPoint;
  float factor, addend;
  bool clamp;
  uint8_t low, high;
};

/// Windows that have kernels of their own; their columns are not dilated.
enum class QuantizedWindow { Any, Three, ThreeTwice, ThreeBy2, Five, FiveBy2 };
inline constexpr int kQuantizedWindows = 6;

/// The kernels for blocks of one width.
struct QuantizedBlockKernels {
  int64_t channels;
  /// Returns whether all results are far from the limits of 32-bit integers.
  bool (*prepare)(const QuantizedFilter &, const QuantizedBlock &);
  void (*quantized[kQuantizedWindows])(const QuantizedWindowArgs &);
  void (*floats[kQuantizedWindows])(const QuantizedWindowArgs &);
  void (*maximumU8)(const QuantizedPoolArgs &);
  void (*maximumI8)(const QuantizedPoolArgs &);
  void (*meanQuantized)(const QuantizedPoolArgs &);
  void (*meanFloats)(const QuantizedPoolArgs &);
};

/// Blocks of `wide.channels`, then one of `narrow.channels`, which may overlap
/// the one before; `part` is for tensors with fewer channels than that. `twin`
/// has narrow blocks of two output rows in one wide vector, only for windows
/// with u8 results; it may have no channels.
struct QuantizedWindowTable {
  QuantizedBlockKernels wide, narrow, part, twin;
};

const QuantizedWindowTable &quantizedWindowsVnni();
const QuantizedWindowTable &quantizedWindowsAvx2();
const QuantizedWindowTable &quantizedWindowsPortable();

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_KERNELS_QUANTIZEDWINDOWS_H
