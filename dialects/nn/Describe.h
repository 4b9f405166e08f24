//===- Describe.h - from `nn` operations to runtime descriptions ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bridge between MLIR and the table of operations in runtime/ops, used by
// type inference, the interpreter and the conversion to plans.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_DESCRIBE_H
#define GRAFT_DIALECTS_NN_DESCRIBE_H

#include "runtime/ops/OpDesc.h"
#include "runtime/ops/Semantics.h"
#include "runtime/ops/Tensor.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

#include <optional>

namespace graft::nn {

/// The element type, or nothing for a type that engines do not have.
std::optional<ops::DType> toDType(mlir::Type elementType);
mlir::Type toElementType(mlir::MLIRContext *context, ops::DType dtype);

/// The type of a ranked tensor, or nothing where it is of another kind.
std::optional<ops::TensorType> toTensorType(mlir::Type type);
mlir::RankedTensorType toMlirType(mlir::MLIRContext *context,
                                  const ops::TensorType &type);

/// Describes an `nn` operation. Its operands are the description's inputs, in
/// the same order; epilogues refer to them by position.
ops::OpDesc describe(mlir::Operation *op);

/// Describes the operation `name` ("nn.conv2d") with all its attributes and
/// `numOperands` operands.
ops::OpDesc describe(llvm::StringRef name, mlir::DictionaryAttr attributes,
                     size_t numOperands);

} // namespace graft::nn

#endif // GRAFT_DIALECTS_NN_DESCRIBE_H
