//===- GraphOps.cpp - nodes and what contains them ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/graph/Graph.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace graft::graph;

#define GET_OP_CLASSES
#include "dialects/graph/GraphOps.cpp.inc"

RegionKind GraphOp::getRegionKind(unsigned) { return RegionKind::Graph; }
RegionKind FuncOp::getRegionKind(unsigned) { return RegionKind::Graph; }

RegionKind SegmentOp::getRegionKind(unsigned) { return RegionKind::Graph; }

ReturnOp SegmentOp::getReturn() {
  return cast<ReturnOp>(getBlock()->getTerminator());
}

LogicalResult SegmentOp::verify() {
  if (getBlock()->getArgumentTypes() != getInputs().getTypes())
    return emitOpError(
               "block arguments must have the types of the inputs, got ")
           << getBlock()->getArgumentTypes() << " for "
           << getInputs().getTypes();
  if (getBlock()->empty() || !isa<ReturnOp>(getBlock()->back()))
    return emitOpError("must end with graph.return");
  ReturnOp terminator = getReturn();
  if (terminator.getValues().getTypes() != getOutputs().getTypes())
    return terminator.emitOpError("values must have the types of the segment's "
                                  "results, got ")
           << terminator.getValues().getTypes() << " for "
           << getOutputs().getTypes();
  if (!terminator.getControls().empty())
    return terminator.emitOpError("must not have controls in a segment, got ")
           << terminator.getControls().size();
  for (Operation &op : getBlock()->without_terminator())
    if (!isa<NodeOp>(op))
      return op.emitError("must be a graph.node inside a segment, got ")
             << op.getName();
  return success();
}

Type NodeOp::getTypeAttr(StringRef name) {
  auto attr = getNodeAttr<TypeAttr>(name);
  return attr ? attr.getValue() : Type();
}

int64_t NodeOp::getIntAttr(StringRef name, int64_t fallback) {
  auto attr = getNodeAttr<IntegerAttr>(name);
  return attr ? attr.getInt() : fallback;
}

bool NodeOp::getBoolAttr(StringRef name, bool fallback) {
  auto attr = getNodeAttr<BoolAttr>(name);
  return attr ? attr.getValue() : fallback;
}

float NodeOp::getFloatAttr(StringRef name, float fallback) {
  auto attr = getNodeAttr<FloatAttr>(name);
  return attr ? attr.getValue().convertToFloat() : fallback;
}

StringRef NodeOp::getStringAttr(StringRef name) {
  auto attr = getNodeAttr<StringAttr>(name);
  return attr ? attr.getValue() : StringRef();
}

SmallVector<int64_t> NodeOp::getIntListAttr(StringRef name) {
  SmallVector<int64_t> values;
  if (auto list = getNodeAttr<ListAttr>(name))
    for (Attribute element : list.getElements())
      if (auto integer = dyn_cast<IntegerAttr>(element))
        values.push_back(integer.getInt());
  return values;
}

ElementsAttr NodeOp::getConstantValue() {
  if (!is("Const"))
    return {};
  auto tensor = getNodeAttr<TensorAttr>("value");
  return tensor ? tensor.getValue() : ElementsAttr();
}
