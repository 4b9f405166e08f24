//===- ResolveConditions.cpp - take the branches that constants take ------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Many conditions are on shapes, so they are constant only once shapes and
// constants are known, and the branch that is taken then has more of both.
//===----------------------------------------------------------------------===//
#include "passes/graph/GraphUtils.h"
#include "passes/graph/Inliner.h"
#include "passes/graph/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace graft::graph {

#define GEN_PASS_DEF_RESOLVECONDITIONS
#include "passes/graph/Passes.h.inc"

namespace {

/// Conditions that nest deeper than this stay.
constexpr unsigned maxRounds = 16;

//===----------------------------------------------------------------------===//
// Switch and Merge
//===----------------------------------------------------------------------===//

/// Takes the switches with constant predicates out of one body.
///
/// The output that such a Switch does not take never comes, and neither does
/// what waits for it, up to a Merge that gets another input. All of that goes,
/// and such a Merge passes its input on.
class SwitchResolver {
public:
  explicit SwitchResolver(Operation *container)
      : container(container), body(getBody(container)), border(container) {}

  /// True if something changed.
  bool run();

private:
  void findSwitches();
  void findAlive();
  bool isAlive(Value value) const {
    Operation *source = value.getDefiningOp();
    return !source || (alive.contains(source) && !never.contains(value));
  }
  bool canResolve() const;
  void replaceMerge(NodeOp merge);
  void replaceSwitch(NodeOp node, unsigned taken);

  Operation *container;
  Block &body;
  Border border;
  std::optional<NodeIndex> index; ///< made where a name is needed
  llvm::MapVector<Operation *, unsigned> switches; ///< the output taken
  DenseSet<Value> never;       ///< outputs of switches that never come
  DenseSet<Operation *> alive; ///< ops that may run
};

void SwitchResolver::findSwitches() {
  for (auto node : body.getOps<NodeOp>()) {
    if (!node.is("Switch") || node.getInputs().size() != 2 ||
        node.getOutputs().size() != 2 || border.names(node.getNameAttr()) ||
        isReference(node.getInputs()[0].getType()))
      continue;
    NodeOp predicate = findConstant(node.getInputs()[1], border);
    auto dense =
        predicate ? dyn_cast<DenseIntElementsAttr>(predicate.getConstantValue())
                  : DenseIntElementsAttr();
    if (!dense || dense.getType().getRank() != 0 ||
        !dense.getElementType().isInteger(1))
      continue;
    unsigned taken = dense.getSplatValue<bool>() ? 1 : 0;
    switches[node] = taken;
    never.insert(node.getOutputs()[1 - taken]);
  }
}

/// Marks from the nodes that wait for nothing forwards. A Merge runs with the
/// first input that comes, any other node when all have come.
void SwitchResolver::findAlive() {
  DenseMap<Operation *, size_t> missing;
  SmallVector<Operation *> worklist;
  auto mark = [&](Operation *op) {
    if (alive.insert(op).second)
      worklist.push_back(op);
  };
  auto isMerge = [](Operation *op) {
    auto node = dyn_cast<NodeOp>(op);
    return node && (node.is("Merge") || node.is("RefMerge"));
  };
  for (Operation &op : body) {
    size_t count = llvm::count_if(op.getOperands(), [&](Value operand) {
      Operation *source = operand.getDefiningOp();
      return source && source->getBlock() == &body;
    });
    missing[&op] = count;
    if (count == 0)
      mark(&op);
  }
  while (!worklist.empty())
    for (Value result : worklist.pop_back_val()->getResults()) {
      if (never.contains(result))
        continue;
      for (OpOperand &use : result.getUses()) {
        Operation *user = use.getOwner();
        bool isFirst = isMerge(user) && !isa<ControlType>(result.getType());
        if (isFirst || (!isMerge(user) && --missing[user] == 0))
          mark(user);
      }
    }
}

/// False where something that the user or a caller sees would never come, or
/// where a Merge keeps a choice among fewer inputs, which would get other
/// numbers.
bool SwitchResolver::canResolve() const {
  for (Operation &op : body) {
    auto node = dyn_cast<NodeOp>(op);
    if (!alive.contains(&op)) {
      bool isSeen =
          !node || border.names(node.getNameAttr()) ||
          (!border.hasFetches() && isa<GraphOp>(container) && op.use_empty());
      if (isSeen)
        return false;
      continue;
    }
    if (!node || !node.is("Merge"))
      continue;
    size_t count = llvm::count_if(node.getInputs(),
                                  [&](Value input) { return isAlive(input); });
    if (count != 1 && count != node.getInputs().size())
      return false;
  }
  return true;
}

void SwitchResolver::replaceMerge(NodeOp merge) {
  auto inputs = merge.getInputs();
  auto taken =
      llvm::find_if(inputs, [&](Value input) { return isAlive(input); });
  SmallVector<Value> controls;
  for (Value control : merge.getControls())
    if (isAlive(control))
      controls.push_back(control);
  NodeOp identity = createIdentity(merge, merge.getLoc(), *taken, controls,
                                   merge.getName(), merge.getDeviceAttr());
  merge.getOutputs()[0].replaceAllUsesWith(identity.getOutputs()[0]);
  merge.getControl().replaceAllUsesWith(identity.getControl());
  if (merge.getOutputs().size() > 1 && !merge.getOutputs()[1].use_empty()) {
    OpBuilder builder(merge);
    auto type = RankedTensorType::get({}, builder.getI32Type());
    if (!index)
      index.emplace(body);
    NodeOp number = createConst(
        merge, merge.getLoc(),
        DenseElementsAttr::get(
            type, static_cast<int32_t>(std::distance(inputs.begin(), taken))),
        identity.getControl(),
        index->claim(merge.getName() + "/value_index", merge.getContext()),
        merge.getDeviceAttr());
    merge.getOutputs()[1].replaceAllUsesWith(number.getOutputs()[0]);
  }
}

void SwitchResolver::replaceSwitch(NodeOp node, unsigned taken) {
  // What decides when the predicate is there decides for the data, too.
  SmallVector<Value> controls(node.getControls());
  findConstant(node.getInputs()[1], border, &controls);
  NodeOp identity =
      createIdentity(node, node.getLoc(), node.getInputs()[0], controls,
                     node.getName(), node.getDeviceAttr());
  dedupeControls(identity);
  node.getOutputs()[taken].replaceAllUsesWith(identity.getOutputs()[0]);
  node.getControl().replaceAllUsesWith(identity.getControl());
}

bool SwitchResolver::run() {
  findSwitches();
  if (switches.empty())
    return false;
  findAlive();
  if (!canResolve())
    return false;
  SmallVector<Operation *> gone;
  SmallVector<NodeOp> merges;
  for (Operation &op : body) {
    auto node = dyn_cast<NodeOp>(op);
    if (!alive.contains(&op))
      gone.push_back(&op);
    else if (node && node.is("Merge") &&
             !llvm::all_of(node.getInputs(),
                           [&](Value input) { return isAlive(input); }))
      merges.push_back(node);
  }
  for (NodeOp merge : merges) {
    replaceMerge(merge);
    gone.push_back(merge);
  }
  for (auto [op, taken] : switches)
    if (alive.contains(op)) {
      replaceSwitch(cast<NodeOp>(op), taken);
      gone.push_back(op);
    }
  eraseTogether(gone);
  return true;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// A node of functions takes one of them, which the inliner can put there.
bool hasResolvedCall(ModuleOp module) {
  std::optional<Library> library;
  for (Operation *container : getContainers(module))
    for (auto node : getBody(container).getOps<NodeOp>()) {
      if (!node.is("If") && !node.is("StatelessIf") && !node.is("Case") &&
          !node.is("StatelessCase") && !node.is("While") &&
          !node.is("StatelessWhile"))
        continue;
      if (!library)
        library.emplace(module);
      if (library->resolve(node))
        return true;
    }
  return false;
}

struct ResolveConditions : impl::ResolveConditionsBase<ResolveConditions> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    OpPassManager again(ModuleOp::getOperationName());
    again.addPass(createInlineCalls());
    again.addPass(createEliminateDeadOutputs());
    again.addPass(createFreezeVariables());
    again.addPass(createEliminateDeadOutputs());
    again.addPass(createSimplify());
    again.addPass(createInferShapes());
    again.addPass(createFoldConstants());
    for (unsigned round = 0; round < maxRounds; ++round) {
      bool changed = false;
      for (Operation *container : getContainers(module))
        changed |= SwitchResolver(container).run();
      if (!changed && !hasResolvedCall(module))
        return;
      if (failed(runPipeline(again, module)))
        return signalPassFailure();
    }
  }
};

} // namespace
} // namespace graft::graph
