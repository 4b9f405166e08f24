//===- Evaluator.h - computes `nn` operations -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one evaluator: it folds constants and it is the oracle of tests. Small
// and slow; the kernels are those of runtime/ops.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_REFERENCE_EVALUATOR_H
#define GRAFT_DIALECTS_NN_REFERENCE_EVALUATOR_H

#include "dialects/nn/reference/TensorBuffer.h"
#include "support/Status.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Operation.h"

namespace graft::nn {

/// Computes the results of one operation, whose types follow from the inputs.
Status evaluate(mlir::Operation *op, llvm::ArrayRef<TensorBuffer> inputs,
                llvm::SmallVectorImpl<TensorBuffer> &results);

/// Computes the results of one operation on constant operands. Fails without a
/// diagnostic where an operand cannot be read, a result would have more than
/// `maxBytes`, or the inputs are outside of the operation's domain. A tensor
/// that only changes its shape keeps its storage.
mlir::LogicalResult
evaluate(mlir::Operation *op, llvm::ArrayRef<mlir::ElementsAttr> operands,
         int64_t maxBytes, llvm::SmallVectorImpl<mlir::ElementsAttr> &results);

/// Runs a function of one block. Failures name the operation and its location.
Status interpret(mlir::func::FuncOp function,
                 llvm::ArrayRef<TensorBuffer> inputs,
                 llvm::SmallVectorImpl<TensorBuffer> &results);

} // namespace graft::nn

#endif // GRAFT_DIALECTS_NN_REFERENCE_EVALUATOR_H
