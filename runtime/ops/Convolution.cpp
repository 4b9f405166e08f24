//===- Convolution.cpp - two-dimensional convolutions ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Images are NHWC. Filters of conv2d are HWIO with I = channels / groups, so
// that a depthwise convolution is one with as many groups as channels; filters
// of conv2d_transpose are [height, width, out channels, in channels].
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Products.h"

using namespace graft;
using namespace graft::ops;

namespace {

/// The attributes that both kinds have, in the order height, width.
struct Window {
  std::vector<int64_t> strides;
  std::vector<int64_t> dilations;
  std::vector<int64_t> pads; ///< top, bottom, left, right

  Status read(const OpDesc &op) {
    GRAFT_RETURN_IF_ERROR(readInts(op, "strides", 2, 1, 1, strides));
    GRAFT_RETURN_IF_ERROR(readInts(op, "dilations", 2, 1, 1, dilations));
    return readInts(op, "pads", 4, 0, 0, pads);
  }
};

Status inferConv2D(const OpDesc &op, const ShapeInputs &inputs,
                   TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 2, 3));
  DType dtype;
  GRAFT_RETURN_IF_ERROR(inferProductType(op, inputs, dtype));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 0, 4, 4));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 1, 4, 4));
  Window window;
  GRAFT_RETURN_IF_ERROR(window.read(op));
  int64_t groups = 1;
  GRAFT_RETURN_IF_ERROR(readInt(op, "groups", 1, 1, groups));
  const Shape &x = inputs[0].type.shape;
  const Shape &filter = inputs[1].type.shape;
  int64_t channels = 0;
  if (filter[2] != kDynamic && x[3] != kDynamic &&
      (__builtin_mul_overflow(filter[2], groups, &channels) ||
       channels != x[3]))
    return broken("the filter's input channels times groups must be the "
                  "input's channels",
                  toString(filter) + " with " + std::to_string(groups) +
                      " groups on " + toString(x));
  if (filter[3] != kDynamic && filter[3] % groups != 0)
    return broken("the filter's output channels must be a multiple of groups",
                  toString(filter) + " with " + std::to_string(groups) +
                      " groups");
  if (filter[0] == 0 || filter[1] == 0)
    return broken("the filter's window must not be empty", toString(filter));
  GRAFT_RETURN_IF_ERROR(inferBias(op, inputs, filter[3]));
  Shape shape = {x[0], 0, 0, filter[3]};
  for (size_t i = 0; i < 2; ++i)
    GRAFT_RETURN_IF_ERROR(slidingOutput(
        x[1 + i], filter[i], window.dilations[i], window.strides[i],
        window.pads[2 * i], window.pads[2 * i + 1], shape[1 + i]));
  return one(results, dtype, std::move(shape));
}

template <typename C>
void convolve(const OpDesc &op, const Views &inputs, const TensorView &result) {
  Window window;
  (void)window.read(op);
  int64_t groups = op.attributes.getInt("groups", 1);
  const Shape &in = inputs[0].type.shape;
  const Shape &kernel = inputs[1].type.shape;
  const Shape &out = result.type.shape;
  std::vector<C> x = readFactors<C>(op, inputs[0]);
  std::vector<C> filter = widenAll<C>(inputs[1]);
  std::vector<C> bias(static_cast<size_t>(out[3]), C(0));
  if (op.attributes.getInt("has_bias"))
    bias = widenAll<C>(inputs[2]);
  int64_t inPerGroup = kernel[2];
  int64_t outPerGroup = out[3] / groups;
  int64_t count = 0;
  (void)countElements(out, count);
  std::vector<C> sums(static_cast<size_t>(count));
  if (count == 0)
    return;

  C *pixel = sums.data();
  for (int64_t n = 0; n < out[0]; ++n)
    for (int64_t oh = 0; oh < out[1]; ++oh)
      for (int64_t ow = 0; ow < out[2]; ++ow, pixel += out[3]) {
        for (int64_t o = 0; o < out[3]; ++o)
          pixel[o] = bias[static_cast<size_t>(o)];
        for (int64_t kh = 0; kh < kernel[0]; ++kh)
          for (int64_t kw = 0; kw < kernel[1]; ++kw) {
            int64_t h = oh * window.strides[0] - window.pads[0] +
                        kh * window.dilations[0];
            int64_t w = ow * window.strides[1] - window.pads[2] +
                        kw * window.dilations[1];
            if (h < 0 || h >= in[1] || w < 0 || w >= in[2])
              continue;
            const C *source = x.data() + ((n * in[1] + h) * in[2] + w) * in[3];
            const C *weights =
                filter.data() + (kh * kernel[1] + kw) * inPerGroup * out[3];
            for (int64_t g = 0; g < groups; ++g)
              for (int64_t i = 0; i < inPerGroup; ++i)
                for (int64_t o = g * outPerGroup; o < (g + 1) * outPerGroup;
                     ++o)
                  pixel[o] +=
                      source[g * inPerGroup + i] * weights[i * out[3] + o];
          }
      }
  storeProducts(sums, result);
}

Status evaluateConv2D(const OpDesc &op, const Views &inputs,
                      const Views &results) {
  if (isFloat(inputs[0].type.dtype))
    convolve<double>(op, inputs, results[0]);
  else
    convolve<uint64_t>(op, inputs, results[0]);
  return Status();
}

Status inferConv2DTranspose(const OpDesc &op, const ShapeInputs &inputs,
                            TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 2, 3));
  DType dtype;
  GRAFT_RETURN_IF_ERROR(inferProductType(op, inputs, dtype));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 0, 4, 4));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 1, 4, 4));
  Window window;
  GRAFT_RETURN_IF_ERROR(window.read(op));
  const Shape &x = inputs[0].type.shape;
  const Shape &filter = inputs[1].type.shape;
  if (!compatible(filter[3], x[3]))
    return broken("the filter's last size must be the input's channels",
                  toString(filter) + " on " + toString(x));
  if (filter[0] == 0 || filter[1] == 0)
    return broken("the filter's window must not be empty", toString(filter));
  GRAFT_RETURN_IF_ERROR(inferBias(op, inputs, filter[2]));
  std::vector<int64_t> size;
  GRAFT_RETURN_IF_ERROR(
      readInts(op, "output_size", 2, kDynamic, kDynamic, size));
  Shape shape = {x[0], size[0], size[1], filter[2]};
  for (size_t i = 0; i < 2; ++i) {
    int64_t &result = shape[1 + i];
    int64_t in = x[1 + i];
    if (in == kDynamic || filter[i] == kDynamic)
      continue;
    if (result == kDynamic) {
      // The smallest size from which a forward convolution produces `in`.
      int64_t reach = 0;
      bool overflow =
          __builtin_mul_overflow(filter[i] - 1, window.dilations[i], &reach) ||
          __builtin_mul_overflow(in - 1, window.strides[i], &result) ||
          __builtin_add_overflow(result, reach + 1, &result) ||
          __builtin_sub_overflow(result, window.pads[2 * i], &result) ||
          __builtin_sub_overflow(result, window.pads[2 * i + 1], &result);
      if (overflow || result < 0)
        return broken("the result's size must be positive",
                      toString(filter) + " on " + toString(x));
      continue;
    }
    int64_t back = 0;
    GRAFT_RETURN_IF_ERROR(slidingOutput(result, filter[i], window.dilations[i],
                                        window.strides[i], window.pads[2 * i],
                                        window.pads[2 * i + 1], back));
    if (back != in)
      return broken("output_size must be one that the forward convolution "
                    "takes to " +
                        std::to_string(in),
                    std::to_string(result) + ", which it takes to " +
                        std::to_string(back));
  }
  return one(results, dtype, std::move(shape));
}

template <typename C>
void scatter(const OpDesc &op, const Views &inputs, const TensorView &result) {
  Window window;
  (void)window.read(op);
  const Shape &in = inputs[0].type.shape;
  const Shape &kernel = inputs[1].type.shape;
  const Shape &out = result.type.shape;
  std::vector<C> x = readFactors<C>(op, inputs[0]);
  std::vector<C> filter = widenAll<C>(inputs[1]);
  std::vector<C> bias(static_cast<size_t>(out[3]), C(0));
  if (op.attributes.getInt("has_bias"))
    bias = widenAll<C>(inputs[2]);
  int64_t count = 0;
  (void)countElements(out, count);
  std::vector<C> sums(static_cast<size_t>(count));
  if (count == 0)
    return;
  for (size_t i = 0; i < sums.size(); ++i)
    sums[i] = bias[i % bias.size()];

  const C *source = x.data();
  for (int64_t n = 0; n < in[0]; ++n)
    for (int64_t ih = 0; ih < in[1]; ++ih)
      for (int64_t iw = 0; iw < in[2]; ++iw, source += in[3])
        for (int64_t kh = 0; kh < kernel[0]; ++kh)
          for (int64_t kw = 0; kw < kernel[1]; ++kw) {
            int64_t h = ih * window.strides[0] - window.pads[0] +
                        kh * window.dilations[0];
            int64_t w = iw * window.strides[1] - window.pads[2] +
                        kw * window.dilations[1];
            if (h < 0 || h >= out[1] || w < 0 || w >= out[2])
              continue;
            C *pixel = sums.data() + ((n * out[1] + h) * out[2] + w) * out[3];
            const C *weights =
                filter.data() + (kh * kernel[1] + kw) * out[3] * in[3];
            for (int64_t o = 0; o < out[3]; ++o)
              for (int64_t c = 0; c < in[3]; ++c)
                pixel[o] += source[c] * weights[o * in[3] + c];
          }
  storeProducts(sums, result);
}

Status evaluateConv2DTranspose(const OpDesc &op, const Views &inputs,
                               const Views &results) {
  if (isFloat(inputs[0].type.dtype))
    scatter<double>(op, inputs, results[0]);
  else
    scatter<uint64_t>(op, inputs, results[0]);
  return Status();
}

} // namespace

void graft::ops::addConvolutionRows(Rows &rows) {
  rows.push_back({"conv2d", inferConv2D, evaluateConv2D});
  rows.push_back(
      {"conv2d_transpose", inferConv2DTranspose, evaluateConv2DTranspose});
}
