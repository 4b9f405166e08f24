//===- Segment.cpp - choose what becomes an engine ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Asks of every node of the main graph whether it can be converted, groups
// those that can into convex segments, and leaves a reason on every other node.
//===----------------------------------------------------------------------===//
#include "dialects/graph/GraphAttributes.h"
#include "passes/graph/Clusters.h"
#include "passes/graph/GraphUtils.h"
#include "passes/graph/GroupFilters.h"
#include "passes/graph/Liveness.h"
#include "passes/graph/NodeSemantics.h"
#include "passes/graph/Passes.h"
#include "passes/graph/SegmentBuilder.h"
#include "passes/graph/SegmentReport.h"
#include "tftrt/EngineNodes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace graft::graph {

#define GEN_PASS_DEF_SEGMENT
#include "passes/graph/Passes.h.inc"

namespace {

/// How many nodes a failure of a whole-graph build names one by one.
constexpr size_t maxNamedNodes = 20;

class Segmenter {
public:
  struct Options {
    int64_t minimumSize;
    int64_t maximumEngines;
    bool takeConstants;
    bool whole;
    bool fetchFed;
    llvm::StringSet<> denied;
    llvm::StringSet<> deniedNodes;
    llvm::StringSet<> convertible;
  };

  Segmenter(GraphOp graph, const Options &options)
      : graph(graph), options(options), border(graph),
        index(*graph.getBlock()) {}

  LogicalResult run();

private:
  std::optional<Refusal> refuse(NodeOp node,
                                const NodeSemantics *semantics) const;
  void findCandidates();
  void findLoops();
  LogicalResult takeWhole();
  void findGroups();
  void groupCandidates();
  void dropGroups();
  LogicalResult fetchFed();
  void build();
  void mark(NodeOp node, NativeReason code, const Twine &reason);
  bool countsAsWork(NodeOp node) const {
    return !isIdentityLike(node) && !node.is("Const");
  }

  GraphOp graph;
  const Options &options;
  Border border;
  NodeIndex index;
  SmallVector<Operation *> order;
  /// Nodes whose names the user knows, or sinks where nobody said what is
  /// wanted.
  DenseSet<Operation *> wanted;
  DenseSet<Operation *> inLoop;
  Refusals refused;
  SmallVector<SmallVector<NodeOp>> groups; ///< members in topological order
};

void Segmenter::mark(NodeOp node, NativeReason code, const Twine &reason) {
  MLIRContext *context = node.getContext();
  node->setAttr(kNativeAttr, NativeAttr::get(context, code,
                                             StringAttr::get(context, reason)));
  remark::missed(node.getLoc(),
                 remark::RemarkOpts::name("Native").category("graph-segment"))
      << stringifyNativeReason(code) << ": " << reason.str();
}

/// Nodes on a cycle, and those between cycles: what is left when nodes without
/// sources, and then those without readers, are taken away again and again.
void Segmenter::findLoops() {
  inLoop.insert(order.begin(), order.end());
  for (bool forward : {true, false}) {
    DenseMap<Operation *, size_t> waiting;
    SmallVector<Operation *> ready;
    for (Operation *op : order) {
      if (!inLoop.contains(op))
        continue;
      size_t count = 0;
      auto countOp = [&](Operation *other) {
        count += other && inLoop.contains(other);
      };
      if (forward)
        for (Value operand : op->getOperands())
          countOp(operand.getDefiningOp());
      else
        for (Operation *user : op->getUsers())
          countOp(user);
      waiting[op] = count;
      if (count == 0)
        ready.push_back(op);
    }
    auto release = [&](Operation *other) {
      if (other && inLoop.contains(other) && --waiting[other] == 0)
        ready.push_back(other);
    };
    while (!ready.empty()) {
      Operation *op = ready.pop_back_val();
      inLoop.erase(op);
      if (forward)
        for (Operation *user : op->getUsers())
          release(user);
      else
        for (Value operand : op->getOperands())
          release(operand.getDefiningOp());
    }
  }
}

/// Why `node` is no candidate; nothing if it is.
std::optional<Refusal> Segmenter::refuse(NodeOp node,
                                         const NodeSemantics *semantics) const {
  if (border.isFed(node.getNameAttr()))
    return Refusal{NativeReason::Fed, "the user gives its value"};
  if (node.is("Placeholder") || node.is("PlaceholderV2") ||
      node.is("PlaceholderWithDefault"))
    return Refusal{NativeReason::Fed, "it is an input of the graph"};
  if (options.denied.contains(node.getOp()))
    return Refusal{NativeReason::Denied, (node.getOp() + " is denied").str()};
  if (options.deniedNodes.contains(node.getName()))
    return Refusal{NativeReason::Denied, "the node is denied by name"};
  if (inLoop.contains(node))
    return Refusal{NativeReason::ControlFlow, "it is part of a loop"};
  if (isControlFlow(node))
    return Refusal{NativeReason::ControlFlow,
                   (node.getOp() + " steers execution").str()};
  if (node.getOutputs().empty())
    return Refusal{NativeReason::ControlFlow,
                   "it gives no tensor, only an order"};
  if (!options.convertible.empty()) {
    if (node.is("Const") || options.convertible.contains(node.getOp()))
      return std::nullopt;
    return Refusal{
        NativeReason::UnknownOperator,
        (node.getOp() + " is not on the list of convertible operators").str()};
  }
  if (!semantics)
    return Refusal{NativeReason::UnknownOperator,
                   "no conversions are registered"};
  return semantics->check(node);
}

void Segmenter::findCandidates() {
  const auto *semantics = NodeSemantics::get(graph.getContext());
  for (Operation *op : order) {
    auto node = dyn_cast<NodeOp>(op);
    if (!node)
      continue;
    if (border.isFetched(node.getNameAttr()) ||
        (!border.hasFetches() && op->use_empty()))
      wanted.insert(op);
    if (auto refusal = refuse(node, semantics))
      refused.insert({op, std::move(*refusal)});
  }
}

/// A whole-graph build: everything between feeds and fetches is one segment, or
/// it is said what cannot be.
LogicalResult Segmenter::takeWhole() {
  SmallVector<NodeOp> members, obstacles;
  for (Operation *op : order) {
    auto node = dyn_cast<NodeOp>(op);
    if (!node)
      continue;
    auto refusal = refused.find(op);
    if (refusal == refused.end()) {
      // A constant comes along with its readers, unless the user wants itself.
      if (!node.is("Const") || wanted.contains(op))
        members.push_back(node);
    } else if (refusal->second.code != NativeReason::Fed) {
      obstacles.push_back(node);
    }
  }
  if (members.empty() && obstacles.empty())
    return graph.emitError(
        "a graph to build must compute something between its "
        "inputs and outputs, got none");
  for (NodeOp node : ArrayRef(obstacles).take_front(maxNamedNodes)) {
    const Refusal &refusal = refused.find(node)->second;
    node.emitError("node '")
        << node.getName() << "' (" << node.getOp()
        << ") cannot be part of a plan: " << stringifyNativeReason(refusal.code)
        << ": " << refusal.reason;
  }
  if (obstacles.size() > maxNamedNodes)
    graph.emitError("and ") << obstacles.size() - maxNamedNodes
                            << " more nodes cannot be part of a plan";
  if (!obstacles.empty())
    return failure();
  groups.push_back(std::move(members));
  return success();
}

/// Groups the candidates. A loop is one vertex: a path through it is a path.
void Segmenter::findGroups() {
  Liveness liveness(order);
  DenseMap<Operation *, uint32_t> vertexOf;
  std::vector<int32_t> kind;
  std::vector<NodeOp> nodeOf;
  // The loops' vertex has to stand after all that they read; so nodes that no
  // loop reaches come first, then the loops, then the rest.
  DenseSet<Operation *> behindLoop;
  for (Operation *op : order)
    if (inLoop.contains(op) ||
        llvm::any_of(op->getOperands(), [&](Value operand) {
          return behindLoop.contains(operand.getDefiningOp());
        }))
      behindLoop.insert(op);
  auto addVertex = [&](Operation *op) {
    vertexOf[op] = kind.size();
    auto node = dyn_cast<NodeOp>(op);
    // Constants go to whoever reads them, later.
    bool isCandidate = node && !refused.contains(op) && !node.is("Const");
    kind.push_back(isCandidate ? liveness.getConditions(op) : -1);
    nodeOf.push_back(node);
  };
  for (Operation *op : order)
    if (!behindLoop.contains(op))
      addVertex(op);
  if (!inLoop.empty()) {
    for (Operation *op : inLoop)
      vertexOf[op] = kind.size();
    kind.push_back(-1);
    nodeOf.emplace_back();
  }
  for (Operation *op : order)
    if (behindLoop.contains(op) && !inLoop.contains(op))
      addVertex(op);

  std::vector<ClusterEdge> edges;
  for (Operation *op : order)
    for (Value operand : op->getOperands()) {
      Operation *source = operand.getDefiningOp();
      if (!source || !vertexOf.contains(source))
        continue;
      uint32_t from = vertexOf[source], to = vertexOf[op];
      if (from == to)
        continue;
      int64_t cost = isa<ControlType>(operand.getType())
                         ? -1
                         : byteSize(operand.getType());
      edges.push_back({from, to, cost});
    }
  std::vector<uint32_t> leader = findClusters(kind, edges);
  DenseMap<uint32_t, size_t> groupOf;
  for (uint32_t vertex = 0; vertex < leader.size(); ++vertex) {
    if (kind[vertex] < 0)
      continue;
    auto [entry, isNew] = groupOf.try_emplace(leader[vertex], groups.size());
    if (isNew)
      groups.emplace_back();
    groups[entry->second].push_back(nodeOf[vertex]);
  }
}

/// Groups the candidates, and again without those that turn out to be none.
void Segmenter::groupCandidates() {
  // A node that leaves a group may split it, which seldom happens twice.
  constexpr int kRounds = 4;
  const auto *semantics = NodeSemantics::get(graph.getContext());
  for (int round = 0;; ++round) {
    groups.clear();
    findGroups();
    if (!semantics || !options.convertible.empty() || round > kRounds)
      return;
    size_t before = refused.size();
    refuseForeignBorders(groups, wanted, refused);
    refuseUnknownShapes(groups, *semantics, /*all=*/round == kRounds, refused);
    if (refused.size() == before)
      return;
  }
}

/// Gives up groups that are too small, need no input, or are too many.
void Segmenter::dropGroups() {
  auto drop = [&](ArrayRef<NodeOp> group, NativeReason code,
                  const Twine &reason) {
    for (NodeOp node : group)
      refused.insert({node, Refusal{code, reason.str()}});
  };
  auto sizeOf = [&](ArrayRef<NodeOp> group) {
    return llvm::count_if(group,
                          [&](NodeOp node) { return countsAsWork(node); });
  };
  llvm::erase_if(groups, [&](ArrayRef<NodeOp> group) {
    DenseSet<Operation *> inside(group.begin(), group.end());
    bool hasInput = llvm::any_of(group, [&](NodeOp node) {
      return llvm::any_of(node.getInputs(), [&](Value input) {
        return !inside.contains(input.getDefiningOp()) &&
               !findConstant(input, border);
      });
    });
    if (!hasInput && !options.takeConstants) {
      drop(group, NativeReason::SegmentWithoutInputs,
           "its segment reads constants only and may be folded");
      return true;
    }
    int64_t size = sizeOf(group);
    if (size < options.minimumSize) {
      drop(group, NativeReason::SegmentTooSmall,
           llvm::formatv("its segment has {0} nodes, fewer than {1}", size,
                         options.minimumSize)
               .str());
      return true;
    }
    return false;
  });
  if (options.maximumEngines <= 0 ||
      groups.size() <= static_cast<size_t>(options.maximumEngines))
    return;
  SmallVector<size_t> bySize =
      llvm::to_vector(llvm::seq<size_t>(0, groups.size()));
  SmallVector<int64_t> sizes = llvm::map_to_vector(groups, sizeOf);
  llvm::sort(bySize, [&](size_t a, size_t b) {
    return std::tie(sizes[b], a) < std::tie(sizes[a], b);
  });
  SmallVector<SmallVector<NodeOp>> kept;
  DenseSet<size_t> largest(bySize.begin(),
                           bySize.begin() + options.maximumEngines);
  for (auto [number, group] : llvm::enumerate(groups))
    if (largest.contains(number))
      kept.push_back(group);
    else
      drop(group, NativeReason::EngineLimit,
           llvm::formatv("its segment is not among the {0} largest",
                         options.maximumEngines)
               .str());
  groups = std::move(kept);
}

/// Instead of building segments: the graph fetches the results of those that
/// depend on inputs alone, or on each other.
LogicalResult Segmenter::fetchFed() {
  DenseSet<Operation *> known;
  for (auto &[op, refusal] : refused)
    if (refusal.code == NativeReason::Fed)
      known.insert(op);
  DenseMap<Operation *, size_t> groupOf;
  for (auto [number, group] : llvm::enumerate(groups))
    for (NodeOp node : group)
      groupOf[node] = number;
  auto isInside = [&](Operation *op, size_t group) {
    auto found = groupOf.find(op);
    return found != groupOf.end() && found->second == group;
  };
  auto isFed = [&](size_t group) {
    return llvm::all_of(groups[group], [&](NodeOp node) {
      return llvm::all_of(node.getInputs(), [&](Value input) {
        auto source = input.getDefiningOp<NodeOp>();
        return source && (known.contains(source) || source.is("Const") ||
                          isInside(source, group));
      });
    });
  };
  std::vector<bool> kept(groups.size());
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t group = 0; group < groups.size(); ++group) {
      if (kept[group] || !isFed(group))
        continue;
      kept[group] = changed = true;
      known.insert(groups[group].begin(), groups[group].end());
    }
  }
  SmallVector<Attribute> ports;
  for (size_t group = 0; group < groups.size(); ++group)
    for (NodeOp node : kept[group] ? groups[group] : SmallVector<NodeOp>()) {
      int64_t lastWanted =
          wanted.contains(node) ? border.lastFetched(node.getNameAttr()) : -1;
      for (OpResult output : node.getOutputs()) {
        int64_t result = output.getResultNumber();
        bool leaves = llvm::any_of(output.getUsers(), [&](Operation *user) {
          return !isInside(user, group);
        });
        if (!leaves && result > lastWanted)
          continue;
        std::string name = node.getName().str();
        if (result > 0)
          name += ":" + std::to_string(result);
        ports.push_back(PortAttr::get(graph.getContext(),
                                      StringAttr::get(graph.getContext(), name),
                                      node.getNameAttr(), result));
      }
    }
  // What calls the pass may go on without it.
  if (ports.empty())
    graph->setDiscardableAttr(kNothingFedAttr,
                              UnitAttr::get(graph.getContext()));
  if (ports.empty())
    return graph.emitError("a node that can be part of an engine must be "
                           "computed from the inputs alone, got none");
  graph.setFetchesAttr(ArrayAttr::get(graph.getContext(), ports));
  return success();
}

void Segmenter::build() {
  // Reasons first: the nodes are still there.
  for (auto &[op, refusal] : refused)
    mark(cast<NodeOp>(op), refusal.code, refusal.reason);
  auto keepsName = [&](NodeOp node) { return wanted.contains(node); };
  auto last = [&](NodeOp node) -> int64_t {
    return border.hasFetches() ? border.lastFetched(node.getNameAttr())
                               : int64_t(node.getOutputs().size()) - 1;
  };
  for (auto [number, group] : llvm::enumerate(groups)) {
    StringAttr name =
        index.claim(tftrt::engineName(number), graph.getContext());
    size_t size = group.size();
    SegmentOp segment = buildSegment(group, name, keepsName, last);
    remark::passed(segment.getLoc(),
                   remark::RemarkOpts::name("Engine").category("graph-segment"))
        << name.getValue() << remark::metric("nodes", size)
        << remark::metric("inputs", segment.getInputs().size())
        << remark::metric("outputs", segment.getOutputs().size());
  }
  // Constants that are still outside.
  for (auto node : graph.getBlock()->getOps<NodeOp>())
    if (node.is("Const") && !node->hasAttr(kNativeAttr))
      mark(node, NativeReason::NativeConstant,
           "only nodes outside of engines read it");
  dropStaleColocations(*graph.getBlock());
  for (auto segment : graph.getBlock()->getOps<SegmentOp>())
    dropStaleColocations(*segment.getBlock());
}

LogicalResult Segmenter::run() {
  order = topologicalOrder(*graph.getBlock());
  findLoops();
  findCandidates();
  bool hasNative = llvm::any_of(refused, [](const auto &entry) {
    return entry.second.code != NativeReason::Fed;
  });
  if (options.fetchFed && !hasNative)
    return success();
  if (options.whole) {
    if (failed(takeWhole()))
      return failure();
  } else {
    groupCandidates();
    dropGroups();
  }
  if (options.fetchFed)
    return fetchFed();
  build();
  return success();
}

struct Segment : impl::SegmentBase<Segment> {
  using Base::Base;

  void runOnOperation() override {
    Segmenter::Options segmenterOptions;
    segmenterOptions.minimumSize = minimumSegmentSize;
    segmenterOptions.maximumEngines = maximumEngines;
    segmenterOptions.takeConstants = takeConstants;
    segmenterOptions.whole = whole;
    segmenterOptions.fetchFed = fetchFed;
    for (const std::string &op : deny)
      segmenterOptions.denied.insert(op);
    for (const std::string &node : denyNodes)
      segmenterOptions.deniedNodes.insert(node);
    for (const std::string &op : convertible)
      segmenterOptions.convertible.insert(op);
    for (auto graph : getOperation().getOps<GraphOp>())
      if (failed(Segmenter(graph, segmenterOptions).run()))
        return signalPassFailure();
  }
};

} // namespace
} // namespace graft::graph
