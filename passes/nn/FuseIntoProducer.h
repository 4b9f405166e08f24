//===- FuseIntoProducer.h - fuse an operation into its producer -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shared by the vertical fusions: they find an operation with epilogues and a
// single reader, and replace the reader by a changed copy of that operation.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_FUSEINTOPRODUCER_H
#define GRAFT_PASSES_NN_FUSEINTOPRODUCER_H

#include "dialects/nn/NN.h"

#include "mlir/IR/PatternMatch.h"

namespace graft::nn {

/// The operation that computes `value`, if it is a `Carrier` with no other
/// reader, else null.
template <typename Carrier = EpilogueOpInterface>
Carrier getFusable(mlir::Value value) {
  return value.hasOneUse() ? value.getDefiningOp<Carrier>() : Carrier();
}

/// Puts a copy of `carrier` in the place of `op`, which reads it, and erases
/// both. `change` adds the work of `op` to the copy. The copy is at the
/// position of `op`, so it may use all operands of `op`.
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
