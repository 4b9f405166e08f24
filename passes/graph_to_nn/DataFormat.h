//===- DataFormat.h - layouts, windows and padding ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shared by operators on images: TensorFlow names layout and padding, nn has
// NHWC and explicit pads.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_TO_NN_DATAFORMAT_H
#define GRAFT_PASSES_GRAPH_TO_NN_DATAFORMAT_H

#include "passes/graph_to_nn/NodeConversion.h"

namespace graft {

/// The attribute data_format is NCHW.
bool isChannelsFirst(NodeConversion &conversion);

/// `value` as NHWC. Refuses a data_format that is neither NHWC nor NCHW.
mlir::Value toChannelsLast(NodeConversion &conversion, mlir::Value value);
/// An NHWC result in the node's data_format.
mlir::Value fromChannelsLast(NodeConversion &conversion, mlir::Value value);

/// Height and width of a window, in nn's order.
struct Window {
  llvm::SmallVector<int64_t> size = {1, 1};
  llvm::SmallVector<int64_t> strides = {1, 1};
  llvm::SmallVector<int64_t> dilations = {1, 1};
  llvm::SmallVector<int64_t> pads = {0, 0, 0, 0}; ///< top, bottom, left, right
};

/// Takes height and width from a list in the order of data_format; the entries
/// for batch and channels must be 1. `what` names the list.
bool takeSpatial(NodeConversion &conversion, llvm::ArrayRef<int64_t> list,
                 llvm::StringRef what, llvm::SmallVector<int64_t> &spatial);

/// Reads strides and dilations of the node.
bool readStrides(NodeConversion &conversion, Window &window);

/// Sets the pads that the node's padding means for an image of `height` and
/// `width`, which may be dynamic.
bool readPads(NodeConversion &conversion, int64_t height, int64_t width,
              Window &window);

/// Padding SAME of one dimension: zeros before and after it.
bool padSame(NodeConversion &conversion, int64_t size, int64_t window,
             int64_t stride, int64_t dilation, int64_t &before, int64_t &after);

} // namespace graft

#endif // GRAFT_PASSES_GRAPH_TO_NN_DATAFORMAT_H
