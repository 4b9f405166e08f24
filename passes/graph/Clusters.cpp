//===- Clusters.cpp - convex clusters of an acyclic graph -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/Clusters.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace graft::graph {
namespace {

/// All searches together may look at this many edges for each vertex and edge
/// of the graph; what is not found out by then stays apart.
constexpr int64_t searchFactor = 64;

class Contraction {
public:
  Contraction(llvm::ArrayRef<int32_t> kind, llvm::ArrayRef<ClusterEdge> edges)
      : kind(kind), edges(edges), leader(kind.size()), rank(kind.size()),
        next(kind.size()), previous(kind.size()), mark(kind.size(), 0) {
    std::iota(leader.begin(), leader.end(), 0);
  }

  std::vector<uint32_t> run() {
    joinLevels();
    if (buildQuotient())
      contractEdges();
    std::vector<uint32_t> result(kind.size());
    for (uint32_t vertex = 0; vertex < result.size(); ++vertex)
      result[vertex] = smallest(vertex);
    return result;
  }

private:
  uint32_t find(uint32_t vertex) {
    while (leader[vertex] != vertex)
      vertex = leader[vertex] = leader[leader[vertex]];
    return vertex;
  }
  uint32_t smallest(uint32_t vertex) {
    if (lowest.empty()) {
      lowest.resize(kind.size());
      for (uint32_t each = kind.size(); each-- > 0;)
        lowest[find(each)] = each;
    }
    return lowest[find(vertex)];
  }

  void joinLevels();
  bool buildQuotient();
  void contractEdges();
  bool contract(uint32_t from, uint32_t to);
  bool search(uint32_t start, uint32_t goal, bool forward,
              std::vector<uint32_t> &found);

  llvm::ArrayRef<int32_t> kind;
  llvm::ArrayRef<ClusterEdge> edges;
  std::vector<uint32_t> leader;
  std::vector<uint32_t> lowest;
  /// Of groups, by their leader: place in a topological order, and neighbours,
  /// which may be repeated and may name vertices instead of leaders.
  std::vector<uint32_t> rank;
  std::vector<std::vector<uint32_t>> next, previous;
  std::vector<uint32_t> mark;
  uint32_t epoch = 0;
  int64_t budget = 0;
};

void Contraction::joinLevels() {
  std::vector<uint32_t> level(kind.size(), 0);
  // Vertices are in topological order, so edges sorted by target are, too.
  std::vector<ClusterEdge> sorted(edges.begin(), edges.end());
  llvm::sort(sorted, [](const ClusterEdge &a, const ClusterEdge &b) {
    return std::tie(a.to, a.from) < std::tie(b.to, b.from);
  });
  for (const ClusterEdge &edge : sorted) {
    bool leaves = kind[edge.from] >= 0 && kind[edge.to] < 0;
    level[edge.to] = std::max(level[edge.to], level[edge.from] + leaves);
  }
  for (const ClusterEdge &edge : sorted)
    if (kind[edge.from] >= 0 && kind[edge.from] == kind[edge.to] &&
        level[edge.from] == level[edge.to])
      leader[find(edge.to)] = find(edge.from);
}

/// Neighbours and a first topological order of the groups. False if no edge is
/// left that could be contracted.
bool Contraction::buildQuotient() {
  std::vector<uint32_t> waiting(kind.size(), 0);
  bool isUseful = false;
  for (const ClusterEdge &edge : edges) {
    uint32_t from = find(edge.from), to = find(edge.to);
    if (from == to)
      continue;
    next[from].push_back(to);
    previous[to].push_back(from);
    ++waiting[to];
    isUseful |= kind[from] >= 0 && kind[from] == kind[to];
  }
  if (!isUseful)
    return false;
  std::vector<uint32_t> order;
  for (uint32_t vertex = 0; vertex < kind.size(); ++vertex)
    if (find(vertex) == vertex && waiting[vertex] == 0)
      order.push_back(vertex);
  for (size_t done = 0; done < order.size(); ++done) {
    rank[order[done]] = done;
    for (uint32_t target : next[order[done]])
      if (--waiting[target] == 0)
        order.push_back(target);
  }
  budget = searchFactor * static_cast<int64_t>(kind.size() + edges.size());
  return true;
}

void Contraction::contractEdges() {
  std::vector<ClusterEdge> dearest(edges.begin(), edges.end());
  llvm::sort(dearest, [](const ClusterEdge &a, const ClusterEdge &b) {
    return std::tie(b.cost, a.from, a.to) < std::tie(a.cost, b.from, b.to);
  });
  // A contraction can free another edge; a few rounds find nearly all of them.
  for (int round = 0; round < 3; ++round) {
    bool changed = false;
    for (const ClusterEdge &edge : dearest) {
      uint32_t from = find(edge.from), to = find(edge.to);
      if (from != to && kind[from] >= 0 && kind[from] == kind[to])
        changed |= contract(from, to);
      if (budget < 0)
        return;
    }
    if (!changed)
      return;
  }
}

/// Collects the groups reachable from `start` against or along the edges,
/// without the edge to `goal` itself, whose ranks lie between those of the two.
/// False if one of them is next to `goal`, or if the budget is used up.
bool Contraction::search(uint32_t start, uint32_t goal, bool forward,
                         std::vector<uint32_t> &found) {
  ++epoch;
  std::vector<uint32_t> stack = {start};
  while (!stack.empty()) {
    uint32_t group = stack.back();
    stack.pop_back();
    for (uint32_t neighbour : forward ? next[group] : previous[group]) {
      if (--budget < 0)
        return false;
      neighbour = find(neighbour);
      if (neighbour == goal && group != start)
        return false;
      if (neighbour == goal || neighbour == group || mark[neighbour] == epoch ||
          (forward ? rank[neighbour] > rank[goal]
                   : rank[neighbour] < rank[goal]))
        continue;
      mark[neighbour] = epoch;
      found.push_back(neighbour);
      stack.push_back(neighbour);
    }
  }
  return true;
}

/// Makes one group of two that an edge joins, unless another path does, too.
bool Contraction::contract(uint32_t from, uint32_t to) {
  std::vector<uint32_t> after, before;
  if (!search(from, to, /*forward=*/true, after) ||
      !search(to, from, /*forward=*/false, before))
    return false;

  // What comes before `to` goes before the new group, what comes after `from`
  // after it; together they share the places that they had.
  auto byRank = [&](uint32_t a, uint32_t b) { return rank[a] < rank[b]; };
  llvm::sort(after, byRank);
  llvm::sort(before, byRank);
  std::vector<uint32_t> places = {rank[from], rank[to]};
  for (uint32_t group : after)
    places.push_back(rank[group]);
  for (uint32_t group : before)
    places.push_back(rank[group]);
  llvm::sort(places);

  uint32_t kept = from, gone = to;
  if (next[kept].size() + previous[kept].size() <
      next[gone].size() + previous[gone].size())
    std::swap(kept, gone);
  leader[gone] = kept;
  for (auto *lists : {&next, &previous}) {
    std::vector<uint32_t> &list = (*lists)[gone];
    (*lists)[kept].insert((*lists)[kept].end(), list.begin(), list.end());
    list = {};
  }
  size_t place = 0;
  for (uint32_t group : before)
    rank[group] = places[place++];
  rank[kept] = places[place++];
  for (uint32_t group : after)
    rank[group] = places[place++];
  return true;
}

} // namespace

std::vector<uint32_t> findClusters(llvm::ArrayRef<int32_t> kind,
                                   llvm::ArrayRef<ClusterEdge> edges) {
  return Contraction(kind, edges).run();
}

} // namespace graft::graph
