//===- GraphBytecode.h - attributes of the dialect in bytecode ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_GRAPHBYTECODE_H
#define GRAFT_DIALECTS_GRAPH_GRAPHBYTECODE_H

namespace graft::graph {

class GraphDialect;

/// Teaches the dialect to write its attributes as bytecode.
void addBytecodeInterface(GraphDialect *dialect);

} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_GRAPHBYTECODE_H
