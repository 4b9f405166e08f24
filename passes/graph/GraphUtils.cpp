//===- GraphUtils.cpp - what the graph passes share -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/GraphUtils.h"

#include "dialects/graph/GraphAttributes.h"
#include "dialects/graph/OpTable.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace graft::graph {

GraphOp getMainGraph(ModuleOp module) {
  auto graphs = module.getOps<GraphOp>();
  return graphs.empty() ? GraphOp() : *graphs.begin();
}

//===----------------------------------------------------------------------===//
// Names and the border
//===----------------------------------------------------------------------===//

StringAttr getName(Operation *op) {
  return TypeSwitch<Operation *, StringAttr>(op)
      .Case<NodeOp, SegmentOp>([](auto node) { return node.getNameAttr(); })
      .Default([](Operation *) { return StringAttr(); });
}

NodeIndex::NodeIndex(Block &body) {
  for (Operation &op : body)
    if (StringAttr name = getName(&op))
      nodes[name] = &op;
}

StringAttr NodeIndex::claim(const Twine &base, MLIRContext *context) {
  StringAttr wanted = StringAttr::get(context, base);
  StringAttr name = wanted;
  // The counter is kept per name: many nodes of one name stay linear.
  while (!nodes.try_emplace(name, nullptr).second)
    name = StringAttr::get(context, wanted.getValue() + "_" +
                                        Twine(++nextSuffix[wanted]));
  return name;
}

Border::Border(Operation *container) {
  auto graph = dyn_cast<GraphOp>(container);
  if (!graph)
    return;
  for (auto port : graph.getFeeds().getAsRange<PortAttr>())
    feeds[port.getNode()].insert(port.getIndex());
  for (auto port : graph.getFetches().getAsRange<PortAttr>())
    fetches[port.getNode()].insert(port.getIndex());
  if (auto names = graph->getAttrOfType<ArrayAttr>(kAssetsAttr))
    assets.insert(names.begin(), names.end());
}

bool Border::isWhollyFed(NodeOp node) const {
  auto fed = feeds.find(node.getNameAttr());
  if (fed == feeds.end())
    return false;
  for (OpResult output : node.getOutputs())
    if (!output.use_empty() && !fed->second.contains(output.getResultNumber()))
      return false;
  auto fetched = fetches.find(node.getNameAttr());
  return fetched == fetches.end() ||
         llvm::all_of(fetched->second, [&](int64_t index) {
           return fed->second.contains(index);
         });
}

int64_t Border::lastFetched(StringAttr node) const {
  auto fetched = fetches.find(node);
  int64_t last = -1;
  if (fetched != fetches.end())
    for (int64_t index : fetched->second)
      last = std::max(last, index);
  return last;
}

//===----------------------------------------------------------------------===//
// Bodies and orders
//===----------------------------------------------------------------------===//

Value getControlResult(Operation *op) {
  return TypeSwitch<Operation *, Value>(op)
      .Case<NodeOp, SegmentOp>([](auto node) { return node.getControl(); })
      .Default([](Operation *) { return Value(); });
}

SmallVector<Operation *> getContainers(ModuleOp module) {
  SmallVector<Operation *> containers;
  for (Operation &op : module.getBody()->getOperations())
    if (isa<GraphOp>(op))
      containers.push_back(&op);
  for (Operation &op : module.getBody()->getOperations())
    if (isa<FuncOp>(op))
      containers.push_back(&op);
  return containers;
}

Block &getBody(Operation *container) { return container->getRegion(0).front(); }

bool isBackEdge(Operation *source, Operation *target) {
  auto from = dyn_cast_or_null<NodeOp>(source);
  auto to = dyn_cast_or_null<NodeOp>(target);
  return from && to &&
         (from.is("NextIteration") || from.is("RefNextIteration")) &&
         (to.is("Merge") || to.is("RefMerge"));
}

SmallVector<Operation *> topologicalOrder(Block &body) {
  SmallVector<Operation *> order;
  // The next operand to look at, for each op on the path; done ops have none.
  DenseMap<Operation *, unsigned> state;
  constexpr unsigned done = ~0u;
  SmallVector<Operation *> path;
  for (Operation &root : body) {
    if (!state.try_emplace(&root, 0).second)
      continue;
    path.push_back(&root);
    while (!path.empty()) {
      Operation *op = path.back();
      unsigned &next = state[op];
      if (next == op->getNumOperands()) {
        next = done;
        order.push_back(op);
        path.pop_back();
        continue;
      }
      Operation *source = op->getOperand(next++).getDefiningOp();
      if (source && source->getBlock() == &body && !isBackEdge(source, op) &&
          state.try_emplace(source, 0).second)
        path.push_back(source);
    }
  }
  return order;
}

DenseSet<Operation *> findReaders(Block &body,
                                  llvm::function_ref<bool(Operation *)> first) {
  DenseSet<Operation *> found;
  SmallVector<Operation *> worklist;
  auto add = [&](Operation *op) {
    if (found.insert(op).second)
      worklist.push_back(op);
  };
  for (Operation &op : body)
    if (first(&op))
      add(&op);
  while (!worklist.empty())
    for (Operation *user : worklist.pop_back_val()->getUsers())
      add(user);
  return found;
}

Value findTensor(const NodeIndex &index, PortAttr port) {
  auto node = dyn_cast_or_null<NodeOp>(index.lookup(port.getNode()));
  if (!node || port.getIndex() < 0 ||
      port.getIndex() >= static_cast<int64_t>(node.getOutputs().size()))
    return Value();
  return node.getOutputs()[port.getIndex()];
}

DenseSet<Operation *> findNeeded(GraphOp graph) {
  DenseSet<Operation *> needed;
  if (graph.getFetches().empty()) {
    for (Operation &op : *graph.getBlock())
      needed.insert(&op);
    return needed;
  }
  NodeIndex index(*graph.getBlock());
  SmallVector<Value> worklist;
  for (auto port : graph.getFetches().getAsRange<PortAttr>())
    if (Value tensor = findTensor(index, port))
      worklist.push_back(tensor);
  DenseSet<Value> fed;
  for (auto port : graph.getFeeds().getAsRange<PortAttr>())
    if (Value tensor = findTensor(index, port))
      fed.insert(tensor);
  DenseSet<Operation *> computed;
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    Operation *op = value.getDefiningOp();
    if (!op)
      continue;
    needed.insert(op);
    if (fed.contains(value) || !computed.insert(op).second)
      continue;
    for (Value operand : op->getOperands())
      if (!isa<ControlType>(operand.getType()))
        worklist.push_back(operand);
  }
  return needed;
}

//===----------------------------------------------------------------------===//
// What little is known of operators
//===----------------------------------------------------------------------===//

bool isReference(Type type) {
  auto tensor = dyn_cast<ShapedType>(type);
  auto opaque = tensor ? dyn_cast<OpaqueType>(tensor.getElementType())
                       : dyn_cast<OpaqueType>(type);
  return opaque && opaque.getNumber() >= refTypeOffset;
}

bool isStateful(NodeOp node) {
  const OpSignature *signature = OpTable::builtin(node.getOp());
  if (!signature || signature->isStateful)
    return true;
  return llvm::any_of(signature->inputs, [](auto &arg) { return arg.isRef; }) ||
         llvm::any_of(signature->outputs, [](auto &arg) { return arg.isRef; });
}

bool hasEffect(NodeOp node) {
  // Nodes that create a resource or read one, and generators of random numbers:
  // unread, they may go.
  static const llvm::StringSet<> readers = {
      "AnonymousHashTable",
      "AnonymousMutableHashTable",
      "Empty",
      "GuaranteeConst",
      "HashTable",
      "HashTableV2",
      "Identity",
      "IsVariableInitialized",
      "LookupTableExport",
      "LookupTableExportV2",
      "LookupTableFind",
      "LookupTableFindV2",
      "LookupTableSize",
      "LookupTableSizeV2",
      "Multinomial",
      "MutableHashTable",
      "MutableHashTableV2",
      "ParameterizedTruncatedNormal",
      "RandomGamma",
      "RandomPoisson",
      "RandomPoissonV2",
      "RandomShuffle",
      "RandomStandardNormal",
      "RandomUniform",
      "RandomUniformInt",
      "ReadVariableOp",
      "RefIdentity",
      "ResourceGather",
      "ResourceGatherNd",
      "StatelessRandomGetAlg",
      "TensorArraySizeV3",
      "TensorArrayV3",
      "TruncatedNormal",
      "VarHandleOp",
      "VarIsInitializedOp",
      "Variable",
      "VariableShape",
      "VariableV2",
  };
  return isStateful(node) && !readers.contains(node.getOp());
}

bool isControlFlow(NodeOp node) {
  static const llvm::StringSet<> names = {
      "Abort",         "ControlTrigger",   "Enter",
      "Exit",          "LoopCond",         "Merge",
      "NextIteration", "RefEnter",         "RefExit",
      "RefMerge",      "RefNextIteration", "RefSelect",
      "RefSwitch",     "Switch",           "_SwitchN",
  };
  return names.contains(node.getOp());
}

bool isIdentityLike(NodeOp node) {
  static const llvm::StringSet<> names = {
      "Identity", "IdentityN", "PreventGradient", "Snapshot", "StopGradient",
  };
  return names.contains(node.getOp());
}

Value seeThrough(Value value) {
  // A walk in a circle comes back to a place that is kept; the distance between
  // such places doubles.
  Value kept = value;
  for (size_t hops = 1, next = 1; auto node = value.getDefiningOp<NodeOp>();
       ++hops) {
    unsigned index = cast<OpResult>(value).getResultNumber();
    if (!isIdentityLike(node) || index >= node.getInputs().size())
      break;
    value = node.getInputs()[index];
    if (value == kept)
      break;
    if (hops == next) {
      kept = value;
      next *= 2;
    }
  }
  return value;
}

NodeOp findConstant(Value value, const Border &border,
                    SmallVectorImpl<Value> *waits) {
  // Every reader looks, so a long chain would be walked from each of its nodes.
  constexpr unsigned maxHops = 64;
  SmallVector<Value> found;
  for (unsigned hops = 0; hops < maxHops; ++hops) {
    auto node = value.getDefiningOp<NodeOp>();
    if (!node || border.isFed(node.getNameAttr()))
      return NodeOp();
    llvm::append_range(found, node.getControls());
    if (node.getConstantValue()) {
      if (waits)
        llvm::append_range(*waits, found);
      return node;
    }
    unsigned index = cast<OpResult>(value).getResultNumber();
    if (!isIdentityLike(node) || index >= node.getInputs().size())
      return NodeOp();
    value = node.getInputs()[index];
  }
  return NodeOp();
}

//===----------------------------------------------------------------------===//
// Edges
//===----------------------------------------------------------------------===//

OperandRange getControls(Operation *op) {
  return TypeSwitch<Operation *, OperandRange>(op)
      .Case<NodeOp, SegmentOp, ReturnOp>(
          [](auto user) { return user.getControls(); })
      .Default([](Operation *) { return OperandRange(nullptr, 0); });
}

void addControls(Operation *op, ValueRange controls) {
  TypeSwitch<Operation *>(op).Case<NodeOp, SegmentOp, ReturnOp>(
      [&](auto user) { user.getControlsMutable().append(controls); });
}

void setControls(Operation *op, ValueRange controls) {
  TypeSwitch<Operation *>(op).Case<NodeOp, SegmentOp, ReturnOp>(
      [&](auto user) { user.getControlsMutable().assign(controls); });
}

void dedupeControls(Operation *op) {
  OperandRange controls = getControls(op);
  if (controls.empty())
    return;
  llvm::SmallDenseSet<Operation *, 8> seen;
  bool isReturn = isa<ReturnOp>(op);
  if (!isReturn) // a function's control results are not implied by its results
    for (Value operand : op->getOperands().drop_back(controls.size()))
      if (Operation *source = operand.getDefiningOp())
        seen.insert(source);
  SmallVector<Value> kept;
  for (Value control : controls)
    if (isReturn || seen.insert(control.getDefiningOp()).second)
      kept.push_back(control);
  if (kept.size() != controls.size())
    setControls(op, kept);
}

llvm::SmallSetVector<StringAttr, 8> calledFunctions(Operation *container) {
  llvm::SmallSetVector<StringAttr, 8> names;
  container->walk([&](NodeOp node) {
    names.insert(node.getOpAttr());
    collectFunctions(node.getAttrs(), names);
  });
  if (auto func = dyn_cast<FuncOp>(container)) {
    collectFunctions(func.getAttrs(), names);
    if (StringAttr gradient = func.getGradientAttr())
      names.insert(gradient);
  }
  return names;
}

llvm::SetVector<FuncOp>
reachFunctions(ModuleOp module, llvm::function_ref<void(Operation *)> visit) {
  DenseMap<StringAttr, FuncOp> functions;
  for (auto func : module.getOps<FuncOp>())
    functions[func.getSymNameAttr()] = func;
  SmallVector<Operation *> worklist;
  for (auto graph : module.getOps<GraphOp>())
    worklist.push_back(graph);
  llvm::SetVector<FuncOp> reached;
  if (worklist.empty())
    for (auto func : module.getOps<FuncOp>()) {
      reached.insert(func);
      worklist.push_back(func);
    }
  while (!worklist.empty()) {
    Operation *container = worklist.pop_back_val();
    visit(container);
    for (StringAttr name : calledFunctions(container))
      if (FuncOp callee = functions.lookup(name))
        if (reached.insert(callee))
          worklist.push_back(callee);
  }
  return reached;
}

void eraseTogether(ArrayRef<Operation *> ops) {
  for (Operation *op : ops)
    op->dropAllReferences();
  for (Operation *op : ops)
    op->erase();
}

void eraseWithSources(ArrayRef<Operation *> ops, ArrayRef<Operation *> order,
                      const DenseSet<Operation *> &read, const Border &border) {
  DenseSet<Operation *> gone(ops.begin(), ops.end());
  eraseTogether(ops);
  for (Operation *op : llvm::reverse(order)) {
    if (gone.contains(op))
      continue;
    auto node = dyn_cast<NodeOp>(op);
    if (node && op->use_empty() && read.contains(op) && !isStateful(node) &&
        !isControlFlow(node) && !border.names(node.getNameAttr()) &&
        !node.is("Placeholder"))
      op->erase();
  }
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

void bypassControls(NodeOp node) {
  SmallVector<Value> controls(node.getControls());
  SmallVector<Operation *> waiting(node.getControl().getUsers());
  for (Operation *op : waiting) {
    SmallVector<Value> all(getControls(op));
    llvm::erase(all, Value(node.getControl()));
    llvm::append_range(all, controls);
    setControls(op, all);
    dedupeControls(op);
  }
}

void collectFunctions(Attribute attr,
                      llvm::SmallSetVector<StringAttr, 8> &names) {
  // An AttrValue nests no deeper than the parser of the file allowed, but a
  // stack costs nothing.
  SmallVector<Attribute> stack = {attr};
  while (!stack.empty()) {
    Attribute top = stack.pop_back_val();
    if (auto func = dyn_cast_or_null<FuncAttr>(top)) {
      names.insert(func.getName());
      stack.push_back(func.getAttrs());
    } else if (auto list = dyn_cast_or_null<ListAttr>(top)) {
      if (list.getKind() == ListKind::Func)
        llvm::append_range(stack, llvm::reverse(list.getElements()));
    } else if (auto dictionary = dyn_cast_or_null<DictionaryAttr>(top)) {
      for (NamedAttribute entry : llvm::reverse(dictionary))
        stack.push_back(entry.getValue());
    }
  }
}

/// Keeps of the node's `_class` what names no node, or one of `index`.
static void dropStaleColocations(NodeOp node, ListAttr list,
                                 const NodeIndex &index) {
  MLIRContext *context = node.getContext();
  SmallVector<Attribute> kept;
  for (Attribute element : list.getElements()) {
    auto text = dyn_cast<StringAttr>(element);
    StringRef name = text ? text.getValue() : StringRef();
    if (!name.consume_front("loc:@") ||
        index.contains(StringAttr::get(context, name)))
      kept.push_back(element);
  }
  if (kept.size() == list.getElements().size())
    return;
  if (kept.empty())
    return updateAttrs(node, {"_class"});
  updateAttrs(node, {},
              NamedAttribute(StringAttr::get(context, "_class"),
                             ListAttr::get(context, list.getKind(), kept)));
}

void dropStaleColocations(Block &body) {
  std::optional<NodeIndex> index; // made only for a graph that needs it
  for (auto node : body.getOps<NodeOp>()) {
    if (auto list = node.getNodeAttr<ListAttr>("_class")) {
      if (!index)
        index.emplace(body);
      dropStaleColocations(node, list, *index);
    }
  }
}

void updateAttrs(NodeOp node, ArrayRef<StringRef> removed,
                 ArrayRef<NamedAttribute> set) {
  NamedAttrList attrs(node.getAttrs());
  for (StringRef name : removed)
    attrs.erase(name);
  for (NamedAttribute attr : set)
    attrs.set(attr.getName(), attr.getValue());
  node.setAttrsAttr(attrs.getDictionary(node.getContext()));
}

NodeOp createIdentity(Operation *next, Location loc, ValueRange values,
                      ValueRange controls, StringRef name, StringAttr device) {
  OpBuilder builder(next);
  SmallVector<Attribute> types;
  for (Type type : values.getTypes())
    types.push_back(TypeAttr::get(getElementTypeOrSelf(type)));
  bool isOne = types.size() == 1;
  Attribute list = isOne ? types[0]
                         : Attribute(ListAttr::get(builder.getContext(),
                                                   ListKind::Type, types));
  return NodeOp::create(
      builder, loc, values.getTypes(), isOne ? "Identity" : "IdentityN", values,
      controls, name,
      builder.getDictionaryAttr(builder.getNamedAttr("T", list)), device);
}

NodeOp createConst(Operation *next, Location loc, ElementsAttr value,
                   ValueRange controls, StringRef name, StringAttr device) {
  OpBuilder builder(next);
  MLIRContext *context = builder.getContext();
  // Strings are written one by one.
  bool isString = isa<StringType>(value.getElementType());
  auto tensor = TensorAttr::get(context, value,
                                isString ? TensorEncoding::Values
                                         : TensorEncoding::Content,
                                isString ? value.getNumElements() : 0);
  NamedAttribute attrs[] = {
      builder.getNamedAttr("dtype", TypeAttr::get(value.getElementType())),
      builder.getNamedAttr("value", tensor)};
  return NodeOp::create(builder, loc, TypeRange(value.getType()), "Const",
                        ValueRange(), controls, name,
                        builder.getDictionaryAttr(attrs), device);
}

} // namespace graft::graph
