//===- DataTypes.h - TensorFlow's type numbers as MLIR types --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one table between DataType, by number, and element types.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_DATATYPES_H
#define GRAFT_DIALECTS_GRAPH_DATATYPES_H

#include "mlir/IR/Types.h"

#include <cstdint>
#include <optional>

namespace graft::graph {

/// The element type of a DataType. A number without a type of its own, known or
/// not, becomes `!graph.dtype<number>`; 0 means that the type is not known.
mlir::Type typeFromNumber(int32_t number, mlir::MLIRContext *context);

/// The DataType of an element type; nothing if TensorFlow has no such type.
std::optional<int32_t> numberFromType(mlir::Type elementType);

/// Bytes that an element takes in `tensor_content`; 0 where elements have no
/// fixed size (strings, handles) or the type is not known. Types narrower than
/// a byte take one.
unsigned contentElementSize(int32_t number);

} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_DATATYPES_H
