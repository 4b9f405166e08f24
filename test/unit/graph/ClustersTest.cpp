//===- ClustersTest.cpp - groups are convex, connected and large ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/Clusters.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

using graft::graph::ClusterEdge;
using graft::graph::findClusters;

namespace {

struct Graph {
  std::vector<int32_t> kind;
  std::vector<ClusterEdge> edges;
};

/// Vertices of which `share` of a hundred are candidates, each with up to two
/// edges from one of the `reach` vertices before it.
Graph randomGraph(uint32_t seed, uint32_t size, uint32_t reach,
                  uint32_t share) {
  std::mt19937 random(seed);
  Graph graph;
  for (uint32_t vertex = 0; vertex < size; ++vertex) {
    graph.kind.push_back(random() % 100 < share ? 0 : -1);
    for (int edge = 0; edge < 2 && vertex > 0; ++edge) {
      uint32_t back = 1 + random() % std::min(vertex, reach);
      graph.edges.push_back({vertex - back, vertex, int64_t(random() % 10)});
    }
  }
  return graph;
}

/// The graph in which every group is one vertex has no cycle.
bool isAcyclic(const Graph &graph, const std::vector<uint32_t> &group) {
  std::vector<std::set<uint32_t>> next(group.size());
  std::vector<uint32_t> waiting(group.size(), 0);
  for (const ClusterEdge &edge : graph.edges)
    if (group[edge.from] != group[edge.to] &&
        next[group[edge.from]].insert(group[edge.to]).second)
      ++waiting[group[edge.to]];
  std::vector<uint32_t> ready;
  size_t groups = 0, done = 0;
  for (uint32_t vertex = 0; vertex < group.size(); ++vertex)
    if (group[vertex] == vertex) {
      ++groups;
      if (waiting[vertex] == 0)
        ready.push_back(vertex);
    }
  while (!ready.empty()) {
    uint32_t vertex = ready.back();
    ready.pop_back();
    ++done;
    for (uint32_t target : next[vertex])
      if (--waiting[target] == 0)
        ready.push_back(target);
  }
  return done == groups;
}

/// Two neighbours of one kind that could be one group without a cycle.
size_t countMissed(const Graph &graph, const std::vector<uint32_t> &group) {
  size_t missed = 0;
  for (const ClusterEdge &edge : graph.edges) {
    uint32_t from = group[edge.from], to = group[edge.to];
    if (from == to || graph.kind[edge.from] < 0 ||
        graph.kind[edge.from] != graph.kind[edge.to])
      continue;
    std::vector<uint32_t> joined = group;
    for (uint32_t &each : joined)
      if (each == from || each == to)
        each = std::min(from, to);
    missed += isAcyclic(graph, joined);
  }
  return missed;
}

TEST(Clusters, GroupsHaveNoCycleAmongThem) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    Graph graph = randomGraph(seed, 60, 2 + seed % 20, 50 + seed % 45);
    std::vector<uint32_t> group = findClusters(graph.kind, graph.edges);
    ASSERT_TRUE(isAcyclic(graph, group)) << "seed " << seed;
    for (uint32_t vertex = 0; vertex < group.size(); ++vertex) {
      ASSERT_LE(group[vertex], vertex);
      ASSERT_EQ(group[group[vertex]], group[vertex]);
      if (graph.kind[vertex] < 0)
        ASSERT_EQ(group[vertex], vertex) << "seed " << seed;
    }
  }
}

TEST(Clusters, NoNeighboursAreLeftThatCouldBeOne) {
  size_t missed = 0;
  for (uint32_t seed = 0; seed < 100; ++seed) {
    Graph graph = randomGraph(seed, 50, 2 + seed % 20, 60 + seed % 35);
    missed += countMissed(graph, findClusters(graph.kind, graph.edges));
  }
  EXPECT_EQ(missed, 0u);
}

TEST(Clusters, PathThroughAnotherVertexSeparates) {
  // 0 -> 1 (no candidate) -> 3 and 0 -> 2 -> 3: 3 waits for 1, and 1 for 0.
  Graph graph;
  graph.kind = {0, -1, 0, 0};
  graph.edges = {{0, 1, 1}, {1, 3, 1}, {0, 2, 1}, {2, 3, 1}};
  EXPECT_EQ(findClusters(graph.kind, graph.edges),
            (std::vector<uint32_t>{0, 1, 0, 3}));
}

TEST(Clusters, ChainOfAMillionTakesNoStack) {
  Graph graph;
  graph.kind.assign(1000000, 0);
  for (uint32_t vertex = 1; vertex < graph.kind.size(); ++vertex)
    graph.edges.push_back({vertex - 1, vertex, 0});
  std::vector<uint32_t> group = findClusters(graph.kind, graph.edges);
  EXPECT_EQ(group.back(), 0u);
}

TEST(Clusters, KindsStayApart) {
  Graph graph;
  graph.kind = {0, 1, 1, 2};
  graph.edges = {{0, 1, 5}, {1, 2, 5}, {2, 3, 5}};
  EXPECT_EQ(findClusters(graph.kind, graph.edges),
            (std::vector<uint32_t>{0, 1, 1, 3}));
}

} // namespace
