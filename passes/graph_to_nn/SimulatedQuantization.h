//===- SimulatedQuantization.h - converters that keep int8 values ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_TO_NN_SIMULATEDQUANTIZATION_H
#define GRAFT_PASSES_GRAPH_TO_NN_SIMULATEDQUANTIZATION_H

#include "passes/graph_to_nn/NodeConversion.h"

namespace graft {

/// Whether the operator rounds numbers to those that quantized ones stand for:
/// its network says itself what is quantized.
bool simulatesQuantization(llvm::StringRef op);

/// The converter of such an operator that makes a quantization to 8 bits and
/// back of it, where it has 8 bits; null for other operators.
Converter lookupQuantizedConverter(llvm::StringRef op);

/// convertNode() by lookupQuantizedConverter() where there is one.
std::optional<graph::Refusal>
convertNodeToQuantized(graph::NodeOp node, mlir::ValueRange inputs,
                       mlir::OpBuilder &builder,
                       llvm::SmallVectorImpl<mlir::Value> &results);

} // namespace graft

#endif // GRAFT_PASSES_GRAPH_TO_NN_SIMULATEDQUANTIZATION_H
