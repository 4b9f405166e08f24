//===- HandleFlow.cpp - where the handles of variables go -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/HandleFlow.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSet.h"

#include <map>

using namespace mlir;

namespace graft::graph {
namespace {

bool isWhile(NodeOp node) {
  return node.is("While") || node.is("StatelessWhile");
}
bool isIf(NodeOp node) { return node.is("If") || node.is("StatelessIf"); }
bool isCase(NodeOp node) { return node.is("Case") || node.is("StatelessCase"); }

/// Gives data input i on as result i: TensorFlow 1's loops, and Identity.
bool passesStraight(NodeOp node) {
  return isIdentityLike(node) || node.is("Enter") || node.is("Exit") ||
         node.is("NextIteration");
}

ReturnOp terminatorOf(FuncOp func) {
  Block &body = *func.getBlock();
  return body.empty() ? ReturnOp() : dyn_cast<ReturnOp>(body.back());
}

} // namespace

//===----------------------------------------------------------------------===//
// Functions and the nodes that run them
//===----------------------------------------------------------------------===//

unsigned FunctionUses::firstArgument(NodeOp node) {
  return isIf(node) || isCase(node) ? 1 : 0;
}

/// The names of the functions that `node` runs; false if it runs none.
bool FunctionUses::collect(
    NodeOp node,
    SmallVectorImpl<std::pair<StringAttr, FunctionUse::Role>> &names) const {
  auto add = [&](Attribute attr, FunctionUse::Role role) {
    if (auto func = dyn_cast_or_null<FuncAttr>(attr))
      if (!llvm::is_contained(names, std::make_pair(func.getName(), role)))
        names.emplace_back(func.getName(), role);
  };
  auto attr = [&](StringRef name) { return node.getAttrs().get(name); };
  if (isWhile(node)) {
    add(attr("cond"), FunctionUse::Condition);
    add(attr("body"), FunctionUse::Body);
  } else if (isIf(node)) {
    add(attr("then_branch"), FunctionUse::Branch);
    add(attr("else_branch"), FunctionUse::Branch);
  } else if (isCase(node)) {
    if (auto branches = node.getNodeAttr<ListAttr>("branches"))
      for (Attribute branch : branches.getElements())
        add(branch, FunctionUse::Branch);
  } else if (node.is("PartitionedCall") || node.is("StatefulPartitionedCall")) {
    add(attr("f"), FunctionUse::Call);
  } else if (functions.contains(node.getOpAttr())) {
    names.emplace_back(node.getOpAttr(), FunctionUse::Call);
  }
  return !names.empty();
}

FunctionUses::FunctionUses(ModuleOp module) {
  for (auto func : module.getOps<FuncOp>())
    functions[func.getSymNameAttr()] = func;
  auto disown = [&](StringAttr name) {
    if (FuncOp func = functions.lookup(name))
      foreign.insert(func);
  };
  for (auto func : module.getOps<FuncOp>()) {
    llvm::SmallSetVector<StringAttr, 8> named;
    collectFunctions(func.getAttrs(), named);
    if (StringAttr gradient = func.getGradientAttr())
      named.insert(gradient);
    llvm::for_each(named, disown);
    if (!terminatorOf(func))
      foreign.insert(func);
  }
  module.walk([&](NodeOp node) {
    SmallVector<std::pair<StringAttr, FunctionUse::Role>> names;
    collect(node, names);
    llvm::SmallSetVector<StringAttr, 8> named;
    collectFunctions(node.getAttrs(), named);
    for (auto [name, role] : names) {
      named.remove(name);
      FuncOp func = functions.lookup(name);
      if (!func)
        continue;
      ReturnOp terminator = terminatorOf(func);
      size_t results =
          role == FunctionUse::Condition ? 1 : node.getOutputs().size();
      uses[func].push_back({node, role});
      if (node.getInputs().size() !=
              func.getBlock()->getNumArguments() + firstArgument(node) ||
          !terminator || terminator.getValues().size() != results ||
          (role == FunctionUse::Body &&
           node.getInputs().size() != node.getOutputs().size()))
        foreign.insert(func);
    }
    // A function that an attribute of a function names, for example.
    llvm::for_each(named, disown);
  });
}

SmallVector<std::pair<FuncOp, FunctionUse::Role>, 2>
FunctionUses::functionsOf(NodeOp node) const {
  SmallVector<std::pair<StringAttr, FunctionUse::Role>> names;
  SmallVector<std::pair<FuncOp, FunctionUse::Role>, 2> result;
  collect(node, names);
  for (auto [name, role] : names)
    result.emplace_back(functions.lookup(name), role);
  return result;
}

ArrayRef<FunctionUse> FunctionUses::usesOf(FuncOp func) const {
  auto found = uses.find(func);
  return found == uses.end() ? ArrayRef<FunctionUse>() : found->second;
}

//===----------------------------------------------------------------------===//
// Edges
//===----------------------------------------------------------------------===//

/// Into the arguments of what `node` runs. False if it cannot be followed.
static bool passIntoFunctions(NodeOp node, unsigned operand,
                              const FunctionUses &uses,
                              SmallVectorImpl<Value> &to) {
  auto functions = uses.functionsOf(node);
  unsigned first = FunctionUses::firstArgument(node);
  if (functions.empty() || operand < first)
    return false;
  for (auto [func, role] : functions) {
    if (!func || uses.isForeign(func))
      return false;
    to.push_back(func.getBlock()->getArgument(operand - first));
    // A loop that never runs gives what it got.
    if (role == FunctionUse::Body)
      to.push_back(node.getOutputs()[operand]);
  }
  return true;
}

/// Out of a function, to those that run it.
static bool passOutOfFunction(FuncOp func, unsigned result,
                              const FunctionUses &uses,
                              SmallVectorImpl<Value> &to) {
  if (!func || uses.isForeign(func))
    return false;
  for (FunctionUse use : uses.usesOf(func)) {
    if (use.role == FunctionUse::Condition)
      return false;
    to.push_back(use.node.getOutputs()[result]);
    if (use.role != FunctionUse::Body)
      continue;
    for (auto [next, role] : uses.functionsOf(use.node)) {
      if (!next || uses.isForeign(next))
        return false;
      to.push_back(next.getBlock()->getArgument(result));
    }
  }
  return true;
}

std::optional<SmallVector<Value, 4>> passedTo(OpOperand &use,
                                              const FunctionUses &uses) {
  SmallVector<Value, 4> to;
  unsigned operand = use.getOperandNumber();
  if (auto terminator = dyn_cast<ReturnOp>(use.getOwner())) {
    auto func = dyn_cast<FuncOp>(terminator->getParentOp());
    if (operand < terminator.getValues().size() &&
        passOutOfFunction(func, operand, uses, to))
      return to;
    return std::nullopt;
  }
  auto node = dyn_cast<NodeOp>(use.getOwner());
  if (!node || operand >= node.getInputs().size())
    return std::nullopt;
  if (passesStraight(node)) {
    if (operand >= node.getOutputs().size())
      return std::nullopt;
    to.push_back(node.getOutputs()[operand]);
  } else if (node.is("Switch") || node.is("_SwitchN")) {
    if (operand != 0)
      return std::nullopt;
    llvm::append_range(to, node.getOutputs());
  } else if (node.is("Merge")) {
    if (node.getOutputs().empty())
      return std::nullopt;
    to.push_back(node.getOutputs()[0]);
  } else if (!passIntoFunctions(node, operand, uses, to)) {
    return std::nullopt;
  }
  return to;
}

/// From those that run the function of an argument.
static bool comesFromCallers(BlockArgument argument, const FunctionUses &uses,
                             SmallVectorImpl<Value> &from) {
  auto func = dyn_cast<FuncOp>(argument.getOwner()->getParentOp());
  if (!func || uses.isForeign(func))
    return false;
  unsigned index = argument.getArgNumber();
  for (FunctionUse use : uses.usesOf(func)) {
    from.push_back(
        use.node.getInputs()[index + FunctionUses::firstArgument(use.node)]);
    if (use.role != FunctionUse::Condition && use.role != FunctionUse::Body)
      continue;
    for (auto [body, role] : uses.functionsOf(use.node))
      if (role == FunctionUse::Body) {
        if (!body || uses.isForeign(body))
          return false;
        from.push_back(terminatorOf(body).getValues()[index]);
      }
  }
  return true;
}

/// From the functions that the node runs.
static bool comesFromFunctions(OpResult result, const FunctionUses &uses,
                               SmallVectorImpl<Value> &from) {
  auto node = cast<NodeOp>(result.getOwner());
  auto functions = uses.functionsOf(node);
  unsigned index = result.getResultNumber();
  if (functions.empty())
    return false;
  for (auto [func, role] : functions) {
    if (!func || uses.isForeign(func))
      return false;
    if (role == FunctionUse::Condition)
      continue;
    from.push_back(terminatorOf(func).getValues()[index]);
    if (role == FunctionUse::Body)
      from.push_back(node.getInputs()[index]);
  }
  return true;
}

SmallVector<Value, 4> passedFrom(Value value, const FunctionUses &uses) {
  SmallVector<Value, 4> from;
  bool isKnown = false;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    isKnown = comesFromCallers(argument, uses, from);
  } else if (auto node = value.getDefiningOp<NodeOp>()) {
    auto result = cast<OpResult>(value);
    unsigned index = result.getResultNumber();
    if (passesStraight(node)) {
      isKnown = index < node.getInputs().size();
      if (isKnown)
        from.push_back(node.getInputs()[index]);
    } else if (node.is("Switch") || node.is("_SwitchN")) {
      isKnown = !node.getInputs().empty();
      if (isKnown)
        from.push_back(node.getInputs()[0]);
    } else if (node.is("Merge")) {
      isKnown = index == 0;
      llvm::append_range(from, node.getInputs());
    } else {
      isKnown = comesFromFunctions(result, uses, from);
    }
  }
  if (!isKnown)
    from.push_back(Value());
  return from;
}

//===----------------------------------------------------------------------===//
// A function for each choice of variables
//===----------------------------------------------------------------------===//

namespace {

/// Nested calls need a round each.
constexpr unsigned maxRounds = 16;
constexpr size_t leastBudget = 10000;

/// Copies functions of one module.
class Separator {
public:
  explicit Separator(ModuleOp module) : module(module), symbols(module) {
    size_t nodes = 0;
    module.walk([&](NodeOp) { ++nodes; });
    budget = std::max(nodes, leastBudget);
  }

  /// True if something was copied: what nested functions get is known better.
  bool runOnce(const FunctionUses &uses, const DenseMap<Value, void *> &owners);

private:
  using Choice = SmallVector<void *, 4>;
  Choice choiceOf(FuncOp func, NodeOp caller,
                  const DenseMap<Value, void *> &owners);
  bool separate(FuncOp func, const FunctionUses &uses,
                const DenseMap<Value, void *> &owners);
  FuncOp copy(FuncOp func);

  ModuleOp module;
  SymbolTable symbols;
  size_t budget;
};

/// The variables that `caller` gives to the arguments that are handles.
Separator::Choice Separator::choiceOf(FuncOp func, NodeOp caller,
                                      const DenseMap<Value, void *> &owners) {
  Choice choice;
  unsigned first = FunctionUses::firstArgument(caller);
  for (BlockArgument argument : func.getBlock()->getArguments())
    if (auto type = dyn_cast<ShapedType>(argument.getType());
        type && isa<ResourceType>(type.getElementType()))
      choice.push_back(
          owners.lookup(caller.getInputs()[argument.getArgNumber() + first]));
  return choice;
}

FuncOp Separator::copy(FuncOp func) {
  size_t size = func.getBlock()->getOperations().size();
  if (size > budget)
    return FuncOp();
  budget -= size;
  auto clone = cast<FuncOp>(func->clone());
  // The table finds a free name.
  symbols.insert(clone, std::next(Block::iterator(func)));
  return clone;
}

/// Names `to` where `node` names `from`.
static void redirect(NodeOp node, StringAttr from, StringAttr to) {
  if (node.getOpAttr() == from)
    node.setOpAttr(to);
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](FuncAttr func) -> std::optional<Attribute> {
    if (func.getName() != from)
      return std::nullopt;
    return FuncAttr::get(func.getContext(), to, func.getAttrs());
  });
  node.setAttrsAttr(cast<DictionaryAttr>(replacer.replace(node.getAttrs())));
}

bool Separator::separate(FuncOp func, const FunctionUses &uses,
                         const DenseMap<Value, void *> &owners) {
  // In the order of the file; a node may use the function twice.
  llvm::MapVector<NodeOp, Choice> callers;
  for (FunctionUse use : uses.usesOf(func))
    callers.try_emplace(use.node, choiceOf(func, use.node, owners));
  std::map<Choice, FuncOp> copies;
  bool changed = false;
  for (auto &[node, choice] : callers) {
    auto [entry, isNew] = copies.try_emplace(choice);
    if (isNew)
      entry->second = copies.size() == 1 ? func : copy(func);
    if (!entry->second || entry->second == func)
      continue;
    redirect(node, func.getSymNameAttr(), entry->second.getSymNameAttr());
    changed = true;
  }
  return changed;
}

bool Separator::runOnce(const FunctionUses &uses,
                        const DenseMap<Value, void *> &owners) {
  // What a function passes to others is known once what it gets is: callers
  // first, and none on a cycle of calls.
  DenseMap<Operation *, SmallVector<FuncOp>> callees;
  DenseMap<Operation *, size_t> missing;
  SmallVector<Operation *> worklist(module.getOps<GraphOp>());
  for (auto func : module.getOps<FuncOp>()) {
    missing[func] = uses.usesOf(func).size();
    for (FunctionUse use : uses.usesOf(func))
      callees[use.node->getParentOp()].push_back(func);
  }
  bool changed = false;
  while (!worklist.empty())
    for (FuncOp func : callees.lookup(worklist.pop_back_val())) {
      if (--missing[func] != 0)
        continue;
      if (!uses.isForeign(func) && uses.usesOf(func).size() > 1 &&
          separate(func, uses, owners))
        changed = true;
      else
        worklist.push_back(func);
    }
  return changed;
}

} // namespace

void separateCallers(
    ModuleOp module,
    function_ref<DenseMap<Value, void *>(const FunctionUses &)> owners) {
  Separator separator(module);
  for (unsigned round = 0; round < maxRounds; ++round) {
    FunctionUses uses(module);
    if (!separator.runOnce(uses, owners(uses)))
      return;
  }
}

} // namespace graft::graph
