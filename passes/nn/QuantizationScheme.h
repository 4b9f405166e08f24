//===- QuantizationScheme.h - what a target's int8 kernels take -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_PASSES_NN_QUANTIZATIONSCHEME_H
#define GRAFT_PASSES_NN_QUANTIZATIONSCHEME_H

#include <string>
#include <vector>

namespace graft::nn {

/// The quantized values that nn-quantize makes. Weights are symmetric i8 in
/// every scheme.
struct QuantizationScheme {
  bool isSigned = false;  ///< activations are i8, else u8
  bool asymmetric = true; ///< activations have zero points
  bool perChannel = true; ///< weights have a scale for each output channel
  /// The `nn` operations that multiply quantized values, "conv2d" say.
  std::vector<std::string> operations;
};

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_QUANTIZATIONSCHEME_H
