//===- EngineNodes.h - nodes that run an engine -----------------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Queries about engines for passes over graphs. It is below them, and knows of
// the `graph` dialect alone.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TFTRT_ENGINENODES_H
#define GRAFT_TFTRT_ENGINENODES_H

#include "dialects/graph/Graph.h"

#include "mlir/IR/Builders.h"

#include <string>

namespace graft::tftrt {

/// True for the operators that run an engine: `TRTEngineOp`, and `TRTCalibOp`
/// of TensorFlow 1.7 to 1.9.
bool isEngine(graph::NodeOp node);

/// The name of the function that an engine falls back on: in `segment_func`,
/// or, from TensorFlow 1.8 to 1.13, in a string. Empty if it names none.
llvm::StringRef nativeSegmentName(graph::NodeOp engine);

/// The name of a graph's engine of that number: "TRTEngineOp_000_007".
std::string engineName(size_t number);

/// The names of `count` inputs or outputs: "<prefix>0" and so on.
mlir::ArrayAttr numberedNames(mlir::Builder &builder, llvm::StringRef prefix,
                              size_t count);

/// Why the engine operator does not take or give a tensor of this type; empty
/// if it does.
std::string findForeignType(mlir::Type type);

} // namespace graft::tftrt

#endif // GRAFT_TFTRT_ENGINENODES_H
