//===- FuseIntoProducer.h - fuse an operation into its producer -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the vertical fusions share: finding an operation with epilogues that
// only one operation reads, and putting a changed copy of it in the reader's
// place.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_FUSEINTOPRODUCER_H
#define GRAFT_PASSES_NN_FUSEINTOPRODUCER_H

#include "dialects/nn/NN.h"

#include "mlir/IR/PatternMatch.h"

namespace graft::nn {

/// The operation behind `value`, if it is a `Carrier` and nobody else reads it,
/// else null.
template <typename Carrier = EpilogueOpInterface>
Carrier getFusable(mlir::Value value) {
  return value.hasOneUse() ? value.getDefiningOp<Carrier>() : Carrier();
}

/// Puts a copy of `carrier` in the place of `op`, which reads it, and erases
/// both. `change` makes the copy do what `op` did. Standing where `op` stood,
/// the copy may use all that `op` used.
template <typename Carrier, typename Change>
void fuse(mlir::PatternRewriter &rewriter, Carrier carrier, mlir::Operation *op,
          Change change) {
  auto copy = mlir::cast<Carrier>(rewriter.clone(*carrier));
  copy->setLoc(rewriter.getFusedLoc({carrier.getLoc(), op->getLoc()}));
  change(copy);
  copy->getResult(0).setType(op->getResult(0).getType());
  rewriter.replaceOp(op, copy->getResults());
  rewriter.eraseOp(carrier);
}

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_FUSEINTOPRODUCER_H
