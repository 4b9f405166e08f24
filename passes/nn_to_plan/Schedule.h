//===- Schedule.h - an order of execution that needs little memory --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_TO_PLAN_SCHEDULE_H
#define GRAFT_PASSES_NN_TO_PLAN_SCHEDULE_H

#include "mlir/IR/Block.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace graft::plan {

/// A topological order of the pure operations in `block` but for its constants
/// and its terminator. Of three orders the one with the lowest peak of live
/// bytes is taken: the order as it is, a greedy one that frees the most at
/// every step, and a depth-first one that evaluates the operand with the
/// largest need first. Deterministic; time is linear but for the sorting of
/// ready operations.
llvm::SmallVector<mlir::Operation *> scheduleForMemory(mlir::Block &block);

/// The largest number of bytes of results that live at once when `order` is
/// run. A dynamic dimension counts as 1.
uint64_t computePeakBytes(llvm::ArrayRef<mlir::Operation *> order);

} // namespace graft::plan

#endif // GRAFT_PASSES_NN_TO_PLAN_SCHEDULE_H
