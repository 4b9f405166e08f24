//===- Reductions.h - what graft-reduce tries on operations ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MLIR's reducer takes operations away and leaves their readers without an
// operand, which is no valid IR. These patterns give the readers another one.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TOOLS_GRAFT_REDUCE_REDUCTIONS_H
#define GRAFT_TOOLS_GRAFT_REDUCE_REDUCTIONS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace graft {

/// Adds the patterns to the nn dialect; they match operations of any.
void registerReductions(mlir::DialectRegistry &registry);

} // namespace graft

#endif // GRAFT_TOOLS_GRAFT_REDUCE_REDUCTIONS_H
