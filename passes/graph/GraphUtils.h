//===- GraphUtils.h - what the graph passes share ---------------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names, the border between graph and user, orders and edges of a body: the
// block of a graph.graph, a graph.func or a graph.segment. Everything here is
// linear in nodes and edges and uses no recursion.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_GRAPHUTILS_H
#define GRAFT_PASSES_GRAPH_GRAPHUTILS_H

#include "dialects/graph/Graph.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace graft::graph {

/// The main graph of an imported module; null if the module has none.
GraphOp getMainGraph(mlir::ModuleOp module);

/// The nodes of a body by name, segments included.
class NodeIndex {
public:
  explicit NodeIndex(mlir::Block &body);

  mlir::Operation *lookup(mlir::StringAttr name) const {
    return nodes.lookup(name);
  }
  bool contains(mlir::StringAttr name) const { return nodes.contains(name); }
  void insert(mlir::StringAttr name, mlir::Operation *op) { nodes[name] = op; }

  /// `base`, or `base` with the first free "_<n>", taken from now on.
  mlir::StringAttr claim(const llvm::Twine &base, mlir::MLIRContext *context);

private:
  llvm::DenseMap<mlir::StringAttr, mlir::Operation *> nodes;
  llvm::DenseMap<mlir::StringAttr, int64_t> nextSuffix;
};

/// What the user gives to and wants from a body. A function has neither: its
/// arguments and results are values, and no name in it is seen from outside.
class Border {
public:
  Border() = default;
  explicit Border(mlir::Operation *container);

  bool isFed(mlir::StringAttr node) const { return feeds.contains(node); }
  /// It is fed by the user, and not by TensorFlow with the path of an asset.
  bool isFedByUser(mlir::StringAttr node) const {
    return isFed(node) && !assets.contains(node);
  }
  bool isFetched(mlir::StringAttr node) const { return fetches.contains(node); }
  /// The name of `node` must stay.
  bool names(mlir::StringAttr node) const {
    return isFed(node) || isFetched(node);
  }
  bool hasFetches() const { return !fetches.empty(); }
  /// Every result of `node` that the user sees is fed, so its inputs do not
  /// matter.
  bool isWhollyFed(NodeOp node) const;
  /// The largest fetched result number of `node`, or -1.
  int64_t lastFetched(mlir::StringAttr node) const;

private:
  llvm::DenseMap<mlir::StringAttr, llvm::SmallDenseSet<int64_t, 2>> feeds;
  llvm::DenseMap<mlir::StringAttr, llvm::SmallDenseSet<int64_t, 2>> fetches;
  llvm::DenseSet<mlir::Attribute> assets; ///< names of nodes
};

/// The name of a graph.node or graph.segment, else null.
mlir::StringAttr getName(mlir::Operation *op);

/// The control result of a graph.node or graph.segment, else null.
mlir::Value getControlResult(mlir::Operation *op);

/// The bodies of the module: the main graph's, then the functions', in order.
llvm::SmallVector<mlir::Operation *> getContainers(mlir::ModuleOp module);
mlir::Block &getBody(mlir::Operation *container);

/// The edge from `source` to `target` leads from one iteration of a loop to the
/// next: from a NextIteration to its Merge. Without such edges the body of a
/// file has no cycle.
bool isBackEdge(mlir::Operation *source, mlir::Operation *target);

/// The ops of `body`, each after the ops that it reads, else in the order of
/// the file. Edges back to a loop's Merge are passed over; so is, in a body
/// that no file can hold, another edge of each remaining cycle.
llvm::SmallVector<mlir::Operation *> topologicalOrder(mlir::Block &body);

/// The ops of `body` that are `first`, and all that read one of them, directly
/// or not.
llvm::DenseSet<mlir::Operation *>
findReaders(mlir::Block &body,
            llvm::function_ref<bool(mlir::Operation *)> first);

/// The tensor that `port` names, or null.
mlir::Value findTensor(const NodeIndex &index, PortAttr port);

/// The ops of `graph` whose results its fetches need, directly or not; all if
/// nothing is fetched. What leads to a fed tensor is not needed for it.
llvm::DenseSet<mlir::Operation *> findNeeded(GraphOp graph);

/// Reads or writes something that is no tensor, or is unknown: its order
/// relative to others matters.
bool isStateful(NodeOp node);
/// Must run although nobody reads its results: a stateful node that is not
/// known to do no more than read or create.
bool hasEffect(NodeOp node);
/// Steers execution (Switch, Merge, Enter, ...): edges to and from it say
/// whether a node runs at all, not only when.
bool isControlFlow(NodeOp node);
/// Gives its first input on as its result: Identity and its like.
bool isIdentityLike(NodeOp node);
/// The value that the nodes which pass it on got in the first place; one of
/// them if they pass it on in a circle.
mlir::Value seeThrough(mlir::Value value);
/// The `Const` whose value `value` is, seen through a few nodes that pass it on
/// and that the user of `border` does not feed, or null. Appends to `waits`
/// what it and those nodes wait for.
NodeOp findConstant(mlir::Value value, const Border &border,
                    llvm::SmallVectorImpl<mlir::Value> *waits = nullptr);
/// The type is a reference to a variable's memory (TensorFlow 1).
bool isReference(mlir::Type type);

/// Adds `control` to the control inputs of `op`, a graph.node, graph.segment or
/// graph.return.
void addControls(mlir::Operation *op, mlir::ValueRange controls);
/// Sets the control inputs of `op` to `controls`.
void setControls(mlir::Operation *op, mlir::ValueRange controls);
mlir::OperandRange getControls(mlir::Operation *op);
/// Drops control inputs that are repeated or stand beside a data input from the
/// same node.
void dedupeControls(mlir::Operation *op);

/// What waits for `node` waits for what it waited for, and no more for it.
void bypassControls(NodeOp node);

/// The names of functions that `attr` refers to, nested ones included.
void collectFunctions(mlir::Attribute attr,
                      llvm::SmallSetVector<mlir::StringAttr, 8> &names);

/// The functions that the nodes of `container`, or it itself, name: as
/// operators, in attributes, as the gradient.
llvm::SmallSetVector<mlir::StringAttr, 8>
calledFunctions(mlir::Operation *container);

/// The functions that the main graph reaches. `visit` is called with the graph
/// and with each function before its callees are looked for, and may change it.
/// Without a main graph every function may be wanted and is reached.
llvm::SetVector<FuncOp>
reachFunctions(mlir::ModuleOp module,
               llvm::function_ref<void(mlir::Operation *)> visit);

/// Erases `ops`, which may use each other but are used by nothing else.
void eraseTogether(llvm::ArrayRef<mlir::Operation *> ops);
/// Erases `ops`, then the pure nodes of `order`, a topologicalOrder(), that
/// lost their last reader with them: those of `read`, which something read
/// before.
void eraseWithSources(llvm::ArrayRef<mlir::Operation *> ops,
                      llvm::ArrayRef<mlir::Operation *> order,
                      const llvm::DenseSet<mlir::Operation *> &read,
                      const Border &border);

/// Removes colocation constraints ("loc:@name" in `_class`) that name a node
/// which is not in `body`: TensorFlow refuses to import them.
void dropStaleColocations(mlir::Block &body);

/// Takes the attributes `removed` from `node`, then sets those of `set`.
void updateAttrs(NodeOp node, llvm::ArrayRef<llvm::StringRef> removed,
                 llvm::ArrayRef<mlir::NamedAttribute> set = {});

/// An `Identity` of one value, or an `IdentityN` of several, before `next`.
NodeOp createIdentity(mlir::Operation *next, mlir::Location loc,
                      mlir::ValueRange values, mlir::ValueRange controls,
                      llvm::StringRef name, mlir::StringAttr device = {});

/// A `Const` of `value`, before `next`.
NodeOp createConst(mlir::Operation *next, mlir::Location loc,
                   mlir::ElementsAttr value, mlir::ValueRange controls,
                   llvm::StringRef name, mlir::StringAttr device = {});

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_GRAPHUTILS_H
