//===- SegmentBuilder.h - wrap nodes as a graph.segment ---------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_SEGMENTBUILDER_H
#define GRAFT_PASSES_GRAPH_SEGMENTBUILDER_H

#include "passes/graph/GraphUtils.h"

namespace graft::graph {

/// Moves `members`, a convex set of effect-free nodes in topological order,
/// into a segment of the given name, and returns it. Constants that they read
/// are copied into it; those that nobody reads any more go. A member whose name
/// the user knows, as `keepsName` says, leaves an `Identity` or `IdentityN` of
/// its name behind. `last` is the largest result number that the user asks of
/// such a member.
SegmentOp buildSegment(llvm::ArrayRef<NodeOp> members, llvm::StringRef name,
                       llvm::function_ref<bool(NodeOp)> keepsName,
                       llvm::function_ref<int64_t(NodeOp)> last);

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_SEGMENTBUILDER_H
