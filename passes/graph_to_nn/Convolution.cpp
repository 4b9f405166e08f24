//===- Convolution.cpp - convolutions -------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Filters are HWIO on both sides; a depthwise filter becomes one with as many
// groups as channels, whose elements lie in the same order.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Convolution.h"

#include "passes/graph_to_nn/Converters.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

/// The shape of an input of rank 4, or nothing.
static std::optional<ArrayRef<int64_t>> imageShape(NodeConversion &c,
                                                   Value value) {
  if (!value)
    return std::nullopt;
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() == 4)
    return type.getShape();
  c.refuse(NativeReason::InvalidNode,
           "operator " + c.getNode().getOp() +
               " must get tensors of rank 4, got rank " +
               Twine(type.getRank()));
  return std::nullopt;
}

/// The filter's window, which must be known.
static bool readWindow(NodeConversion &c, ArrayRef<int64_t> filter,
                       Window &window) {
  if (ShapedType::isDynamicShape(filter)) {
    c.refuse(NativeReason::UnsupportedShape,
             "the filter's sizes must be known");
    return false;
  }
  window.size = {filter[0], filter[1]};
  return readStrides(c, window);
}

Value graft::convolve(NodeConversion &c) {
  Value x = toChannelsLast(c, c.input(0));
  Value filter = c.input(1);
  auto image = imageShape(c, x);
  auto taps = imageShape(c, filter);
  Window window;
  if (!image || !taps || !readWindow(c, *taps, window) ||
      !readPads(c, (*image)[1], (*image)[2], window))
    return {};
  int64_t channels = (*image)[3];
  int64_t perGroup = (*taps)[2];
  // Unknown channels are those of the filter.
  int64_t groups = 1;
  if (!ShapedType::isDynamic(channels)) {
    if (perGroup < 1 || channels % perGroup != 0) {
      c.refuse(NativeReason::InvalidNode,
               "the image's channels must be a multiple of the filter's, got " +
                   Twine(channels) + " and " + Twine(perGroup));
      return {};
    }
    groups = std::max<int64_t>(channels / perGroup, 1);
  }
  return c.createHeavy<nn::Conv2DOp>(x, filter, {},
                                     {{"strides", window.strides},
                                      {"dilations", window.dilations},
                                      {"pads", window.pads},
                                      {"groups", groups}});
}

static void conv2D(NodeConversion &c) {
  c.result(fromChannelsLast(c, convolve(c)));
}

static void depthwiseConv2D(NodeConversion &c) {
  Value x = toChannelsLast(c, c.input(0));
  auto image = imageShape(c, x);
  auto taps = imageShape(c, c.input(1));
  Window window;
  if (!image || !taps || !readWindow(c, *taps, window) ||
      !readPads(c, (*image)[1], (*image)[2], window))
    return;
  int64_t channels = (*taps)[2];
  Value filter =
      c.reshape(c.input(1), {(*taps)[0], (*taps)[1], 1, channels * (*taps)[3]});
  c.result(fromChannelsLast(
      c, c.createHeavy<nn::Conv2DOp>(x, filter, {},
                                     {{"strides", window.strides},
                                      {"dilations", window.dilations},
                                      {"pads", window.pads},
                                      {"groups", channels}})));
}

/// Inputs: the sizes of the result, the filter, and what is spread.
static void conv2DBackpropInput(NodeConversion &c) {
  Value x = toChannelsLast(c, c.input(2));
  Value filter = c.input(1);
  auto image = imageShape(c, x);
  auto taps = imageShape(c, filter);
  Window window;
  if (!image || !taps || !readWindow(c, *taps, window))
    return;
  // The sizes, or what the graph knows about the result where they depend on
  // the batch.
  SmallVector<int64_t> sizes;
  auto known =
      dyn_cast<RankedTensorType>(c.getNode().getOutputs()[0].getType());
  if (!c.constant(0) && known && known.getRank() == 4)
    sizes.assign(known.getShape().begin(), known.getShape().end());
  else if (!c.constantInts(0, "the sizes of the result", sizes))
    return;
  // Without batch and channels, in some versions.
  if (sizes.size() == 4)
    sizes = isChannelsFirst(c) ? SmallVector<int64_t>{sizes[2], sizes[3]}
                               : SmallVector<int64_t>{sizes[1], sizes[2]};
  if (sizes.size() != 2 || sizes[0] < 0 || sizes[1] < 0)
    return c.refuse(NativeReason::OperandNotConstant,
                    "height and width of the result (input 0) must be known");
  if (!readPads(c, sizes[0], sizes[1], window))
    return;
  c.result(fromChannelsLast(
      c, c.createHeavy<nn::Conv2DTransposeOp>(x, filter, {},
                                              {{"strides", window.strides},
                                               {"dilations", window.dilations},
                                               {"pads", window.pads},
                                               {"output_size", sizes}})));
}

void graft::addConvolutionConverters(ConverterRows &rows) {
  rows.append({
      {"Conv2D", conv2D},
      {"Conv2DBackpropInput", conv2DBackpropInput},
      {"DepthwiseConv2dNative", depthwiseConv2D},
  });
}
