//===- InputDefault.h - what stands for an input ----------------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_INPUTDEFAULT_H
#define GRAFT_PASSES_GRAPH_INPUTDEFAULT_H

#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/Value.h"

namespace graft::graph {

/// The default of an input that need not be given: the constant behind a
/// PlaceholderWithDefault, if it has a shape and elements that the input takes.
/// Null for any other tensor.
mlir::ElementsAttr findDefault(mlir::Value tensor);

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_INPUTDEFAULT_H
