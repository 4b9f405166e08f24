//===- Simplify.cpp - remove nodes that only pass on ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decides in topological order which nodes go and by what each of their results
// is replaced, then rewrites every operand list once. So a chain of a million
// nodes, or a node with a million control inputs, costs linear time.
//===----------------------------------------------------------------------===//
#include "passes/graph/GraphUtils.h"
#include "passes/graph/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace graft::graph {

#define GEN_PASS_DEF_SIMPLIFY
#include "passes/graph/Passes.h.inc"

namespace {

/// A node with more control inputs than this is not dissolved into its readers:
/// a chain of such nodes would carry longer and longer lists.
constexpr size_t maxCarriedControls = 8;

class Simplifier {
public:
  Simplifier(Operation *container, bool dropAssertions)
      : body(getBody(container)), border(container),
        dropAssertions(dropAssertions) {}

  void run() {
    order = topologicalOrder(body);
    for (Operation *op : order)
      if (!op->use_empty())
        read.insert(op);
    if (dropAssertions)
      replaceAssertions();
    findOrdered();
    for (Operation *op : order)
      if (auto node = dyn_cast<NodeOp>(op)) {
        decide(node);
        decided.insert(op);
      }
    for (Operation *op : order)
      rewrite(op);
    eraseNodes();
    dropStaleColocations(body);
  }

private:
  SmallVector<Value> waitForInputs(NodeOp node,
                                   SmallVectorImpl<Operation *> &made);
  void replaceAssertions();
  void findOrdered();
  void decide(NodeOp node);
  bool takesName(NodeOp node, Value source);
  void rewrite(Operation *op);
  void eraseNodes();

  bool passesOn(NodeOp node) const {
    return isIdentityLike(node) ||
           (dropAssertions &&
            (node.is("CheckNumerics") || node.is("CheckNumericsV2")));
  }
  /// Appends what `control` has become.
  void expandControl(Value control, SmallVectorImpl<Value> &controls) const {
    auto dissolved = controlOf.find(control);
    if (dissolved != controlOf.end())
      llvm::append_range(controls, dissolved->second);
    else if (ordered.contains(control.getDefiningOp()))
      controls.push_back(control);
  }
  Value resolve(Value data) const {
    auto found = valueOf.find(data);
    return found == valueOf.end() ? data : found->second;
  }

  Block &body;
  Border border;
  bool dropAssertions;
  std::optional<NodeIndex> index; ///< made where a name is needed
  SmallVector<Operation *> order;
  /// Ops that something read before anything was changed.
  DenseSet<Operation *> read;
  /// Ops whose place in the order can be observed; see findOrdered.
  DenseSet<Operation *> ordered;
  /// For results of dissolved nodes: the value instead, the controls that a
  /// reader of it has to take over, and the controls instead of the control
  /// result.
  DenseMap<Value, Value> valueOf;
  DenseMap<Value, SmallVector<Value, 2>> carriedBy;
  DenseMap<Value, SmallVector<Value, 2>> controlOf;
  DenseSet<Operation *> dissolved;
  DenseSet<Operation *> decided;
};

/// What waited for the inputs of `node` waits for these. A Switch runs
/// whichever branch is taken: there an Identity behind it says which, one for
/// each branch.
SmallVector<Value>
Simplifier::waitForInputs(NodeOp node, SmallVectorImpl<Operation *> &made) {
  SmallVector<Value> controls;
  llvm::SmallDenseSet<std::pair<Value, unsigned>, 2> branches;
  for (Value input : node.getInputs()) {
    auto source = input.getDefiningOp<NodeOp>();
    bool isBranch = source && source.is("Switch") &&
                    source.getInputs().size() == 2 &&
                    !node.getControl().use_empty();
    if (!isBranch) {
      if (Operation *op = input.getDefiningOp())
        if (Value control = getControlResult(op))
          controls.push_back(control);
      continue;
    }
    Value predicate = seeThrough(source.getInputs()[1]);
    unsigned taken = cast<OpResult>(input).getResultNumber();
    if (!branches.insert({predicate, taken}).second)
      continue;
    if (!index)
      index.emplace(body);
    NodeOp branch = createIdentity(
        node, node.getLoc(), input, {},
        index->claim(node.getName() + "/branch", node.getContext()),
        node.getDeviceAttr());
    read.insert(branch);
    made.push_back(branch);
    controls.push_back(branch.getControl());
  }
  return controls;
}

/// An Assert becomes a NoOp that waits for what the Assert waited for; the rest
/// is the business of the rules for control edges.
void Simplifier::replaceAssertions() {
  SmallVector<Operation *> old = std::move(order);
  order.clear();
  for (Operation *op : old) {
    auto node = dyn_cast<NodeOp>(op);
    if (!node || !node.is("Assert")) {
      order.push_back(op);
      continue;
    }
    SmallVector<Value> controls(node.getControls());
    llvm::append_range(controls, waitForInputs(node, order));
    OpBuilder builder(node);
    auto waiter = NodeOp::create(
        builder, node.getLoc(), TypeRange(), "NoOp", ValueRange(), controls,
        node.getName(), builder.getDictionaryAttr({}), node.getDeviceAttr());
    dedupeControls(waiter);
    node.getControl().replaceAllUsesWith(waiter.getControl());
    if (read.erase(op))
      read.insert(waiter);
    op->erase();
    order.push_back(waiter);
  }
}

/// An op is ordered if it, or something before it, reads or writes state or
/// steers execution. To wait for any other op is to wait for nothing that can
/// be seen.
void Simplifier::findOrdered() {
  ordered = findReaders(body, [&](Operation *op) {
    auto node = dyn_cast<NodeOp>(op);
    return node &&
           (isControlFlow(node) || (isStateful(node) && !passesOn(node)));
  });
}

/// A fetched node that only passes on `source` can go if the node behind it
/// takes the name over: it must be result 0, not be known to the user itself,
/// and not be one whose name has a meaning (an input, a resource).
bool Simplifier::takesName(NodeOp node, Value source) {
  auto giver = source.getDefiningOp<NodeOp>();
  if (!giver || source != giver->getResult(0) ||
      border.isFed(node.getNameAttr()) ||
      border.lastFetched(node.getNameAttr()) != 0 ||
      border.names(giver.getNameAttr()) || isStateful(giver) ||
      isControlFlow(giver) || giver.getInputs().empty())
    return false;
  giver.setNameAttr(node.getNameAttr());
  giver->setLoc(
      FusedLoc::get(node.getContext(), {giver.getLoc(), node.getLoc()}));
  return true;
}

/// Dissolves `node` if that changes nothing that can be seen and adds no edges
/// on balance.
void Simplifier::decide(NodeOp node) {
  bool isNoOp = node.is("NoOp") && node.getInputs().empty();
  if (!isNoOp && !passesOn(node))
    return;
  // What nobody reads may be wanted for itself.
  if (!read.contains(node) ||
      node.getInputs().size() != node.getOutputs().size())
    return;
  if (llvm::any_of(node.getInputs(),
                   [](Value input) { return isReference(input.getType()); }))
    return;

  // An edge that closes a cycle, data or control, has nothing behind it yet.
  if (llvm::any_of(node->getOperands(), [&](Value operand) {
        auto source = operand.getDefiningOp<NodeOp>();
        return source && !decided.contains(source);
      }))
    return;

  // What a reader of the data, and one of the control result, would wait for.
  SmallVector<Value> carried;
  for (Value control : node.getControls())
    expandControl(control, carried);
  for (Value input : node.getInputs())
    if (auto more = carriedBy.find(input); more != carriedBy.end())
      llvm::append_range(carried, more->second);
  SmallVector<Value> waited = carried;
  bool readsControlFlow = false;
  for (Value input : node.getInputs()) {
    Operation *source = resolve(input).getDefiningOp();
    auto sourceNode = dyn_cast_or_null<NodeOp>(source);
    readsControlFlow |= sourceNode && isControlFlow(sourceNode);
    if (source && ordered.contains(source))
      if (Value control = getControlResult(source))
        waited.push_back(control);
  }

  size_t dataReaders = 0, controlReaders = 0;
  for (Value output : node.getOutputs())
    for (Operation *user : output.getUsers()) {
      auto reader = dyn_cast<NodeOp>(user);
      // A result of a function cannot wait, and a Merge takes the first that
      // comes.
      if (!carried.empty() &&
          (isa<ReturnOp>(user) || (reader && isControlFlow(reader))))
        return;
      ++dataReaders;
    }
  if (ordered.contains(node))
    for (Operation *user : node.getControl().getUsers()) {
      // Each control result of a function is one edge.
      if (isa<ReturnOp>(user))
        return;
      ++controlReaders;
    }
  else if (llvm::any_of(node.getControl().getUsers(), llvm::IsaPred<ReturnOp>))
    return;
  // An Identity behind a Switch says which branch is taken, the Switch does
  // not.
  if (controlReaders && readsControlFlow)
    return;
  if (carried.size() > maxCarriedControls ||
      waited.size() > maxCarriedControls ||
      dataReaders * carried.size() + controlReaders * waited.size() >
          carried.size() + controlReaders + 1)
    return;

  if (border.names(node.getNameAttr()) &&
      (node.getOutputs().size() != 1 || !carried.empty() ||
       !takesName(node, resolve(node.getInputs()[0]))))
    return;
  for (auto [input, output] : llvm::zip(node.getInputs(), node.getOutputs())) {
    valueOf[output] = resolve(input);
    if (!carried.empty())
      carriedBy[output].assign(carried.begin(), carried.end());
  }
  controlOf[node.getControl()].assign(waited.begin(), waited.end());
  dissolved.insert(node);
}

/// Gives `op` its new operands.
void Simplifier::rewrite(Operation *op) {
  if (dissolved.contains(op))
    return;
  size_t dataCount = op->getNumOperands() - getControls(op).size();
  SmallVector<Value> controls;
  bool isReturn = isa<ReturnOp>(op);
  for (Value control : getControls(op))
    if (isReturn) // decide() left these alone
      controls.push_back(control);
    else
      expandControl(control, controls);
  for (OpOperand &operand : op->getOpOperands().take_front(dataCount)) {
    if (auto more = carriedBy.find(operand.get()); more != carriedBy.end())
      llvm::append_range(controls, more->second);
    operand.set(resolve(operand.get()));
  }
  if (!llvm::equal(controls, getControls(op)))
    setControls(op, controls);
  if (auto node = dyn_cast<NodeOp>(op); !node || !isControlFlow(node))
    dedupeControls(op);
}

/// Erases the dissolved nodes, and pure ones that lost their last reader with
/// them: the condition of an Assert, for example.
void Simplifier::eraseNodes() {
  SmallVector<Operation *> dead(dissolved.begin(), dissolved.end());
  eraseWithSources(dead, order, read, border);
}

struct Simplify : impl::SimplifyBase<Simplify> {
  using Base::Base;

  void runOnOperation() override {
    for (Operation *container : getContainers(getOperation()))
      Simplifier(container, dropAssertions).run();
  }
};

} // namespace
} // namespace graft::graph
