//===- Windows.h - sliding windows, channel by channel --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Depthwise convolutions and pooling: no sums across channels, so that vectors
// of channels are independent. Included by files for one instruction set each;
// see ConvTile.h.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_KERNELS_WINDOWS_H
#define GRAFT_RUNTIME_CPU_KERNELS_WINDOWS_H

#include <cstdint>

namespace graft::runtime::cpu {

inline constexpr int kMaxWindowRows = 32;
inline constexpr int kMaxWindowPixels = 8;

/// A bf16 in memory; in registers it is an f32.
struct Bf16 {
  uint16_t bits;
};

/// A few neighbouring output pixels of one row, and the part of the window that
/// lies on the image for all of them. Distances are in elements.
template <typename In, typename Out = In>
struct WindowArgs {
  /// Where the first pixel's window (its column 0) lies in each input row.
  const In *rows[kMaxWindowRows];
  /// Weights of the window's column 0 in each row: one a channel.
  const In *weights[kMaxWindowRows];
  int64_t numRows;
  int64_t firstColumn, endColumn; ///< of the window
  int64_t columnStep;             ///< from tap to tap
  int64_t pixelStep;              ///< from window to window
  int64_t weightStep;             ///< from tap to tap
  int64_t outStep;                ///< from pixel to pixel
  int64_t residualStep;
  Out *out;
  const float *bias;  ///< or null
  const In *residual; ///< or null
  int64_t channels;
  bool clamp;
  float low, high;
  float factor; ///< of means
};

template <typename In, typename Out = In>
struct WindowKernels {
  using Args = WindowArgs<In, Out>;
  /// [pixels - 1]
  void (*depthwise[kMaxWindowPixels])(const Args &);
  /// The same for windows of 3 and of 5 columns, without dilation, that move by
  /// one column. Here `firstColumn` and `endColumn` count from the first
  /// pixel's window on: the input columns that lie on the image.
  void (*sliding3[kMaxWindowPixels])(const Args &);
  void (*sliding5[kMaxWindowPixels])(const Args &);
  /// One pixel; `firstColumn` to `endColumn` and `rows` are its own.
  void (*maximum)(const Args &);
  void (*mean)(const Args &);
};

/// The kernels of one instruction set.
struct WindowTable {
  WindowKernels<float> f32;
  WindowKernels<Bf16> bf16;
  WindowKernels<Bf16, float> bf16ToF32;
};

const WindowTable &windowsAvx512();
const WindowTable &windowsAvx2();
const WindowTable &windowsPortable();

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_KERNELS_WINDOWS_H
