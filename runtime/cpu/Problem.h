//===- Problem.h - launches as plain numbers ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checks a launch's attributes and slots and reads them into plain structs, so
// that kernels never read an attribute. A reader returns false for a launch
// that it cannot describe; the caller then does not take the launch.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_PROBLEM_H
#define GRAFT_RUNTIME_CPU_PROBLEM_H

#include "runtime/core/Provider.h"

#include <array>

namespace graft::runtime::cpu {

/// Strides of an NHWC image, in elements. Channels are adjacent.
struct ImageStrides {
  int64_t image = 0;
  int64_t row = 0;
  int64_t pixel = 0;
};

/// A sliding window in the order height, width.
struct Window {
  std::array<int64_t, 2> size{1, 1};
  std::array<int64_t, 2> strides{1, 1};
  std::array<int64_t, 2> dilations{1, 1};
  std::array<int64_t, 4> pads{}; ///< top, bottom, left, right
};

/// A pixel of an image.
struct Pixel64 {
  int64_t row = 0;
  int64_t column = 0;
};

/// conv2d; also matmul with a two-dimensional second operand, whose rows are
/// the pixels of one row of an image.
struct Conv2D {
  int64_t images = 1;
  int64_t height = 1, width = 1, channels = 1;
  int64_t outHeight = 1, outWidth = 1, outChannels = 1;
  int64_t groups = 1;
  Window window;
  bool hasBias = false;
  ImageStrides in, out;

  double flops() const {
    int64_t depth = channels / groups;
    return 2.0 * double(images) * double(outHeight) * double(outWidth) *
           double(outChannels) * double(window.size[0] * window.size[1]) *
           double(depth);
  }
};

/// max_pool2d and avg_pool2d.
struct Pool2D {
  int64_t images = 1;
  int64_t height = 1, width = 1, channels = 1;
  int64_t outHeight = 1, outWidth = 1;
  Window window;
  bool maximum = false;
  bool includePad = false;
  ImageStrides in, out;
};

/// How an epilogue's operand broadcasts to the output [..., channels].
enum class Spread {
  Scalar,  ///< one element
  Channel, ///< [channels], repeated for each pixel
  Full,    ///< the output's shape
};

bool readConv2D(const LaunchDesc &launch, Conv2D &conv);
bool readMatMulAsConv(const LaunchDesc &launch, Conv2D &conv);
bool readPool2D(const LaunchDesc &launch, Pool2D &pool);

/// Whether the output's pixels have one stride in an operand with these
/// strides.
bool isEven(const Conv2D &conv, const ImageStrides &strides);

/// How an operand of shape `shape` broadcasts to an output of shape `out`.
/// False for other broadcasts.
bool readSpread(const ops::Shape &shape, const ops::Shape &out, Spread &spread);

/// Reads a slot as rows of its last dimension. False unless that dimension is
/// contiguous and all others collapse into one of stride `rowStride`.
bool collapseRows(const Slot &slot, int64_t &rows, int64_t &columns,
                  int64_t &rowStride);

/// Whether at most one dimension besides the last has more than one position.
/// The rows of a product need one stride; a slice of a tensor with several row
/// dimensions may have several.
bool hasOneRowDimension(const Slot &slot);

/// Whether all of `launch`'s inputs (constants included) and outputs are of
/// `type`.
bool allOf(const LaunchDesc &launch, ops::DType type);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_PROBLEM_H
