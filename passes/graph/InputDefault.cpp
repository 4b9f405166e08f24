//===- InputDefault.cpp - what stands for an input ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/InputDefault.h"
#include "passes/graph/GraphUtils.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace graft::graph;

ElementsAttr graft::graph::findDefault(Value tensor) {
  auto node = tensor.getDefiningOp<NodeOp>();
  if (!node || !node.is("PlaceholderWithDefault") || node.getInputs().empty())
    return {};
  auto source = seeThrough(node.getInputs()[0]).getDefiningOp<NodeOp>();
  ElementsAttr value = source ? source.getConstantValue() : ElementsAttr();
  auto type = dyn_cast<RankedTensorType>(tensor.getType());
  bool fits = value && type &&
              value.getElementType() == type.getElementType() &&
              succeeded(verifyCompatibleShape(value.getShapedType(), type));
  return fits ? value : ElementsAttr();
}
