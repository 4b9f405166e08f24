//===- Patterns.h - the sets of patterns of nn-raise ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_RAISE_PATTERNS_H
#define GRAFT_PASSES_NN_RAISE_PATTERNS_H

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace graft::nn::raise {

/// gelu, gelu_tanh, swish and hard_swish.
void populateActivationPatterns(mlir::RewritePatternSet &patterns);

/// attention, from a softmax between two products.
void populateAttentionPatterns(mlir::RewritePatternSet &patterns);

/// layer_norm.
void populateLayerNormPatterns(mlir::RewritePatternSet &patterns);

/// softmax and log_softmax.
void populateSoftmaxPatterns(mlir::RewritePatternSet &patterns);

} // namespace graft::nn::raise

#endif // GRAFT_PASSES_NN_RAISE_PATTERNS_H
