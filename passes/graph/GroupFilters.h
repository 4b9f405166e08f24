//===- GroupFilters.h - candidates that their group shows to be none ------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether some nodes can be part of an engine depends on what is in it: graph-
// segment groups its candidates, asks here, and groups those that are left.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_GROUPFILTERS_H
#define GRAFT_PASSES_GRAPH_GROUPFILTERS_H

#include "passes/graph/NodeSemantics.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

namespace graft::graph {

/// Nodes that are no candidates, and why.
using Refusals = llvm::MapVector<mlir::Operation *, Refusal>;
/// Of each group the members, in topological order.
using Groups = llvm::ArrayRef<llvm::SmallVector<NodeOp>>;

/// Refuses nodes with a tensor at their group's border that the engine operator
/// does not take or give, such as the cast of a picture of bytes, and those to
/// which the border then moves. Results of nodes in `wanted` leave the group.
void refuseForeignBorders(Groups groups,
                          const llvm::DenseSet<mlir::Operation *> &wanted,
                          Refusals &refused);

/// Refuses nodes whose results have shapes that depend on contents which only a
/// run of the engine would tell: such an engine could never run. With `all`,
/// also those whose sizes other nodes of their group compute.
void refuseUnknownShapes(Groups groups, const NodeSemantics &semantics,
                         bool all, Refusals &refused);

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_GROUPFILTERS_H
