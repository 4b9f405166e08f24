//===- Riding.h - one operation takes over the work of its reader ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the vertical fusions share: finding a heavy operation that only one
// operation reads, and putting a changed copy of it in the reader's place.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_RIDING_H
#define GRAFT_PASSES_NN_RIDING_H

#include "dialects/nn/NN.h"

#include "mlir/IR/PatternMatch.h"

namespace graft::nn {

/// The heavy operation behind `value` if nobody else reads it, else null.
inline EpilogueOpInterface getFusable(mlir::Value value) {
  return value.hasOneUse() ? value.getDefiningOp<EpilogueOpInterface>()
                           : EpilogueOpInterface();
}

/// Puts a copy of `heavy` in the place of `op`, which reads it, and erases
/// both. `change` makes the copy do what `op` did. Standing where `op` stood,
/// the copy may use all that `op` used.
template <typename Change>
void fuse(mlir::PatternRewriter &rewriter, EpilogueOpInterface heavy,
          mlir::Operation *op, Change change) {
  auto copy = mlir::cast<EpilogueOpInterface>(rewriter.clone(*heavy));
  copy->setLoc(rewriter.getFusedLoc({heavy.getLoc(), op->getLoc()}));
  change(copy);
  copy->getResult(0).setType(op->getResult(0).getType());
  rewriter.replaceOp(op, copy->getResults());
  rewriter.eraseOp(heavy);
}

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_RIDING_H
