//===- Resizing.cpp - images at another resolution ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bilinear and nearest-neighbour resizing of NHWC images, with TensorFlow's two
// switches. Positions are computed in single precision, because TensorFlow does
// and a rounding decides which pixel is the nearest.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Validation.h"

#include <algorithm>
#include <cmath>

using namespace graft;
using namespace graft::ops;

namespace {

Status inferResize(const OpDesc &op, const ShapeInputs &inputs,
                   TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 2));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 0, 4, 4));
  GRAFT_RETURN_IF_ERROR(expectNumber(inputs, 0));
  if (op.attributes.getInt("align_corners") &&
      op.attributes.getInt("half_pixel_centers"))
    return broken("align_corners and half_pixel_centers must not both be set",
                  "both");
  std::vector<int64_t> size;
  if (inputs.size() == 1) {
    if (!op.attributes.find("size"))
      return broken("attribute 'size' must be two integers", "none");
    GRAFT_RETURN_IF_ERROR(readInts(op, "size", 2, 1, 1, size));
  } else {
    GRAFT_RETURN_IF_ERROR(expectIndex(inputs, 1));
    GRAFT_RETURN_IF_ERROR(expectShape(inputs, 1, {2}));
    if (!constantInts(inputs[1], size))
      size = {kDynamic, kDynamic};
    else if (size[0] < 1 || size[1] < 1)
      return broken("input 1 must be positive sizes", list(size));
  }
  Shape shape = inputs[0].type.shape;
  if (shape[1] == 0 || shape[2] == 0)
    return broken("the image must not be empty", toString(shape));
  shape[1] = size[0];
  shape[2] = size[1];
  bool bilinear = op.kind == "resize_bilinear";
  DType dtype = inputs[0].type.dtype;
  // TensorFlow interpolates integers to f32.
  return one(results, bilinear && !isFloat(dtype) ? DType::F32 : dtype,
             std::move(shape));
}

/// The map from positions of the result to positions of the input, in one
/// dimension.
struct Axis {
  int64_t in;
  float scale;
  bool halfPixel;
  bool alignCorners;

  Axis(const OpDesc &op, int64_t in, int64_t out) : in(in) {
    halfPixel = op.attributes.getInt("half_pixel_centers") != 0;
    alignCorners = op.attributes.getInt("align_corners") != 0;
    bool corners = alignCorners && out > 1;
    scale = corners ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                    : static_cast<float>(in) / static_cast<float>(out);
  }

  int64_t nearest(int64_t position) const {
    float at = halfPixel ? (static_cast<float>(position) + 0.5f) * scale
                         : static_cast<float>(position) * scale;
    auto index =
        static_cast<int64_t>(alignCorners ? std::round(at) : std::floor(at));
    return std::clamp<int64_t>(index, 0, in - 1);
  }

  /// The two neighbours and the weight of the second.
  void neighbours(int64_t position, int64_t &low, int64_t &high,
                  double &weight) const {
    float at = halfPixel ? (static_cast<float>(position) + 0.5f) * scale - 0.5f
                         : static_cast<float>(position) * scale;
    float below = std::floor(at);
    low = std::clamp<int64_t>(static_cast<int64_t>(below), 0, in - 1);
    high = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(at)), 0, in - 1);
    weight = at - below;
  }
};

Status evaluateNearest(const OpDesc &op, const Views &inputs,
                       const Views &results) {
  const Shape &in = inputs[0].type.shape;
  const Shape &out = results[0].type.shape;
  Axis rows(op, in[1], out[1]);
  Axis columns(op, in[2], out[2]);
  std::vector<int64_t> strides = denseStrides(in);
  forEachPosition(out, [&](const std::vector<int64_t> &at, int64_t linear) {
    int64_t source = at[0] * strides[0] + rows.nearest(at[1]) * strides[1] +
                     columns.nearest(at[2]) * strides[2] + at[3];
    copyElements(results[0].data, linear, inputs[0].data, source, 1,
                 sizeOf(results[0].type.dtype));
  });
  return Status();
}

Status evaluateBilinear(const OpDesc &op, const Views &inputs,
                        const Views &results) {
  const TensorType &type = results[0].type;
  const Shape &in = inputs[0].type.shape;
  Axis rows(op, in[1], type.shape[1]);
  Axis columns(op, in[2], type.shape[2]);
  std::vector<int64_t> strides = denseStrides(in);
  std::vector<double> x = widenAll<double>(inputs[0]);
  forEachPosition(
      type.shape, [&](const std::vector<int64_t> &at, int64_t linear) {
        int64_t top, bottom, left, right;
        double down, across;
        rows.neighbours(at[1], top, bottom, down);
        columns.neighbours(at[2], left, right, across);
        auto pixel = [&](int64_t h, int64_t w) {
          return x[static_cast<size_t>(at[0] * strides[0] + h * strides[1] +
                                       w * strides[2] + at[3])];
        };
        double upper =
            pixel(top, left) + (pixel(top, right) - pixel(top, left)) * across;
        double lower = pixel(bottom, left) +
                       (pixel(bottom, right) - pixel(bottom, left)) * across;
        storeRounded(results[0].data, type.dtype, linear,
                     upper + (lower - upper) * down);
      });
  return Status();
}

} // namespace

void graft::ops::addResizingRows(Rows &rows) {
  rows.push_back({"resize_bilinear", inferResize, evaluateBilinear});
  rows.push_back({"resize_nearest", inferResize, evaluateNearest});
}
