//===- FreezeVariables.cpp - reads of variables become constants ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Follows every handle to its users (HandleFlow.h). Where all of them only
// read, the reads become constants, and what passed the handle on, a function
// or a Switch, passes the value.
//===----------------------------------------------------------------------===//
#include "passes/graph/HandleFlow.h"
#include "passes/graph/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace graft::graph {

#define GEN_PASS_DEF_FREEZEVARIABLES
#include "passes/graph/Passes.h.inc"

namespace {

constexpr StringLiteral valueAttr = "graph.value";
/// On a function that takes other types than the file says: the exporter leaves
/// out what the file says of its handles.
constexpr StringLiteral retypedAttr = "graph.retyped";
/// A VarHandleOp of this shared name makes a variable of its own whenever it
/// runs.
constexpr StringLiteral anonymousName = "cd2c9b7b-88a0-44d0-938d-a1a3d3b1f8f3";

/// One variable and everything that touches it.
struct Variable {
  ElementsAttr value;
  SmallVector<NodeOp> creators;
  SmallVector<NodeOp> readers;
  SmallVector<OpOperand *> passings; ///< operands of what passes the handle on
  llvm::SetVector<Value> handles;    ///< all of them, the creators' first
  /// Something may write to it, or it goes where this pass does not follow.
  bool escapes = false;
};

bool isRead(OpOperand &use) {
  auto node = dyn_cast<NodeOp>(use.getOwner());
  return node && use.getOperandNumber() == 0 &&
         (node.is("ReadVariableOp") || node.is("VarIsInitializedOp") ||
          node.is("VariableShape") || node.is("ResourceGather") ||
          node.is("ResourceGatherNd"));
}

//===----------------------------------------------------------------------===//
// Finding out who touches a variable
//===----------------------------------------------------------------------===//

class Freezer {
public:
  explicit Freezer(ModuleOp module) : module(module) {}
  void run();

private:
  void findLiveNodes();
  void collect();
  void follow(const FunctionUses &uses, DenseMap<Value, void *> &owners);
  void follow(Variable &variable, const FunctionUses &uses,
              DenseMap<Value, void *> &owners);
  void freeze(Variable &variable);
  void freezeReference(NodeOp node);
  void freezeRead(NodeOp node, Variable &variable);
  Value constantFor(Operation *user, Variable &variable);
  void eraseUnused();
  NodeIndex &indexOf(Block &body);
  bool isSteered(Block &body);
  void classify(Value from, NodeOp node, ValueRange to);

  ModuleOp module;
  DenseSet<Operation *> live;
  /// Nodes whose names the user knows.
  DenseSet<Operation *> named;
  /// Places in the module: use lists have an order of their own.
  DenseMap<Operation *, size_t> position;
  llvm::MapVector<Attribute, Variable> variables;
  /// The handles that the variables' nodes return, passed on by no more than
  /// an Identity.
  DenseSet<Value> own;
  /// These, and what loops, branches and calls give back: what reads them may
  /// be a constant.
  DenseSet<Value> loose;
  SmallVector<NodeOp> referenceVariables;
  /// The constant of the variable that is being frozen, for each body.
  DenseMap<Block *, Value> constants;
  DenseMap<Block *, std::unique_ptr<NodeIndex>> indices;
  /// Bodies with the control flow of TensorFlow 1.
  DenseMap<Block *, bool> steered;
};

NodeIndex &Freezer::indexOf(Block &body) {
  auto &index = indices[&body];
  if (!index)
    index = std::make_unique<NodeIndex>(body);
  return *index;
}

bool Freezer::isSteered(Block &body) {
  auto [entry, isNew] = steered.try_emplace(&body, false);
  if (isNew)
    entry->second = llvm::any_of(body.getOps<NodeOp>(), isControlFlow);
  return entry->second;
}

/// In the main graph only what a fetch needs runs: a write that no fetch needs,
/// an initializer for example, does not count.
void Freezer::findLiveNodes() {
  live.clear();
  named.clear();
  position.clear();
  SmallVector<Operation *> worklist;
  auto mark = [&](Operation *op) {
    if (op && live.insert(op).second)
      worklist.push_back(op);
  };
  for (Operation *container : getContainers(module)) {
    Border border(container);
    for (Operation &op : getBody(container)) {
      StringAttr name = getName(&op);
      position.try_emplace(&op, position.size());
      if (name && border.names(name))
        named.insert(&op);
      if (!border.hasFetches() || !name || border.isFetched(name))
        mark(&op);
    }
  }
  while (!worklist.empty())
    for (Value operand : worklist.pop_back_val()->getOperands())
      mark(operand.getDefiningOp());
}

/// What tells a variable from others: TensorFlow keeps it under its container
/// and shared name.
Attribute identityOf(NodeOp node) {
  StringRef shared = node.getStringAttr("shared_name");
  if (shared == anonymousName)
    return node.getNameAttr();
  Builder b(node.getContext());
  return b.getArrayAttr(
      {b.getStringAttr(node.getStringAttr("container")),
       shared.empty() ? node.getNameAttr() : b.getStringAttr(shared)});
}

void Freezer::collect() {
  variables.clear();
  own.clear();
  loose.clear();
  referenceVariables.clear();
  for (Operation *container : getContainers(module))
    for (auto node : getBody(container).getOps<NodeOp>()) {
      auto value = node->getAttrOfType<ElementsAttr>(valueAttr);
      if (node.is("VariableV2") || node.is("Variable")) {
        if (value)
          referenceVariables.push_back(node);
        continue;
      }
      if (!node.is("VarHandleOp"))
        continue;
      Variable &variable = variables[identityOf(node)];
      variable.creators.push_back(node);
      variable.handles.insert(node.getOutputs()[0]);
      own.insert(node.getOutputs()[0]);
      loose.insert(node.getOutputs()[0]);
      if (value)
        variable.value = value;
    }
}

/// What is known of the handles that `node` passes on.
void Freezer::classify(Value from, NodeOp node, ValueRange to) {
  for (Value value : to) {
    if (isIdentityLike(node)) {
      if (own.contains(from))
        own.insert(value);
      if (loose.contains(from))
        loose.insert(value);
    } else if (isa<OpResult>(value) && !isSteered(*value.getParentBlock())) {
      loose.insert(value);
    }
  }
}

/// Finds the handles and the readers of `variable`, and whether it escapes.
/// Stops where a handle meets another variable's.
void Freezer::follow(Variable &variable, const FunctionUses &uses,
                     DenseMap<Value, void *> &owners) {
  // The set grows at its end while this goes on.
  for (size_t i = 0; i < variable.handles.size(); ++i) {
    Value handle = variable.handles[i];
    auto [owner, isNew] = owners.try_emplace(handle, &variable);
    if (!isNew && owner->second != &variable) {
      if (auto *other = static_cast<Variable *>(owner->second))
        other->escapes = true;
      owner->second = nullptr;
      variable.escapes = true;
      continue;
    }
    for (OpOperand &use : handle.getUses()) {
      auto node = dyn_cast<NodeOp>(use.getOwner());
      // A node that does not run may hold on to the variable's own handle. What
      // is passed on changes its type, for all that read it.
      bool runs = live.contains(use.getOwner()) ||
                  (node && !uses.functionsOf(node).empty());
      if (!runs && own.contains(handle))
        continue;
      if (isRead(use)) {
        Type dtype = node.getTypeAttr("dtype");
        variable.escapes |=
            dtype && variable.value && dtype != variable.value.getElementType();
        variable.readers.push_back(node);
      } else if (auto next = passedTo(use, uses)) {
        if (node)
          classify(handle, node, *next);
        variable.handles.insert(next->begin(), next->end());
        variable.passings.push_back(&use);
      } else {
        variable.escapes = true;
      }
    }
  }
}

/// Fills in `owners`: for each handle its variable, or null where several, or
/// one and something else, may arrive.
void Freezer::follow(const FunctionUses &uses,
                     DenseMap<Value, void *> &owners) {
  for (auto &[identity, variable] : variables)
    follow(variable, uses, owners);
  for (auto &[identity, variable] : variables) {
    ArrayRef<Value> handles = variable.handles.getArrayRef();
    for (Value handle : handles.drop_front(variable.creators.size()))
      for (Value source : passedFrom(handle, uses))
        if (!source || owners.lookup(source) != &variable) {
          variable.escapes = true;
          owners[handle] = nullptr;
        }
  }
}

//===----------------------------------------------------------------------===//
// What describes a value
//===----------------------------------------------------------------------===//

ShapeAttr shapeOf(Type type) {
  SmallVector<int64_t> dims(cast<RankedTensorType>(type).getShape());
  return ShapeAttr::get(type.getContext(), dims, true);
}

/// `attrs` with `element` as element `index` of the list `name`, if it has one.
DictionaryAttr setInList(DictionaryAttr attrs, StringRef name, unsigned index,
                         Attribute element) {
  auto list = dyn_cast_or_null<ListAttr>(attrs.get(name));
  if (!list || list.getElements().size() <= index)
    return attrs;
  SmallVector<Attribute> elements(list.getElements());
  elements[index] = element;
  NamedAttrList result(attrs);
  result.set(name, ListAttr::get(attrs.getContext(), list.getKind(), elements));
  return result.getDictionary(attrs.getContext());
}

/// Gives an argument its type, and what the function says about it.
void retypeArgument(BlockArgument argument, Type type) {
  argument.setType(type);
  auto func = cast<FuncOp>(argument.getOwner()->getParentOp());
  func.setAttrsAttr(setInList(func.getAttrs(), "_input_shapes",
                              argument.getArgNumber(), shapeOf(type)));
  func->setDiscardableAttr(retypedAttr, UnitAttr::get(func.getContext()));
}

/// Gives a result that passed a handle on its type, and what the node says
/// about it.
void retypeResult(OpResult result, Type type) {
  auto node = cast<NodeOp>(result.getOwner());
  unsigned index = result.getResultNumber();
  Attribute element = TypeAttr::get(getElementTypeOrSelf(type));
  result.setType(type);
  DictionaryAttr attrs = node.getAttrs();
  if (isa_and_nonnull<TypeAttr>(attrs.get("T"))) {
    NamedAttrList list(attrs);
    list.set("T", element);
    attrs = list.getDictionary(node.getContext());
  }
  // A loop and an IdentityN have one list for operands and results.
  for (StringRef name : {"T", "Tout"})
    attrs = setInList(attrs, name, index, element);
  for (StringRef name : {"output_shapes", "_output_shapes"})
    attrs = setInList(attrs, name, index, shapeOf(type));
  node.setAttrsAttr(attrs);
}

/// The node takes a value where it took a handle.
void retypeOperand(NodeOp node, unsigned operand, Type type) {
  unsigned first = FunctionUses::firstArgument(node);
  DictionaryAttr attrs = node.getAttrs();
  if (operand >= first)
    attrs = setInList(attrs, "Tin", operand - first,
                      TypeAttr::get(getElementTypeOrSelf(type)));
  // The operands that are handles of variables that are only read.
  if (auto handles = node.getNodeAttr<ListAttr>("_read_only_resource_inputs")) {
    SmallVector<Attribute> kept;
    for (Attribute element : handles.getElements())
      if (auto number = dyn_cast<IntegerAttr>(element);
          !number || number.getInt() != operand)
        kept.push_back(element);
    NamedAttrList list(attrs);
    list.set("_read_only_resource_inputs",
             ListAttr::get(node.getContext(),
                           kept.empty() ? ListKind::None : handles.getKind(),
                           kept));
    attrs = list.getDictionary(node.getContext());
  }
  node.setAttrsAttr(attrs);
}

//===----------------------------------------------------------------------===//
// Putting constants in their place
//===----------------------------------------------------------------------===//

/// The value of the variable for `user`, without anything to wait for: one
/// constant in each body. It takes the name of a reader that is a plain read.
Value Freezer::constantFor(Operation *user, Variable &variable) {
  Value &constant = constants[user->getBlock()];
  if (!constant) {
    auto node = dyn_cast<NodeOp>(user);
    StringAttr name = indexOf(*user->getBlock())
                          .claim(variable.creators.front().getName() + "/value",
                                 user->getContext());
    constant = createConst(user, user->getLoc(), variable.value, {}, name,
                           node ? node.getDeviceAttr() : StringAttr())
                   .getOutputs()[0];
  }
  return constant;
}

/// The GatherV2 or GatherNd that reads `params` as `read` read the variable.
/// What is new waits for `controls`.
NodeOp createGather(NodeOp read, Value params, NodeIndex &index,
                    ValueRange controls) {
  OpBuilder builder(read);
  SmallVector<Value> inputs = {params, read.getInputs()[1]};
  NamedAttrList attrs;
  attrs.set("Tparams", TypeAttr::get(getElementTypeOrSelf(params.getType())));
  attrs.set("Tindices", read.getAttrs().get("Tindices"));
  if (read.is("ResourceGather")) {
    int64_t batchDims = read.getIntAttr("batch_dims", 0);
    auto axisType = RankedTensorType::get({}, builder.getI32Type());
    auto axis = createConst(
        read, read.getLoc(),
        DenseElementsAttr::get(axisType, static_cast<int32_t>(batchDims)),
        controls, index.claim(read.getName() + "/axis", read.getContext()),
        read.getDeviceAttr());
    inputs.push_back(axis.getOutputs()[0]);
    attrs.set("Taxis", TypeAttr::get(builder.getI32Type()));
    attrs.set("batch_dims", builder.getI64IntegerAttr(batchDims));
  }
  return NodeOp::create(builder, read.getLoc(), read.getOutputs().getTypes(),
                        read.is("ResourceGather") ? "GatherV2" : "GatherNd",
                        inputs, read.getControls(), read.getName(),
                        attrs.getDictionary(read.getContext()),
                        read.getDeviceAttr());
}

ElementsAttr shapeConstant(ElementsAttr value, Type element) {
  ArrayRef<int64_t> shape = value.getShapedType().getShape();
  auto type =
      RankedTensorType::get({static_cast<int64_t>(shape.size())}, element);
  SmallVector<Attribute> sizes;
  for (int64_t size : shape)
    sizes.push_back(IntegerAttr::get(element, size));
  return DenseElementsAttr::get(type, sizes);
}

void Freezer::freezeRead(NodeOp node, Variable &variable) {
  Block &body = *node->getBlock();
  NodeIndex &index = indexOf(body);
  OpBuilder builder(node);
  Location loc = node.getLoc();
  StringAttr device = node.getDeviceAttr();
  // In the place of a handle that is more than a constant is a value now: a
  // function's argument, or what runs only on one side of a Switch or in the
  // frame of a loop.
  Value handle = node.getInputs()[0];
  Value passed = loose.contains(handle) ? Value() : handle;
  // A constant that takes the place of a node in a loop or a branch of
  // TensorFlow 1 has to stay there.
  SmallVector<Value> controls(node.getControls());
  if (passed && isSteered(body) && !node.is("ReadVariableOp"))
    controls.push_back(
        createIdentity(node, loc, passed, {},
                       index.claim(node.getName() + "/value", node.getContext())
                           .getValue(),
                       device)
            .getControl());
  NodeOp replacement;
  if (node.is("VarIsInitializedOp")) {
    auto type = RankedTensorType::get({}, builder.getI1Type());
    replacement = createConst(node, loc, DenseElementsAttr::get(type, true),
                              controls, node.getName(), device);
  } else if (node.is("VariableShape")) {
    Type element = node.getTypeAttr("out_type");
    replacement = createConst(
        node, loc,
        shapeConstant(variable.value, element ? element : builder.getI32Type()),
        controls, node.getName(), device);
  } else if (node.is("ReadVariableOp")) {
    Value &constant = constants[&body];
    if (passed || constant)
      replacement = createIdentity(node, loc, passed ? passed : constant,
                                   controls, node.getName(), device);
    else
      replacement = createConst(node, loc, variable.value, controls,
                                node.getName(), device);
    // Later reads share the constant if nothing decides when it is there.
    if (!passed && !constant && controls.empty())
      constant = replacement.getOutputs()[0];
  } else {
    Value params = passed ? passed : constantFor(node, variable);
    replacement =
        createGather(node, params, index,
                     isSteered(body) ? ValueRange(controls) : ValueRange());
  }
  node.getOutputs()[0].replaceAllUsesWith(replacement.getOutputs()[0]);
  node.getControl().replaceAllUsesWith(replacement.getControl());
  node.erase();
}

void Freezer::freeze(Variable &variable) {
  constants.clear();
  Type type = variable.value.getType();
  // Plain reads come first: they give the constant its name.
  auto rank = [&](NodeOp read) {
    bool isPlain = read.is("ReadVariableOp") && read.getControls().empty();
    return std::make_pair(!isPlain, position.lookup(read));
  };
  llvm::sort(variable.readers,
             [&](NodeOp a, NodeOp b) { return rank(a) < rank(b); });
  llvm::sort(variable.passings, [&](OpOperand *a, OpOperand *b) {
    return std::make_pair(position.lookup(a->getOwner()),
                          a->getOperandNumber()) <
           std::make_pair(position.lookup(b->getOwner()),
                          b->getOperandNumber());
  });
  ArrayRef<Value> passed =
      variable.handles.getArrayRef().drop_front(variable.creators.size());
  for (Value handle : passed) {
    if (auto argument = dyn_cast<BlockArgument>(handle))
      retypeArgument(argument, type);
    else if (!own.contains(handle))
      retypeResult(cast<OpResult>(handle), type);
  }
  for (NodeOp read : variable.readers)
    freezeRead(read, variable);
  for (OpOperand *use : variable.passings) {
    Operation *user = use->getOwner();
    auto node = dyn_cast<NodeOp>(user);
    bool isOwn = own.contains(use->get());
    // An Identity of the variable's own handle has no readers any more.
    if (node && isOwn && isIdentityLike(node))
      continue;
    if (node)
      retypeOperand(node, use->getOperandNumber(), type);
    if (isOwn)
      use->set(constantFor(user, variable));
  }
}

/// Erases what made and passed on the handles of frozen variables.
void Freezer::eraseUnused() {
  llvm::SetVector<Operation *> passers;
  for (auto &[identity, variable] : variables) {
    if (!variable.value || variable.escapes)
      continue;
    for (NodeOp node : variable.creators)
      passers.insert(node);
    for (OpOperand *use : variable.passings)
      if (auto node = dyn_cast<NodeOp>(use->getOwner());
          node && own.contains(use->get()) && isIdentityLike(node))
        passers.insert(node);
  }
  SmallVector<Operation *> worklist(passers.getArrayRef());
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    if (!passers.contains(op) || !op->use_empty() || named.contains(op))
      continue;
    for (Value operand : op->getOperands())
      if (Operation *source = operand.getDefiningOp())
        worklist.push_back(source);
    passers.remove(op);
    op->erase();
  }
}

/// A TensorFlow 1 variable, if all that runs only reads it, becomes a constant
/// of its name. Where a node that does not run holds on to it, an initializer
/// for example, its reads do instead.
void Freezer::freezeReference(NodeOp node) {
  auto value = node->getAttrOfType<ElementsAttr>(valueAttr);
  bool isHeld = false;
  SmallVector<NodeOp> reads;
  for (Operation *user : node.getOutputs()[0].getUsers()) {
    auto reader = dyn_cast<NodeOp>(user);
    isHeld |= !live.contains(user);
    if (!live.contains(user))
      continue;
    if (!reader || isStateful(reader))
      return;
    reads.push_back(reader);
  }
  if (!isHeld)
    reads.assign(1, node);
  for (NodeOp read : reads) {
    if (isHeld && !read.is("Identity"))
      continue;
    NodeOp constant =
        createConst(read, read.getLoc(), value, read.getControls(),
                    read.getName(), read.getDeviceAttr());
    read.getOutputs()[0].replaceAllUsesWith(constant.getOutputs()[0]);
    read.getControl().replaceAllUsesWith(constant.getControl());
    read.erase();
  }
}

void Freezer::run() {
  findLiveNodes();
  separateCallers(module, [&](const FunctionUses &uses) {
    collect();
    DenseMap<Value, void *> owners;
    follow(uses, owners);
    return owners;
  });
  // Copies of functions are new.
  findLiveNodes();
  collect();
  FunctionUses uses(module);
  DenseMap<Value, void *> owners;
  follow(uses, owners);
  for (auto &[identity, variable] : variables)
    if (variable.value && !variable.escapes)
      freeze(variable);
  eraseUnused();
  for (NodeOp node : referenceVariables)
    freezeReference(node);
  for (Operation *container : getContainers(module))
    dropStaleColocations(getBody(container));
}

struct FreezeVariables : impl::FreezeVariablesBase<FreezeVariables> {
  void runOnOperation() override { Freezer(getOperation()).run(); }
};

} // namespace
} // namespace graft::graph
