//===- Clusters.h - convex clusters of an acyclic graph ---------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mathematics of graph-segment, on numbers only.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_CLUSTERS_H
#define GRAFT_PASSES_GRAPH_CLUSTERS_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace graft::graph {

/// An edge between vertices; `from` < `to`, because vertices are numbered in
/// topological order. `cost` is what it takes to cut it.
struct ClusterEdge {
  uint32_t from;
  uint32_t to;
  int64_t cost;
};

/// Groups the vertices of an acyclic graph such that no path leaves a group and
/// comes back, and the groups among each other have no cycle either: each can
/// be replaced by one vertex, all at once.
///
/// `kind` says of each vertex to which kind of group it may belong, -1 for
/// none. Kinds must grow along paths: a path between two vertices of one kind
/// meets only that kind and vertices that belong to no group. Groups are
/// connected.
///
/// Returns for each vertex the smallest vertex of its group, itself if it is
/// alone.
///
/// Takes two steps. (1) The level of a vertex is the largest number of times
/// that a path to it leaves groups for a vertex without kind. Vertices of one
/// level form a convex set, so neighbours of one level and kind are joined, in
/// linear time. (2) The edges that remain, dearest first, are contracted where
/// no other path joins their ends. The search for one is kept between the ends'
/// places in a topological order of the groups, which is repaired after each
/// contraction, and all searches together may take a fixed multiple of the
/// graph's size.
std::vector<uint32_t> findClusters(llvm::ArrayRef<int32_t> kind,
                                   llvm::ArrayRef<ClusterEdge> edges);

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_CLUSTERS_H
