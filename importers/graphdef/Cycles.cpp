//===- Cycles.cpp - nodes and functions that wait for themselves ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Depth-first search with a stack of its own: a chain may have a million nodes.
//===----------------------------------------------------------------------===//
#include "importers/graphdef/Body.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>

using namespace graft;
using namespace graft::graph;
using llvm::ArrayRef;
using llvm::StringRef;

/// Names of a cycle that a message lists at most.
static constexpr size_t kMaxListed = 8;

/// A cycle of the graph with `count` vertices, each followed by the one that it
/// depends on; empty if there is none. `dependency(v, k)` is the k-th
/// dependency of v: kSkip for one that does not count, kEnd after the last.
static constexpr int64_t kSkip = -1, kEnd = -2;
static std::vector<uint32_t>
findCycle(size_t count,
          llvm::function_ref<int64_t(uint32_t, uint32_t)> dependency) {
  enum : uint8_t { White, Grey, Black };
  std::vector<uint8_t> colors(count, White);
  std::vector<std::pair<uint32_t, uint32_t>> stack;
  for (size_t root = 0; root < count; ++root) {
    if (colors[root] != White)
      continue;
    colors[root] = Grey;
    stack.emplace_back(root, 0);
    while (!stack.empty()) {
      auto &[vertex, next] = stack.back();
      int64_t target = dependency(vertex, next++);
      if (target == kEnd) {
        colors[vertex] = Black;
        stack.pop_back();
      } else if (target == kSkip || colors[target] == Black) {
        continue;
      } else if (colors[target] == White) {
        colors[target] = Grey;
        stack.emplace_back(target, 0);
      } else {
        std::vector<uint32_t> cycle;
        auto start = std::find_if(stack.begin(), stack.end(), [&](auto &entry) {
          return entry.first == target;
        });
        for (; start != stack.end(); ++start)
          cycle.push_back(start->first);
        return cycle;
      }
    }
  }
  return {};
}

/// "'a' -> 'b' -> 'a'" in the direction of the data.
static std::string describe(ArrayRef<uint32_t> cycle,
                            llvm::function_ref<StringRef(uint32_t)> name) {
  std::string text = quoted(name(cycle.front()));
  size_t listed = 0;
  for (uint32_t vertex : llvm::reverse(cycle)) {
    if (++listed > kMaxListed && vertex != cycle.front()) {
      text += " -> ... -> " + quoted(name(cycle.front())) + " (" +
              std::to_string(cycle.size()) + " in all)";
      break;
    }
    text += " -> " + quoted(name(vertex));
  }
  return text;
}

Status graft::checkCycles(const Body &body) {
  auto isBackEdge = [&](const NodeRecord &from, const NodeRecord &to) {
    StringRef source = from.op.getValue(), target = to.op.getValue();
    return (source == "NextIteration" || source == "RefNextIteration") &&
           (target == "Merge" || target == "RefMerge");
  };
  auto dependency = [&](uint32_t index, uint32_t input) -> int64_t {
    const NodeRecord &node = body.nodes[index];
    if (input == node.inputCount)
      return kEnd;
    const Edge &edge = body.edges[node.firstInput + input];
    if (edge.isArgument() || isBackEdge(body.nodes[edge.node], node))
      return kSkip;
    return edge.node;
  };
  std::vector<uint32_t> cycle = findCycle(body.nodes.size(), dependency);
  if (cycle.empty())
    return Status();
  return Status::badInput(
      body.where() + ": nodes must not wait for each other, but " +
      std::to_string(cycle.size()) +
      (cycle.size() == 1 ? " node does: " : " nodes do: ") +
      describe(cycle,
               [&](uint32_t i) { return body.nodes[i].name.getValue(); }) +
      "; only a loop's NextIteration may lead back to its Merge");
}

/// Adds the functions that an attribute names.
static void collectCalls(mlir::Attribute attr,
                         const llvm::DenseMap<StringRef, uint32_t> &byName,
                         std::vector<uint32_t> &calls) {
  attr.walk([&](FuncAttr func) {
    auto known = byName.find(func.getName().getValue());
    if (known != byName.end())
      calls.push_back(known->second);
  });
}

Status graft::checkRecursion(const GraphDefSource &source,
                             ArrayRef<Body> functions) {
  auto nameOf = [&](uint32_t index) -> StringRef {
    return functions[index].function->rest.signature().name();
  };
  llvm::DenseMap<StringRef, uint32_t> byName;
  for (uint32_t i = 0; i < functions.size(); ++i)
    byName.try_emplace(nameOf(i), i);
  std::vector<std::vector<uint32_t>> calls(functions.size());
  for (uint32_t i = 0; i < functions.size(); ++i)
    for (const NodeRecord &node : functions[i].nodes) {
      auto known = byName.find(node.op.getValue());
      if (known != byName.end())
        calls[i].push_back(known->second);
      collectCalls(node.attrs, byName, calls[i]);
    }
  std::vector<uint32_t> cycle =
      findCycle(functions.size(), [&](uint32_t index, uint32_t k) -> int64_t {
        return k == calls[index].size() ? kEnd : calls[index][k];
      });
  if (cycle.empty())
    return Status();
  // From the caller to the callee, beginning with the first function.
  std::reverse(cycle.begin() + 1, cycle.end());
  return Status::badInput(
      source.name + ": functions must not call themselves, but " +
      describe(cycle, nameOf) + "; write the recursion as a While");
}
