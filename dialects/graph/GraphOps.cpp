//===- GraphOps.cpp - nodes and what contains them
//--------------------------===//
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
