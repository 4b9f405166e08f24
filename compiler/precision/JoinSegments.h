//===- JoinSegments.h - what runs without TensorFlow, as one function -----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_PRECISION_JOINSEGMENTS_H
#define GRAFT_COMPILER_PRECISION_JOINSEGMENTS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace graft {

/// A module with copies of the functions of those segments that the inputs of
/// the graph lead to, through each other at most, one behind the other in the
/// function "main". It takes what feeds the graph and gives what the segments
/// do; tensors are called as they are in the segments' own functions. Null if
/// there is no such segment.
mlir::OwningOpRef<mlir::ModuleOp> joinSegments(mlir::ModuleOp module);

} // namespace graft

#endif // GRAFT_COMPILER_PRECISION_JOINSEGMENTS_H
