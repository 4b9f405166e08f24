//===- Schedule.cpp - an order of execution that needs little memory ------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finding the best order is NP-hard, so three cheap orders are computed and
// compared. The graph is turned into plain indices once, in the order of the
// block, so that no result depends on pointers.
//===----------------------------------------------------------------------===//
#include "passes/nn_to_plan/Schedule.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <set>

using namespace mlir;
using llvm::SaturatingAdd;
using llvm::SaturatingMultiply;

namespace {

/// Bytes of a tensor; a dynamic dimension counts as 1.
uint64_t countBytes(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped || !shaped.getElementType().isIntOrFloat())
    return 0;
  uint64_t bytes =
      llvm::divideCeil(shaped.getElementType().getIntOrFloatBitWidth(), 8);
  if (shaped.hasRank())
    for (int64_t size : shaped.getShape())
      bytes = SaturatingMultiply<uint64_t>(
          bytes, ShapedType::isDynamic(size) ? 1 : size);
  return bytes;
}

/// The operations as nodes 0 to n - 1; an edge for each distinct operand.
struct Graph {
  explicit Graph(ArrayRef<Operation *> operations);

  size_t size() const { return bytes.size(); }

  SmallVector<uint64_t> bytes; ///< of a node's results
  SmallVector<SmallVector<unsigned, 2>> operands;
  SmallVector<SmallVector<unsigned, 2>> users;
  SmallVector<bool> escapes; ///< lives to the end: the terminator reads it
};

Graph::Graph(ArrayRef<Operation *> operations)
    : bytes(operations.size()), operands(operations.size()),
      users(operations.size()), escapes(operations.size()) {
  llvm::DenseMap<Operation *, unsigned> index;
  for (auto [i, op] : llvm::enumerate(operations))
    index[op] = i;
  for (auto [i, op] : llvm::enumerate(operations)) {
    for (Type type : op->getResultTypes())
      bytes[i] = SaturatingAdd(bytes[i], countBytes(type));
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      auto it = producer ? index.find(producer) : index.end();
      if (it == index.end() || llvm::is_contained(operands[i], it->second))
        continue;
      operands[i].push_back(it->second);
      users[it->second].push_back(i);
    }
    escapes[i] = llvm::any_of(op->getUsers(), [](Operation *user) {
      return user->hasTrait<OpTrait::IsTerminator>();
    });
  }
}

uint64_t computePeak(const Graph &graph, ArrayRef<unsigned> order) {
  SmallVector<size_t> waiting;
  for (const auto &users : graph.users)
    waiting.push_back(users.size());
  uint64_t live = 0, peak = 0;
  for (unsigned node : order) {
    live = SaturatingAdd(live, graph.bytes[node]);
    peak = std::max(peak, live);
    for (unsigned operand : graph.operands[node])
      if (--waiting[operand] == 0 && !graph.escapes[operand])
        live -= std::min(live, graph.bytes[operand]);
    if (graph.users[node].empty() && !graph.escapes[node])
      live -= std::min(live, graph.bytes[node]);
  }
  return peak;
}

/// Always runs the ready node that adds the fewest bytes or frees the most.
SmallVector<unsigned> scheduleGreedily(const Graph &graph) {
  size_t size = graph.size();
  SmallVector<size_t> missing, waiting;
  for (size_t i = 0; i < size; ++i) {
    missing.push_back(graph.operands[i].size());
    waiting.push_back(graph.users[i].size());
  }
  // The change of live bytes if `node` ran now.
  auto score = [&](unsigned node) {
    auto delta = static_cast<double>(graph.bytes[node]);
    for (unsigned operand : graph.operands[node])
      if (waiting[operand] == 1 && !graph.escapes[operand])
        delta -= static_cast<double>(graph.bytes[operand]);
    return delta;
  };
  std::set<std::pair<double, unsigned>> ready;
  SmallVector<double> scores(size, 0.0);
  SmallVector<bool> isReady(size, false);
  auto enter = [&](unsigned node) {
    scores[node] = score(node);
    isReady[node] = true;
    ready.insert({scores[node], node});
  };
  for (unsigned i = 0; i < size; ++i)
    if (missing[i] == 0)
      enter(i);

  SmallVector<unsigned> order;
  while (!ready.empty()) {
    unsigned node = ready.begin()->second;
    ready.erase(ready.begin());
    isReady[node] = false;
    order.push_back(node);
    for (unsigned operand : graph.operands[node]) {
      if (--waiting[operand] != 1)
        continue;
      // Its last user would now free it. Each operand comes here once.
      for (unsigned user : graph.users[operand])
        if (isReady[user]) {
          ready.erase({scores[user], user});
          enter(user);
        }
    }
    for (unsigned user : graph.users[node])
      if (--missing[user] == 0)
        enter(user);
  }
  return order;
}

/// Evaluates every sink's tree, in each node the operand first that needs the
/// most memory beyond its own result (Sethi and Ullman's rule for trees).
SmallVector<unsigned> scheduleDepthFirst(const Graph &graph) {
  size_t size = graph.size();
  SmallVector<uint64_t> need(size, 0);
  SmallVector<SmallVector<unsigned, 2>> sorted = graph.operands;
  for (size_t node = 0; node < size; ++node) {
    auto excess = [&](unsigned operand) {
      return need[operand] - std::min(need[operand], graph.bytes[operand]);
    };
    // Operands that need the same keep their order.
    auto positions = llvm::to_vector(llvm::seq<size_t>(0, sorted[node].size()));
    llvm::sort(positions, [&](size_t a, size_t b) {
      uint64_t x = excess(sorted[node][a]), y = excess(sorted[node][b]);
      return x != y ? x > y : a < b;
    });
    for (auto [i, position] : llvm::enumerate(positions))
      sorted[node][i] = graph.operands[node][position];
    uint64_t held = 0;
    for (unsigned operand : sorted[node]) {
      need[node] = std::max(need[node], SaturatingAdd(held, need[operand]));
      held = SaturatingAdd(held, graph.bytes[operand]);
    }
    need[node] = std::max(need[node], SaturatingAdd(held, graph.bytes[node]));
  }

  SmallVector<unsigned> order;
  SmallVector<bool> entered(size, false);
  // A node and the next of its operands to look at.
  SmallVector<std::pair<unsigned, unsigned>> stack;
  for (unsigned sink = 0; sink < size; ++sink) {
    if (!graph.users[sink].empty())
      continue;
    entered[sink] = true;
    stack.push_back({sink, 0});
    while (!stack.empty()) {
      auto &[node, next] = stack.back();
      if (next == sorted[node].size()) {
        order.push_back(node);
        stack.pop_back();
        continue;
      }
      unsigned operand = sorted[node][next++];
      if (entered[operand])
        continue;
      entered[operand] = true;
      stack.push_back({operand, 0});
    }
  }
  return order;
}

} // namespace

uint64_t graft::plan::computePeakBytes(ArrayRef<Operation *> order) {
  Graph graph(order);
  return computePeak(graph,
                     llvm::to_vector(llvm::seq<unsigned>(0, order.size())));
}

SmallVector<Operation *> graft::plan::scheduleForMemory(Block &block) {
  SmallVector<Operation *> operations;
  for (Operation &op : block)
    if (!op.hasTrait<OpTrait::ConstantLike>() &&
        !op.hasTrait<OpTrait::IsTerminator>())
      operations.push_back(&op);

  Graph graph(operations);
  SmallVector<unsigned> best =
      llvm::to_vector(llvm::seq<unsigned>(0, operations.size()));
  uint64_t lowest = computePeak(graph, best);
  for (const SmallVector<unsigned> &candidate :
       {scheduleGreedily(graph), scheduleDepthFirst(graph)}) {
    uint64_t peak = computePeak(graph, candidate);
    if (peak >= lowest)
      continue;
    lowest = peak;
    best = candidate;
  }
  return llvm::map_to_vector(best,
                             [&](unsigned node) { return operations[node]; });
}
