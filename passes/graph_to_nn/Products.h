//===- Products.h - products of matrices ----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of converting a product that its fused forms share.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_TO_NN_PRODUCTS_H
#define GRAFT_PASSES_GRAPH_TO_NN_PRODUCTS_H

#include "dialects/nn/Describe.h"
#include "passes/graph_to_nn/NodeConversion.h"

namespace graft {

/// The product of inputs 0 and 1; the names are those of the attributes that
/// transpose them. Null where it is refused.
mlir::Value multiply(NodeConversion &conversion, llvm::StringRef transposeA,
                     llvm::StringRef transposeB);

} // namespace graft

#endif // GRAFT_PASSES_GRAPH_TO_NN_PRODUCTS_H
