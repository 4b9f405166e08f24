//===- Draft.h - what a pattern makes before it matches -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_DRAFT_H
#define GRAFT_PASSES_NN_DRAFT_H

#include "dialects/nn/NN.h"

#include "mlir/IR/PatternMatch.h"

namespace graft::nn {

/// The constants that a pattern creates in front of its root before it knows
/// whether it matches. A pattern that fails must leave nothing behind, or the
/// driver would never reach a fixpoint.
class Draft {
public:
  Draft(mlir::PatternRewriter &rewriter, mlir::Operation *root)
      : rewriter(rewriter), root(root), last(root->getPrevNode()) {}

  /// Erases them and fails with the reason.
  llvm::LogicalResult discard(const char *why) {
    for (mlir::Operation *op = root->getPrevNode(); op != last;) {
      mlir::Operation *made = op;
      op = op->getPrevNode();
      if (mlir::isa<ConstantOp>(made) && made->use_empty())
        rewriter.eraseOp(made);
    }
    return rewriter.notifyMatchFailure(root, why);
  }

private:
  mlir::PatternRewriter &rewriter;
  mlir::Operation *root;
  mlir::Operation *last; ///< in front of them
};

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_DRAFT_H
