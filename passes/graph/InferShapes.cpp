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

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

#include <deque>

using namespace mlir;

namespace graft::graph {

#define GEN_PASS_DEF_INFERSHAPES
#include "passes/graph/Passes.h.inc"

namespace {

/// TensorFlow wrote no shape for a placeholder of unknown shape before this
/// version of the graph format; an empty one meant the same.
constexpr int64_t firstProducerWithShapes = 24;

/// A node is looked at this often at most; shapes get better with each time, so
/// that a loop comes to rest long before.
constexpr unsigned maxVisits = 16;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// What holds if both types hold; `known` where they contradict each other,
/// because such a graph fails when it runs, and here is not the place to say
/// so.
Type meet(Type known, Type found) {
  auto a = dyn_cast<TensorType>(known), b = dyn_cast_or_null<TensorType>(found);
  if (!a || !b)
    return known;
  auto opaque = dyn_cast<OpaqueType>(a.getElementType());
  bool isUntyped = opaque && opaque.getNumber() == 0;
  if (a.getElementType() != b.getElementType() && !isUntyped)
    return known;
  if (!b.hasRank())
    return isUntyped ? a.clone(b.getElementType()) : known;
  if (!a.hasRank())
    return b;
  if (a.getRank() != b.getRank())
    return known;
  SmallVector<int64_t> shape(a.getShape());
  for (auto [mine, other] : llvm::zip(shape, b.getShape())) {
    if (ShapedType::isDynamic(mine))
      mine = other;
    else if (!ShapedType::isDynamic(other) && mine != other)
      return known;
  }
  return RankedTensorType::get(shape, b.getElementType());
}

/// What holds if one of the types holds.
Type join(Type a, Type b) {
  auto left = dyn_cast<RankedTensorType>(a),
       right = dyn_cast<RankedTensorType>(b);
  Type element = getElementTypeOrSelf(a);
  if (!left || !right || left.getRank() != right.getRank() ||
      element != getElementTypeOrSelf(b))
    return UnrankedTensorType::get(element);
  SmallVector<int64_t> shape(left.getShape());
  for (auto [mine, other] : llvm::zip(shape, right.getShape()))
    if (mine != other)
      mine = ShapedType::kDynamic;
  return RankedTensorType::get(shape, element);
}

Type typeOf(ShapeAttr shape, Type element) {
  if (!shape || !shape.getHasRank())
    return UnrankedTensorType::get(element);
  SmallVector<int64_t> sizes;
  for (int64_t size : shape.getDims())
    sizes.push_back(size < 0 ? ShapedType::kDynamic : size);
  return RankedTensorType::get(sizes, element);
}

/// The type of a tensor whose shape is the value `shape`, of which one unknown
/// or -1 element follows from the `count` of elements if that is known.
Type typeFromShape(const PartialValue &shape, Type element,
                   std::optional<int64_t> count) {
  SmallVector<int64_t> sizes;
  int64_t known = 1;
  unsigned unknown = 0;
  for (std::optional<int64_t> size : shape.elements) {
    bool isKnown = size && *size >= 0;
    sizes.push_back(isKnown ? *size : ShapedType::kDynamic);
    unknown += !isKnown;
    if (isKnown && __builtin_mul_overflow(known, *size, &known))
      return UnrankedTensorType::get(element);
  }
  if (unknown == 1 && count && known > 0 && *count % known == 0)
    *llvm::find(sizes, ShapedType::kDynamic) = *count / known;
  return RankedTensorType::get(sizes, element);
}

std::optional<int64_t> countElements(Type type) {
  auto ranked = dyn_cast<RankedTensorType>(type);
  if (!ranked || !ranked.hasStaticShape())
    return std::nullopt;
  int64_t count = 1;
  for (int64_t size : ranked.getShape())
    if (__builtin_mul_overflow(count, size, &count))
      return std::nullopt;
  return count;
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
  bool visit(NodeOp node);
  void inferNode(NodeOp node, SmallVectorImpl<Type> &types);
  bool inferGraphNode(NodeOp node, SmallVectorImpl<Type> &types);
  bool inferCall(NodeOp node, SmallVectorImpl<Type> &types);
  ElementsAttr constantOf(Value value);

  const NodeSemantics *semantics;
  DenseMap<StringAttr, FuncOp> functions;
  PartialValues values;
  int64_t producer = firstProducerWithShapes;
};

/// The value of `value`: of a constant, or one that follows from shapes.
ElementsAttr Inference::constantOf(Value value) {
  if (auto node = seeThrough(value).getDefiningOp<NodeOp>())
    if (ElementsAttr constant = node.getConstantValue())
      return constant;
  const PartialValue *partial = values.lookup(value);
  if (partial && partial->isComplete())
    return toConstant(*partial, getElementTypeOrSelf(value.getType()));
  return {};
}

/// The results of functions that the node may call.
bool Inference::inferCall(NodeOp node, SmallVectorImpl<Type> &types) {
  if (!node.is("PartitionedCall") && !node.is("StatefulPartitionedCall") &&
      !node.is("If") && !node.is("StatelessIf") && !node.is("Case") &&
      !node.is("StatelessCase"))
    return false;
  llvm::SmallSetVector<StringAttr, 8> names;
  collectFunctions(node.getAttrs(), names);
  for (StringAttr name : names) {
    FuncOp func = functions.lookup(name);
    auto terminator = func && !func.getBlock()->empty()
                          ? dyn_cast<ReturnOp>(func.getBlock()->back())
                          : ReturnOp();
    if (!terminator ||
        terminator.getValues().size() != node.getOutputs().size()) {
      types.clear();
      return true;
    }
    for (auto [index, value] : llvm::enumerate(terminator.getValues()))
      if (types.size() <= index)
        types.push_back(value.getType());
      else
        types[index] = join(types[index], value.getType());
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
  if (node.getInputs().empty())
    return inferCall(node, types);
  if (node.is("EnsureShape")) {
    types.push_back(
        meet(node.getInputs()[0].getType(),
             typeOf(node.getNodeAttr<ShapeAttr>("shape"), outputElement(0))));
    return true;
  }
  if (isIdentityLike(node) || node.is("Enter") || node.is("Exit") ||
      node.is("NextIteration") || node.is("LoopCond") ||
      node.is("CheckNumerics")) {
    if (llvm::any_of(node.getInputs().getTypes(), isReference))
      return true;
    llvm::append_range(types, node.getInputs().getTypes());
    return true;
  }
  if (node.is("Switch")) {
    types.assign(node.getOutputs().size(), node.getInputs()[0].getType());
    return true;
  }
  if (node.is("Merge")) {
    Type type = node.getInputs()[0].getType();
    for (Value other : node.getInputs().drop_front())
      type = join(type, other.getType());
    types.push_back(type);
    if (node.getOutputs().size() > 1)
      types.push_back(RankedTensorType::get({}, outputElement(1)));
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
  return inferCall(node, types);
}

void Inference::inferNode(NodeOp node, SmallVectorImpl<Type> &types) {
  if (node.getOutputs().empty() || inferGraphNode(node, types))
    return;
  if (!semantics)
    return;
  SmallVector<ElementsAttr> constants;
  for (Value input : node.getInputs())
    constants.push_back(constantOf(input));
  if (failed(semantics->inferTypes(node, constants, types)) ||
      types.size() != node.getOutputs().size()) {
    types.clear();
    inferNativeTypes(node, types);
  }
  // A shape operand of which a part is known says that part of the result.
  int shapeOperand = getShapeOperand(node);
  if (shapeOperand < 0 ||
      node.getInputs().size() <= static_cast<size_t>(shapeOperand))
    return;
  const PartialValue *shape = values.lookup(node.getInputs()[shapeOperand]);
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
  const PartialValue *before =
      node.getOutputs().empty() ? nullptr : values.lookup(node.getOutputs()[0]);
  std::optional<PartialValue> old =
      before ? std::make_optional(*before) : std::nullopt;
  values.learn(node);
  const PartialValue *after =
      node.getOutputs().empty() ? nullptr : values.lookup(node.getOutputs()[0]);
  return changed || (after && !(old && *old == *after));
}

void Inference::run(Operation *container) {
  if (auto graph = dyn_cast<GraphOp>(container))
    if (DictionaryAttr versions = graph.getVersionsAttr())
      if (auto number = dyn_cast_or_null<IntegerAttr>(versions.get("producer")))
        producer = number.getInt();
  // In topological order nearly every node is visited once; only a loop,
  // through its NextIteration, can tell an earlier node something new.
  std::deque<Operation *> worklist;
  DenseSet<Operation *> waiting;
  DenseMap<Operation *, unsigned> visits;
  for (Operation *op : topologicalOrder(getBody(container)))
    if (isa<NodeOp>(op)) {
      worklist.push_back(op);
      waiting.insert(op);
    }
  while (!worklist.empty()) {
    auto node = cast<NodeOp>(worklist.front());
    worklist.pop_front();
    waiting.erase(node);
    if (++visits[node] > maxVisits || !visit(node))
      continue;
    for (Operation *user : node->getUsers())
      if (isa<NodeOp>(user) && waiting.insert(user).second)
        worklist.push_back(user);
  }
}

struct InferShapes : impl::InferShapesBase<InferShapes> {
  void runOnOperation() override {
    // Functions first, so that calls find the types of their results.
    Inference inference(getOperation());
    SmallVector<Operation *> containers = getContainers(getOperation());
    for (Operation *container : llvm::reverse(containers))
      inference.run(container);
  }
};

} // namespace
} // namespace graft::graph
