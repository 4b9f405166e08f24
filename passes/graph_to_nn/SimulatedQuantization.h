//===- SimulatedQuantization.h - converters that keep int8 values ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_TO_NN_SIMULATEDQUANTIZATION_H
#define GRAFT_PASSES_GRAPH_TO_NN_SIMULATEDQUANTIZATION_H

#include "passes/graph_to_nn/NodeConversion.h"

namespace graft {

/// Whether the operator simulates quantization: it rounds values to those that
/// quantized values represent.
bool simulatesQuantization(llvm::StringRef op);

/// The converter of such an operator to a quantize and a dequantize, if it has
/// 8 bits; null for other operators.
Converter lookupQuantizedConverter(llvm::StringRef op);

/// convertNode() with lookupQuantizedConverter(), if that has a converter.
std::optional<graph::Refusal>
convertNodeToQuantized(graph::NodeOp node, mlir::ValueRange inputs,
                       mlir::OpBuilder &builder,
                       llvm::SmallVectorImpl<mlir::Value> &results);

} // namespace graft

#endif // GRAFT_PASSES_GRAPH_TO_NN_SIMULATEDQUANTIZATION_H
