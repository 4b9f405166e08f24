//===- GraphVerify.cpp - what makes a graph valid -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a node of one of TensorFlow's operators has must fit the signature; it
// may lack attributes, which the exporter asks for. Any other node needs only
// the form.
//===----------------------------------------------------------------------===//
#include "dialects/graph/DataTypes.h"
#include "dialects/graph/Graph.h"
#include "dialects/graph/NodeAttrs.h"
#include "dialects/graph/OpTable.h"

#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// The DataType of a tensor's elements; nothing if the type is no such tensor.
static std::optional<int32_t> dataTypeOf(Type type) {
  auto tensor = dyn_cast<TensorType>(type);
  return tensor ? numberFromType(tensor.getElementType()) : std::nullopt;
}

/// True if a value of type `actual` may stand where `expected` is wanted: types
/// agree, one is not known, or a reference gives its value.
static bool agree(int32_t actual, int32_t expected) {
  return actual == 0 || expected == 0 || actual == expected ||
         actual == expected + refTypeOffset;
}

/// Checks inputs (or outputs) against the types that the signature gives.
static LogicalResult verifyTensors(NodeOp node, TypeRange types,
                                   Expected<FlatArgs> expected,
                                   const char *what) {
  // Without the attribute that says how many, there is nothing to compare.
  if (!expected)
    return success();
  if (types.size() != expected->types.size())
    return node.emitOpError()
           << "of " << node.getOp() << " must have " << expected->types.size()
           << " " << what << "s, got " << types.size();
  for (auto [i, type] : llvm::enumerate(types))
    if (!agree(*dataTypeOf(type), expected->types[i]))
      return node.emitOpError()
             << what << " " << i << " of " << node.getOp() << " must be "
             << dataTypeName(expected->types[i]) << ", got "
             << dataTypeName(*dataTypeOf(type));
  return success();
}

static LogicalResult verifyAttrKinds(NodeOp node) {
  for (NamedAttribute attr : node.getAttrs()) {
    Attribute value = attr.getValue();
    auto integer = dyn_cast<IntegerAttr>(value);
    auto real = dyn_cast<FloatAttr>(value);
    bool known =
        isa<StringAttr, TypeAttr, UnitAttr, ShapeAttr, TensorAttr, ListAttr,
            FuncAttr, PlaceholderAttr, RawAttr, BytesAttr>(value) ||
        (integer && (integer.getType().isSignlessInteger(64) ||
                     integer.getType().isSignlessInteger(1))) ||
        (real && real.getType().isF32());
    if (!known)
      return node.emitOpError()
             << "attribute '" << attr.getName().getValue()
             << "' must be of a kind that a NodeDef can hold, "
                "got "
             << value;
  }
  return success();
}

LogicalResult NodeOp::verify() {
  if (getName().empty() || getOp().empty())
    return emitOpError("must have a name and an operator");
  for (Type type : llvm::concat<const Type>(getInputs().getTypes(),
                                            getOutputs().getTypes()))
    if (!dataTypeOf(type))
      return emitOpError("inputs and outputs must be tensors of TensorFlow's "
                         "types, got ")
             << type;
  if (ArrayAttr names = getOutputNamesAttr();
      names && names.size() != getOutputs().size())
    return emitOpError("must have a name in output_names for each of ")
           << getOutputs().size() << " outputs, got " << names.size();
  if (failed(verifyAttrKinds(*this)))
    return failure();
  StringRef op = getOp();
  const OpSignature *signature = OpTable::builtin({op.data(), op.size()});
  if (!signature)
    return success();
  if (Status status = checkAttrs(*signature, getAttrs()); !status)
    return emitOpError() << status.message();
  NodeAttrs attrs(getAttrs());
  if (failed(verifyTensors(*this, getInputs().getTypes(),
                           flattenArgs(*signature, signature->inputs, attrs),
                           "input")))
    return failure();
  return verifyTensors(*this, getOutputs().getTypes(),
                       flattenArgs(*signature, signature->outputs, attrs),
                       "output");
}

//===----------------------------------------------------------------------===//
// Graphs and functions
//===----------------------------------------------------------------------===//

/// Checks that the names of nodes and segments are unique, also among `taken`.
static LogicalResult verifyNames(Block *block, ArrayRef<Attribute> taken) {
  llvm::DenseMap<Attribute, Operation *> seen;
  for (Attribute name : taken)
    seen.try_emplace(name, block->getParentOp());
  for (Operation &op : *block) {
    StringAttr name;
    if (auto node = dyn_cast<NodeOp>(op))
      name = node.getNameAttr();
    else if (auto segment = dyn_cast<SegmentOp>(op))
      name = segment.getNameAttr();
    else
      continue;
    auto [other, isNew] = seen.try_emplace(name, &op);
    if (isNew)
      continue;
    InFlightDiagnostic diagnostic = op.emitOpError("name must be unique, got ")
                                    << name << " twice";
    diagnostic.attachNote(other->second->getLoc()) << "the other one is here";
    return diagnostic;
  }
  return success();
}

LogicalResult GraphOp::verifyRegions() {
  if (failed(verifyNames(getBlock(), {})))
    return failure();
  if (getFetches().empty())
    return success();
  llvm::DenseMap<StringAttr, NodeOp> wanted;
  for (auto port : getFetches().getAsRange<PortAttr>())
    wanted.try_emplace(port.getNode());
  for (auto node : getBlock()->getOps<NodeOp>())
    if (auto found = wanted.find(node.getNameAttr()); found != wanted.end())
      found->second = node;
  for (auto port : getFetches().getAsRange<PortAttr>()) {
    NodeOp node = wanted.lookup(port.getNode());
    if (!node)
      return emitOpError("fetches must name nodes of the graph, got ")
             << port.getNode();
    // -1 is the node itself.
    if (port.getIndex() < -1 ||
        port.getIndex() >= static_cast<int64_t>(node.getOutputs().size()))
      return emitOpError("fetches must name outputs, got ")
             << port.getIndex() << " of " << port.getNode() << ", which has "
             << node.getOutputs().size();
  }
  return success();
}

LogicalResult FuncOp::verifyRegions() {
  Block *block = getBlock();
  if (block->getNumArguments() != getArgNames().size())
    return emitOpError("must have a name for each of ")
           << block->getNumArguments() << " arguments, got "
           << getArgNames().size();
  if (block->empty() || !isa<ReturnOp>(block->back()))
    return emitOpError("must end with graph.return");
  for (ArrayAttr names : {getArgNames(), getResultNames()}) {
    llvm::DenseSet<Attribute> seen;
    for (Attribute name : names)
      if (!seen.insert(name).second)
        return emitOpError(
                   "names of arguments and results must be unique, got ")
               << name << " twice";
  }
  return verifyNames(block, getArgNames().getValue());
}

LogicalResult ReturnOp::verify() {
  auto function = dyn_cast<FuncOp>((*this)->getParentOp());
  if (!function)
    return success();
  if (getValues().size() != function.getResultNames().size())
    return emitOpError("must have a value for each of ")
           << function.getResultNames().size() << " results, got "
           << getValues().size();
  ArrayAttr controlNames = function.getControlResultNamesAttr();
  size_t controlCount = controlNames ? controlNames.size() : 0;
  if (getControls().size() != controlCount)
    return emitOpError("must have a control for each of ")
           << controlCount << " control results, got " << getControls().size();
  return success();
}
