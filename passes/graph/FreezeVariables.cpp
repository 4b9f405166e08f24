//===- FreezeVariables.cpp - reads of variables become constants ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Follows every handle to its users, through nodes that pass it on and into the
// functions of loops and branches. Where all of them only read, the reads
// become constants, and where a function took the handle it takes the value.
//===----------------------------------------------------------------------===//
#include "passes/graph/GraphUtils.h"
#include "passes/graph/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace graft::graph {

#define GEN_PASS_DEF_FREEZEVARIABLES
#include "passes/graph/Passes.h.inc"

namespace {

constexpr StringLiteral valueAttr = "graph.value";

/// A node's argument that a function takes as its own.
struct Passing {
  NodeOp node;
  unsigned operand;
  SmallVector<BlockArgument> arguments;
};

/// One variable and everything that touches it.
struct Variable {
  ElementsAttr value;
  SmallVector<NodeOp> creators;
  SmallVector<NodeOp> readers;
  SmallVector<Passing> passings;
  llvm::SmallSetVector<NodeOp, 2> passers; ///< nodes that pass the handle on
  /// Something may write to it, or it goes where this pass does not follow.
  bool escapes = false;
};

bool isRead(NodeOp node) {
  return node.is("ReadVariableOp") || node.is("VarIsInitializedOp") ||
         node.is("VariableShape") || node.is("ResourceGather") ||
         node.is("ResourceGatherNd");
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
  void follow(Variable &variable);
  void addReader(Variable &variable, NodeOp node);
  bool enter(Variable &variable, NodeOp node, OpOperand &use,
             SmallVectorImpl<Value> &handles);
  void freeze(Variable &variable);
  void freezeReference(NodeOp node);
  void freezeRead(NodeOp node, Variable &variable);
  Value constantIn(Block &body, NodeOp read, Variable &variable);
  NodeIndex &indexOf(Block &body);

  ModuleOp module;
  DenseMap<StringAttr, FuncOp> functions;
  /// How many nodes name a function.
  DenseMap<StringAttr, unsigned> references;
  DenseSet<Operation *> live;
  /// Nodes whose names the user knows.
  DenseSet<Operation *> named;
  /// Places in the module: use lists have an order of their own.
  DenseMap<Operation *, size_t> position;
  llvm::MapVector<StringAttr, Variable> variables; ///< by shared name
  SmallVector<NodeOp> referenceVariables;
  /// The constant of the variable that is being frozen, for each body.
  DenseMap<Block *, Value> constants;
  DenseMap<Block *, std::unique_ptr<NodeIndex>> indices;
};

NodeIndex &Freezer::indexOf(Block &body) {
  auto &index = indices[&body];
  if (!index)
    index = std::make_unique<NodeIndex>(body);
  return *index;
}

/// In the main graph only what a fetch needs runs: a write that no fetch needs,
/// an initializer for example, does not count.
void Freezer::findLiveNodes() {
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
  for (Operation *container : getContainers(module))
    for (auto node : getBody(container).getOps<NodeOp>()) {
      llvm::SmallSetVector<StringAttr, 8> names;
      names.insert(node.getOpAttr());
      collectFunctions(node.getAttrs(), names);
      for (StringAttr name : names)
        ++references[name];
    }
}

void Freezer::collect() {
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
      // Handles of one shared name are one variable.
      StringRef shared = node.getStringAttr("shared_name");
      StringAttr key = shared.empty()
                           ? node.getNameAttr()
                           : StringAttr::get(node.getContext(), shared);
      Variable &variable = variables[key];
      variable.creators.push_back(node);
      if (value)
        variable.value = value;
    }
}

/// Follows a handle that is operand `use` of `node` into the functions of
/// `node`. False if it cannot be followed.
bool Freezer::enter(Variable &variable, NodeOp node, OpOperand &use,
                    SmallVectorImpl<Value> &handles) {
  bool isWhile = node.is("While") || node.is("StatelessWhile");
  bool isBranch = node.is("If") || node.is("StatelessIf") || node.is("Case") ||
                  node.is("StatelessCase");
  bool isCall =
      node.is("PartitionedCall") || node.is("StatefulPartitionedCall");
  unsigned operand = use.getOperandNumber();
  if ((!isWhile && !isBranch && !isCall) || (isBranch && operand == 0))
    return false;
  llvm::SmallSetVector<StringAttr, 8> names;
  collectFunctions(node.getAttrs(), names);
  Passing passing{node, operand, {}};
  for (StringAttr name : names) {
    FuncOp func = functions.lookup(name);
    unsigned index = isBranch ? operand - 1 : operand;
    // A function with another user might take another variable there.
    if (!func || references.lookup(name) != 1 ||
        func.getBlock()->getNumArguments() <= index)
      return false;
    passing.arguments.push_back(func.getBlock()->getArgument(index));
    handles.push_back(passing.arguments.back());
  }
  if (isWhile) {
    // The body has to give the handle back as it came.
    auto body = node.getNodeAttr<FuncAttr>("body");
    FuncOp func = body ? functions.lookup(body.getName()) : FuncOp();
    auto terminator =
        func ? dyn_cast<ReturnOp>(func.getBlock()->back()) : ReturnOp();
    if (!terminator || terminator.getValues().size() <= operand)
      return false;
    if (seeThrough(terminator.getValues()[operand]) !=
        func.getBlock()->getArgument(operand))
      return false;
    handles.push_back(node.getOutputs()[operand]);
  }
  variable.passings.push_back(passing);
  return true;
}

void Freezer::addReader(Variable &variable, NodeOp node) {
  Type dtype = node.getTypeAttr("dtype");
  variable.escapes |= dtype && dtype != variable.value.getElementType();
  variable.readers.push_back(node);
}

/// Finds every reader of `variable`, and whether it escapes.
void Freezer::follow(Variable &variable) {
  SmallVector<Value> handles;
  DenseSet<Value> seen;
  for (NodeOp creator : variable.creators)
    handles.push_back(creator.getOutputs()[0]);
  while (!handles.empty() && !variable.escapes) {
    Value handle = handles.pop_back_val();
    if (!seen.insert(handle).second)
      continue;
    for (OpOperand &use : handle.getUses()) {
      if (!live.contains(use.getOwner()))
        continue;
      if (isa<ReturnOp>(use.getOwner())) {
        // The body of a loop gives its handles back; enter() has looked at it.
        auto func = cast<FuncOp>(use.getOwner()->getParentOp());
        bool isLoopBody =
            llvm::any_of(variable.passings, [&](Passing &passing) {
              auto body = passing.node.getNodeAttr<FuncAttr>("body");
              return body && body.getName() == func.getSymNameAttr() &&
                     passing.operand == use.getOperandNumber();
            });
        variable.escapes |= !isLoopBody;
        continue;
      }
      auto node = dyn_cast<NodeOp>(use.getOwner());
      if (!node) {
        variable.escapes = true;
      } else if (isIdentityLike(node)) {
        handles.push_back(node.getOutputs()[use.getOperandNumber()]);
        variable.passers.insert(node);
      } else if (isRead(node)) {
        addReader(variable, node);
      } else if (!enter(variable, node, use, handles)) {
        variable.escapes = true;
      }
    }
  }
}

//===----------------------------------------------------------------------===//
// Putting constants in their place
//===----------------------------------------------------------------------===//

/// The value of the variable in `body`, without anything to wait for. `read` is
/// a reader there; the constant takes the name of one that is a plain read.
Value Freezer::constantIn(Block &body, NodeOp read, Variable &variable) {
  Value &constant = constants[&body];
  if (!constant) {
    StringAttr name = indexOf(body).claim(
        variable.creators.front().getName() + "/value", read.getContext());
    constant = createConst(read, read.getLoc(), variable.value, {}, name,
                           read.getDeviceAttr())
                   .getOutputs()[0];
  }
  return constant;
}

/// The GatherV2 or GatherNd that reads `params` as `read` read the variable.
NodeOp createGather(NodeOp read, Value params, NodeIndex &index) {
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
        DenseElementsAttr::get(axisType, static_cast<int32_t>(batchDims)), {},
        index.claim(read.getName() + "/axis", read.getContext()),
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

void Freezer::freezeRead(NodeOp node, Variable &variable) {
  Block &body = *node->getBlock();
  NodeIndex &index = indexOf(body);
  OpBuilder builder(node);
  Location loc = node.getLoc();
  StringAttr device = node.getDeviceAttr();
  // In a function that was given the value, the argument is the value.
  Value handle = seeThrough(node.getInputs()[0]);
  Value argument = isa<BlockArgument>(handle) ? handle : Value();
  NodeOp replacement;
  if (node.is("VarIsInitializedOp")) {
    auto type = RankedTensorType::get({}, builder.getI1Type());
    replacement = createConst(node, loc, DenseElementsAttr::get(type, true),
                              node.getControls(), node.getName(), device);
  } else if (node.is("VariableShape")) {
    Type element = node.getTypeAttr("out_type");
    if (!element)
      element = builder.getI32Type();
    ArrayRef<int64_t> shape = variable.value.getShapedType().getShape();
    auto type =
        RankedTensorType::get({static_cast<int64_t>(shape.size())}, element);
    SmallVector<Attribute> sizes;
    for (int64_t size : shape)
      sizes.push_back(builder.getIntegerAttr(element, size));
    replacement = createConst(node, loc, DenseElementsAttr::get(type, sizes),
                              node.getControls(), node.getName(), device);
  } else if (node.is("ReadVariableOp")) {
    Value &constant = constants[&body];
    if (argument || constant)
      replacement = createIdentity(node, loc, argument ? argument : constant,
                                   node.getControls(), node.getName(), device);
    else
      replacement = createConst(node, loc, variable.value, node.getControls(),
                                node.getName(), device);
    // Later reads share the constant if nothing decides when it is there.
    if (!argument && !constant && node.getControls().empty())
      constant = replacement.getOutputs()[0];
  } else {
    Value params = argument ? argument : constantIn(body, node, variable);
    replacement = createGather(node, params, index);
  }
  node.getOutputs()[0].replaceAllUsesWith(replacement.getOutputs()[0]);
  node.getControl().replaceAllUsesWith(replacement.getControl());
  node.erase();
}

/// Sets element `index` of the type list `name` of `node`.
void setTypeInList(NodeOp node, StringRef name, unsigned index, Type type) {
  auto list = node.getNodeAttr<ListAttr>(name);
  if (!list || list.getElements().size() <= index)
    return;
  SmallVector<Attribute> types(list.getElements());
  types[index] = TypeAttr::get(type);
  MLIRContext *context = node.getContext();
  updateAttrs(node, {"_output_shapes", "output_shapes"},
              NamedAttribute(StringAttr::get(context, name),
                             ListAttr::get(context, ListKind::Type, types)));
}

/// Nodes that passed on `argument` when it was a handle pass on a value now.
void retypeThrough(BlockArgument argument) {
  Type type = argument.getType();
  Type element = getElementTypeOrSelf(type);
  MLIRContext *context = argument.getContext();
  SmallVector<Value> values = {argument};
  while (!values.empty())
    for (OpOperand &use : values.pop_back_val().getUses()) {
      auto node = dyn_cast<NodeOp>(use.getOwner());
      if (!node || !isIdentityLike(node))
        continue;
      Value output = node.getOutputs()[use.getOperandNumber()];
      if (output.getType() == type)
        continue;
      output.setType(type);
      values.push_back(output);
      if (node.is("IdentityN"))
        setTypeInList(node, "T", use.getOperandNumber(), element);
      else
        updateAttrs(node, {"_output_shapes"},
                    NamedAttribute(StringAttr::get(context, "T"),
                                   TypeAttr::get(element)));
    }
}

void Freezer::freeze(Variable &variable) {
  constants.clear();
  Type type = variable.value.getType();
  Type element = variable.value.getElementType();
  for (Passing &passing : variable.passings)
    for (BlockArgument argument : passing.arguments)
      argument.setType(type);
  // Plain reads come first: they give the constant its name.
  auto rank = [&](NodeOp read) {
    bool isPlain = read.is("ReadVariableOp") && read.getControls().empty();
    return std::make_pair(!isPlain, position.lookup(read));
  };
  llvm::sort(variable.readers,
             [&](NodeOp a, NodeOp b) { return rank(a) < rank(b); });
  for (NodeOp read : variable.readers)
    freezeRead(read, variable);
  for (Passing &passing : variable.passings) {
    NodeOp node = passing.node;
    bool isBranch = node.is("If") || node.is("StatelessIf") ||
                    node.is("Case") || node.is("StatelessCase");
    bool isWhile = node.is("While") || node.is("StatelessWhile");
    // Inside a function that was given the value, the operand is that already.
    Value source = seeThrough(node->getOperand(passing.operand));
    node->setOperand(passing.operand,
                     isa<BlockArgument>(source)
                         ? source
                         : constantIn(*node->getBlock(), node, variable));
    setTypeInList(node, isWhile ? "T" : "Tin",
                  isBranch ? passing.operand - 1 : passing.operand, element);
    if (isWhile)
      node.getOutputs()[passing.operand].setType(type);
  }
  for (Passing &passing : variable.passings)
    for (BlockArgument argument : passing.arguments)
      retypeThrough(argument);
  for (NodeOp node : llvm::reverse(variable.passers.getArrayRef()))
    if (node->use_empty() && !named.contains(node))
      node.erase();
  for (NodeOp node : variable.creators)
    if (node->use_empty() && !named.contains(node))
      node.erase();
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
  for (auto func : module.getOps<FuncOp>())
    functions[func.getSymNameAttr()] = func;
  findLiveNodes();
  collect();
  for (auto &[name, variable] : variables) {
    if (!variable.value)
      continue;
    follow(variable);
    if (!variable.escapes)
      freeze(variable);
  }
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
