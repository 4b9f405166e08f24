//===- Convolution.h - convolutions ---------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of converting a convolution that its fused forms share.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_TO_NN_CONVOLUTION_H
#define GRAFT_PASSES_GRAPH_TO_NN_CONVOLUTION_H

#include "passes/graph_to_nn/DataFormat.h"

namespace graft {

/// The convolution of inputs 0 and 1, in NHWC; null where it is refused.
mlir::Value convolve(NodeConversion &conversion);

} // namespace graft

#endif // GRAFT_PASSES_GRAPH_TO_NN_CONVOLUTION_H
