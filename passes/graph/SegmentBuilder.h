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

/// What says of a native node why it is one.
inline constexpr llvm::StringLiteral kNativeAttr = "graph.native";

/// Undoes buildSegment for a segment that cannot be an engine: its nodes stand
/// where it stood, native for this reason. A name that is taken meanwhile, by
/// what was left behind for the user or by a shared constant, gets a suffix.
void dissolveSegment(SegmentOp segment, NativeReason code,
                     const llvm::Twine &reason);

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_SEGMENTBUILDER_H
