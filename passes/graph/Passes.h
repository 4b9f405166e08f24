//===- Passes.h - passes over the `graph` dialect ---------------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_PASSES_H
#define GRAFT_PASSES_GRAPH_PASSES_H

#include "mlir/Pass/Pass.h"

#include <memory>
#include <string>

namespace graft::graph {

#define GEN_PASS_DECL
#include "passes/graph/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/graph/Passes.h.inc"

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_PASSES_H
