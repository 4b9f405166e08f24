//===- DataFormat.cpp - layouts, windows and padding ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NCHW becomes a transposition before and after, which nn-simplify sinks.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/DataFormat.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

bool graft::isChannelsFirst(NodeConversion &c) {
  return c.getNode().getStringAttr("data_format") == "NCHW";
}

Value graft::toChannelsLast(NodeConversion &c, Value value) {
  StringRef format = c.getNode().getStringAttr("data_format");
  if (!format.empty() && format != "NHWC" && format != "NCHW") {
    c.refuse(NativeReason::UnsupportedAttribute,
             "attribute data_format must be NHWC or NCHW, got " + format);
    return {};
  }
  return format == "NCHW" ? c.transpose(value, {0, 2, 3, 1}) : value;
}

Value graft::fromChannelsLast(NodeConversion &c, Value value) {
  return isChannelsFirst(c) ? c.transpose(value, {0, 3, 1, 2}) : value;
}

bool graft::takeSpatial(NodeConversion &c, ArrayRef<int64_t> list,
                        StringRef what, SmallVector<int64_t> &spatial) {
  if (list.size() != 4) {
    c.refuse(NativeReason::InvalidNode,
             what + " must have 4 entries, got " + Twine(list.size()));
    return false;
  }
  size_t height = isChannelsFirst(c) ? 2 : 1;
  size_t channels = isChannelsFirst(c) ? 1 : 3;
  if (list[0] != 1 || list[channels] != 1) {
    c.refuse(NativeReason::UnsupportedAttribute,
             what + " must be 1 for batch and channels, got " + Twine(list[0]) +
                 " and " + Twine(list[channels]));
    return false;
  }
  spatial = {list[height], list[height + 1]};
  return true;
}

bool graft::readStrides(NodeConversion &c, Window &window) {
  SmallVector<int64_t> strides = c.getNode().getIntListAttr("strides");
  SmallVector<int64_t> dilations = c.getNode().getIntListAttr("dilations");
  if (dilations.empty())
    dilations.assign(4, 1);
  return takeSpatial(c, strides, "attribute strides", window.strides) &&
         takeSpatial(c, dilations, "attribute dilations", window.dilations);
}

/// The padding with which `size` positions give ceil(size / stride) windows.
bool graft::padSame(NodeConversion &c, int64_t size, int64_t window,
                    int64_t stride, int64_t dilation, int64_t &before,
                    int64_t &after) {
  int64_t reach = 0;
  if (window < 1 || stride < 1 || dilation < 1 ||
      __builtin_mul_overflow(window - 1, dilation, &reach)) {
    c.refuse(NativeReason::InvalidNode,
             "window, strides and dilations must be positive");
    return false;
  }
  int64_t total = reach;
  if (stride != 1) {
    if (ShapedType::isDynamic(size)) {
      c.refuse(NativeReason::UnsupportedShape,
               "padding SAME with strides must get images of known height and "
               "width");
      return false;
    }
    int64_t last = size > 0 ? (size - 1) / stride * stride : 0;
    if (__builtin_add_overflow(last - size + 1, reach, &total)) {
      c.refuse(NativeReason::InvalidNode, "the window must fit into memory");
      return false;
    }
    total = std::max<int64_t>(total, 0);
  }
  before = total / 2;
  after = total - before;
  return true;
}

bool graft::readPads(NodeConversion &c, int64_t height, int64_t width,
                     Window &window) {
  StringRef padding = c.getNode().getStringAttr("padding");
  if (padding == "VALID") {
    window.pads = {0, 0, 0, 0};
    return true;
  }
  if (padding == "SAME")
    return padSame(c, height, window.size[0], window.strides[0],
                   window.dilations[0], window.pads[0], window.pads[1]) &&
           padSame(c, width, window.size[1], window.strides[1],
                   window.dilations[1], window.pads[2], window.pads[3]);
  SmallVector<int64_t> pads = c.getNode().getIntListAttr("explicit_paddings");
  if (padding != "EXPLICIT" || pads.size() != 8) {
    c.refuse(NativeReason::InvalidNode,
             "padding must be SAME, VALID or EXPLICIT with 8 numbers, got " +
                 padding + " with " + Twine(pads.size()));
    return false;
  }
  size_t first = isChannelsFirst(c) ? 4 : 2;
  window.pads.assign(pads.begin() + first, pads.begin() + first + 4);
  return true;
}
