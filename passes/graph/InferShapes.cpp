//===- InferShapes.cpp - refine the types of results ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that become `nn` operations take their types from there. What only
// the graph knows, inputs, constants, control flow, calls, is here.
//===----------------------------------------------------------------------===//
#include "passes/graph/GraphUtils.h"
#include "passes/graph/NativeShapes.h"
#include "passes/graph/NodeSemantics.h"
#include "passes/graph/PartialValues.h"
#include "passes/graph/Passes.h"
#include "passes/graph/SegmentReport.h"
#include "passes/graph/TensorTypes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace graft::graph {

#define GEN_PASS_DEF_INFERSHAPES
#include "passes/graph/Passes.h.inc"

namespace {

/// TensorFlow wrote no shape for a placeholder of unknown shape before this
/// version of the graph format; an empty one meant the same.
constexpr int64_t firstProducerWithShapes = 24;

/// So often are the nodes of a loop looked at again at most; shapes get better
/// with each time, so that it comes to rest long before.
constexpr unsigned maxRounds = 16;

/// A longer vector of sizes is none.
constexpr int64_t maxRank = 64;

/// Nodes of constants are computed while operands and results are this small.
/// Shapes are; weights are for graph-fold-constants.
constexpr int64_t maxComputedBytes = 16384;

/// An input of the graph.
bool isInput(NodeOp node) {
  return node.is("Placeholder") || node.is("PlaceholderV2") ||
         node.is("PlaceholderWithDefault");
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

class Inference {
public:
  explicit Inference(ModuleOp module)
      : semantics(NodeSemantics::get(module.getContext())) {
    for (auto func : module.getOps<FuncOp>())
      functions[func.getSymNameAttr()] = func;
  }

  void run(Operation *container);

private:
  void sweep(ArrayRef<NodeOp> order, bool believesHints);
  bool visit(NodeOp node);
  bool visitHints(NodeOp node);
  bool believe(NodeOp node, StringRef attr);
  void inferNode(NodeOp node, SmallVectorImpl<Type> &types);
  bool inferGraphNode(NodeOp node, SmallVectorImpl<Type> &types);
  bool findBranches(NodeOp node, unsigned result,
                    SmallVectorImpl<Type> &branches);
  bool learn(NodeOp node);
  bool evaluate(NodeOp node);
  ElementsAttr constantOf(Value value);

  const NodeSemantics *semantics;
  DenseMap<StringAttr, FuncOp> functions;
  Border border;
  PartialValues values;
  /// Values of nodes that are computed from constants, small ones only.
  DenseMap<Value, ElementsAttr> constants;
  int64_t producer = firstProducerWithShapes;
};

/// The value of `value`: of a constant, or one that follows from constants or
/// shapes.
ElementsAttr Inference::constantOf(Value value) {
  if (NodeOp constant = findConstant(value, border))
    return constant.getConstantValue();
  if (ElementsAttr computed = constants.lookup(value))
    return computed;
  const PartialValue *partial = values.lookup(value);
  if (partial && partial->isComplete())
    return toConstant(*partial, getElementTypeOrSelf(value.getType()));
  return {};
}

/// Where `result` of `node` is that of one among several others, which one is
/// not known here: appends their types. False for other nodes.
bool Inference::findBranches(NodeOp node, unsigned result,
                             SmallVectorImpl<Type> &branches) {
  if (node.is("Merge") && result == 0) {
    llvm::append_range(branches, node.getInputs().getTypes());
    return true;
  }
  bool isLoop = node.is("While") || node.is("StatelessWhile");
  if (!isLoop && !node.is("PartitionedCall") &&
      !node.is("StatefulPartitionedCall") && !node.is("If") &&
      !node.is("StatelessIf") && !node.is("Case") && !node.is("StatelessCase"))
    return false;
  llvm::SmallSetVector<StringAttr, 8> names;
  if (isLoop) {
    auto body = node.getNodeAttr<FuncAttr>("body");
    if (!body || node.getInputs().size() != node.getOutputs().size())
      return false;
    names.insert(body.getName());
    branches.push_back(node.getInputs()[result].getType());
  } else {
    collectFunctions(node.getAttrs(), names);
  }
  for (StringAttr name : names) {
    FuncOp func = functions.lookup(name);
    auto terminator = func && !func.getBlock()->empty()
                          ? dyn_cast<ReturnOp>(func.getBlock()->back())
                          : ReturnOp();
    if (!terminator ||
        terminator.getValues().size() != node.getOutputs().size()) {
      branches.clear();
      return true;
    }
    branches.push_back(terminator.getValues()[result].getType());
  }
  return true;
}

/// Nodes that the graph knows by itself. False for others.
bool Inference::inferGraphNode(NodeOp node, SmallVectorImpl<Type> &types) {
  auto outputElement = [&](unsigned index) {
    return getElementTypeOrSelf(node.getOutputs()[index].getType());
  };
  if (ElementsAttr constant = node.getConstantValue()) {
    types.push_back(constant.getType());
    return true;
  }
  if (node.is("Placeholder") || node.is("PlaceholderWithDefault")) {
    auto shape = node.getNodeAttr<ShapeAttr>("shape");
    bool saysNothing =
        shape && shape.getDims().empty() && producer < firstProducerWithShapes;
    types.push_back(
        typeOf(saysNothing ? ShapeAttr() : shape, outputElement(0)));
    return true;
  }
  if (node.is("VariableV2") || node.is("Variable")) {
    types.push_back(
        typeOf(node.getNodeAttr<ShapeAttr>("shape"), outputElement(0)));
    return true;
  }
  for (unsigned result = 0; result < node.getOutputs().size(); ++result) {
    SmallVector<Type> branches;
    if (!findBranches(node, result, branches))
      break;
    Type type = branches.empty() ? node.getOutputs()[result].getType()
                                 : branches.front();
    for (Type other : ArrayRef(branches).drop_front(!branches.empty()))
      type = join(type, other);
    types.push_back(type);
  }
  if (!types.empty() || node.getInputs().empty()) {
    if (node.is("Merge") && node.getOutputs().size() > 1)
      types.push_back(RankedTensorType::get({}, outputElement(1)));
    return !types.empty();
  }
  if (node.is("EnsureShape")) {
    types.push_back(
        meet(node.getInputs()[0].getType(),
             typeOf(node.getNodeAttr<ShapeAttr>("shape"), outputElement(0))));
    return true;
  }
  if (isIdentityLike(node) || node.is("Enter") || node.is("Exit") ||
      node.is("NextIteration") || node.is("LoopCond") ||
      node.is("CheckNumerics")) {
    // What a variable holds has another element type than the reference.
    for (auto [index, input] : llvm::enumerate(node.getInputs().getTypes()))
      types.push_back(isReference(input) && isa<TensorType>(input)
                          ? cast<TensorType>(input).clone(outputElement(index))
                          : input);
    return true;
  }
  if (node.is("Switch")) {
    types.assign(node.getOutputs().size(), node.getInputs()[0].getType());
    return true;
  }
  if (node.is("ReadVariableOp")) {
    auto handle = seeThrough(node.getInputs()[0]).getDefiningOp<NodeOp>();
    if (handle && handle.is("VarHandleOp"))
      types.push_back(
          typeOf(handle.getNodeAttr<ShapeAttr>("shape"), outputElement(0)));
    return true;
  }
  if (node.is("Shape")) {
    auto input = dyn_cast<RankedTensorType>(node.getInputs()[0].getType());
    types.push_back(RankedTensorType::get(
        {input ? input.getRank() : ShapedType::kDynamic}, outputElement(0)));
    return true;
  }
  if (node.is("Rank") || node.is("Size")) {
    types.push_back(RankedTensorType::get({}, outputElement(0)));
    return true;
  }
  return false;
}

void Inference::inferNode(NodeOp node, SmallVectorImpl<Type> &types) {
  if (node.getOutputs().empty() || inferGraphNode(node, types))
    return;
  if (!semantics)
    return;
  SmallVector<ElementsAttr> operands;
  for (Value input : node.getInputs())
    operands.push_back(constantOf(input));
  if (failed(semantics->inferTypes(node, operands, types)) ||
      types.size() != node.getOutputs().size())
    types.clear();
  // Values that are known in part say some sizes more.
  SmallVector<Type> native;
  inferNativeTypes(
      node,
      [&](unsigned input) { return values.lookup(node.getInputs()[input]); },
      native);
  if (types.empty())
    types = native;
  for (auto [type, other] : llvm::zip(types, native))
    type = meet(type, other);
  // A shape operand of which a part is known says that part of the result.
  int shapeOperand = getShapeOperand(node);
  if (shapeOperand < 0 ||
      node.getInputs().size() <= static_cast<size_t>(shapeOperand))
    return;
  Value operand = node.getInputs()[shapeOperand];
  const PartialValue *shape = values.lookup(operand);
  // How many sizes there are is known of more vectors.
  auto vector = dyn_cast<RankedTensorType>(operand.getType());
  PartialValue unknown;
  if (!shape && vector && vector.getRank() == 1 && vector.hasStaticShape() &&
      vector.getDimSize(0) <= maxRank) {
    unknown.elements.resize(vector.getDimSize(0));
    shape = &unknown;
  }
  if (!shape || shape->isScalar)
    return;
  Type type = typeFromShape(
      *shape, getElementTypeOrSelf(node.getOutputs()[0].getType()),
      node.is("Reshape") ? countElements(node.getInputs()[0].getType())
                         : std::nullopt);
  if (types.empty())
    types.push_back(type);
  else
    types[0] = meet(types[0], type);
}

/// Computes the results of a node of constants where all of it is small. True
/// if that is news.
bool Inference::evaluate(NodeOp node) {
  if (!semantics || node.getInputs().empty() || node.getOutputs().empty() ||
      isStateful(node) || isControlFlow(node) ||
      constants.contains(node.getOutputs()[0]))
    return false;
  if (isIdentityLike(node)) {
    bool isNews = false;
    for (auto [input, output] : llvm::zip(node.getInputs(), node.getOutputs()))
      if (ElementsAttr computed = constants.lookup(input))
        isNews |= constants.try_emplace(output, computed).second;
    return isNews;
  }
  int64_t bytes = 0;
  for (Type type : node.getOutputs().getTypes()) {
    auto ranked = dyn_cast<RankedTensorType>(type);
    if (!ranked || !ranked.hasStaticShape())
      return false;
    bytes = std::max(bytes, byteSize(ranked));
  }
  SmallVector<ElementsAttr> operands, results;
  for (Value input : node.getInputs()) {
    operands.push_back(constantOf(input));
    if (!operands.back())
      return false;
    bytes = std::max(bytes, byteSize(operands.back().getType()));
  }
  if (bytes > maxComputedBytes ||
      failed(semantics->evaluate(node, operands, maxComputedBytes, results)) ||
      results.size() != node.getOutputs().size())
    return false;
  for (auto [output, result] : llvm::zip(node.getOutputs(), results)) {
    constants[output] = result;
    values.learn(output, result);
  }
  return true;
}

/// Learns the values of `node`; true if something is news.
bool Inference::learn(NodeOp node) {
  // A fed node is not what its inputs make of it.
  if (border.isFed(node.getNameAttr()))
    return false;
  bool isNews = values.learn(node);
  const PartialValue *known = node.getOutputs().size() == 1
                                  ? values.lookup(node.getOutputs()[0])
                                  : nullptr;
  return (!(known && known->isComplete()) && evaluate(node)) || isNews;
}

/// Refines the results of `node`; true if something changed.
bool Inference::visit(NodeOp node) {
  SmallVector<Type> types;
  inferNode(node, types);
  bool changed = false;
  for (auto [output, type] : llvm::zip(node.getOutputs(), types)) {
    Type refined = meet(output.getType(), type);
    changed |= refined != output.getType();
    output.setType(refined);
  }
  return learn(node) || changed;
}

/// Takes from the list of shapes `attr` what the types of the results leave
/// open, or drops all of it where it cannot be true. True if a type changed.
bool Inference::believe(NodeOp node, StringRef attr) {
  auto list = node.getNodeAttr<ListAttr>(attr);
  if (!list || list.getKind() != ListKind::Shape ||
      list.getElements().size() != node.getOutputs().size())
    return false;
  SmallVector<Type> types;
  for (auto [output, shape] :
       llvm::zip(node.getOutputs(), list.getElements())) {
    Type hint = typeOf(dyn_cast<ShapeAttr>(shape),
                       getElementTypeOrSelf(output.getType()));
    SmallVector<Type> branches;
    findBranches(node, output.getResultNumber(), branches);
    branches.push_back(output.getType());
    if (llvm::any_of(branches,
                     [&](Type type) { return contradict(type, hint); })) {
      updateAttrs(node, {attr});
      return false;
    }
    types.push_back(hint);
  }
  bool changed = false;
  for (auto [output, hint] : llvm::zip(node.getOutputs(), types)) {
    // A size that an input leaves open is for the user to choose.
    bool isOpen = isInput(node) && isa<RankedTensorType>(output.getType());
    Type refined = isOpen ? output.getType() : meet(output.getType(), hint);
    changed |= refined != output.getType();
    output.setType(refined);
  }
  return changed;
}

/// Takes what the file says about the results of `node` and nothing implies.
bool Inference::visitHints(NodeOp node) {
  bool changed = believe(node, "_output_shapes");
  // Operators with functions promise the shapes of their results.
  static const llvm::StringSet<> promising = {
      "Case", "If", "StatelessCase", "StatelessIf", "StatelessWhile", "While"};
  if (promising.contains(node.getOp()))
    changed |= believe(node, "output_shapes");
  if (changed)
    learn(node);
  return changed;
}

/// Visits all nodes, or with the hints those that one of them concerns.
void Inference::sweep(ArrayRef<NodeOp> order, bool believesHints) {
  DenseSet<Operation *> waiting;
  if (!believesHints)
    for (NodeOp node : order)
      waiting.insert(node);
  auto wakeReaders = [&](NodeOp node) {
    for (Operation *user : node->getUsers())
      if (isa<NodeOp>(user))
        waiting.insert(user);
  };
  for (NodeOp node : order) {
    bool changed = waiting.erase(node) && visit(node);
    changed |= believesHints && visitHints(node);
    if (changed)
      wakeReaders(node);
  }
  // Only a loop, through its NextIteration, can tell an earlier node something
  // new.
  for (unsigned round = 0; round < maxRounds && !waiting.empty(); ++round)
    for (NodeOp node : order)
      if (waiting.erase(node) && visit(node))
        wakeReaders(node);
}

void Inference::run(Operation *container) {
  border = Border(container);
  if (auto graph = dyn_cast<GraphOp>(container))
    if (DictionaryAttr versions = graph.getVersionsAttr())
      if (auto number = dyn_cast_or_null<IntegerAttr>(versions.get("producer")))
        producer = number.getInt();
  SmallVector<NodeOp> order;
  for (Operation *op : topologicalOrder(getBody(container)))
    if (auto node = dyn_cast<NodeOp>(op))
      order.push_back(node);
  // First all that follows from the graph, so that it is known which hints
  // contradict it.
  sweep(order, /*believesHints=*/false);
  sweep(order, /*believesHints=*/true);
}

/// The main graphs and functions, each after the functions that it calls, so
/// that calls find the types of their results.
SmallVector<Operation *> calleesFirst(ModuleOp module) {
  DenseMap<StringAttr, FuncOp> functions;
  for (auto func : module.getOps<FuncOp>())
    functions[func.getSymNameAttr()] = func;
  struct Entry {
    Operation *container;
    SmallVector<StringAttr> callees;
  };
  SmallVector<Operation *> order;
  DenseSet<Operation *> seen;
  SmallVector<Entry> path;
  auto enter = [&](Operation *container) {
    if (container && seen.insert(container).second)
      path.push_back({container, calledFunctions(container).takeVector()});
  };
  for (Operation *container : getContainers(module)) {
    enter(container);
    while (!path.empty()) {
      Entry &top = path.back();
      if (top.callees.empty()) {
        order.push_back(top.container);
        path.pop_back();
      } else {
        FuncOp callee = functions.lookup(top.callees.pop_back_val());
        enter(callee);
      }
    }
  }
  return order;
}

struct InferShapes : impl::InferShapesBase<InferShapes> {
  void runOnOperation() override {
    Inference inference(getOperation());
    for (Operation *container : calleesFirst(getOperation()))
      inference.run(container);
  }
};

} // namespace
} // namespace graft::graph
