//===- SegmentBuilder.cpp - wrap nodes as a graph.segment -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/SegmentBuilder.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace graft::graph {
namespace {

/// What crosses the border of a set of nodes.
struct Crossings {
  llvm::SetVector<NodeOp> constants;
  llvm::MapVector<Value, NodeOp> constantOf; ///< of values that are constant
  llvm::SetVector<Value> inputs;
  llvm::SetVector<Value> controls;
  llvm::SetVector<Value> outputs;
};

Crossings findCrossings(ArrayRef<NodeOp> members,
                        llvm::function_ref<bool(NodeOp)> keepsName,
                        llvm::function_ref<int64_t(NodeOp)> last) {
  DenseSet<Operation *> inside;
  for (NodeOp member : members)
    inside.insert(member);
  Crossings border;
  auto waitFor = [&](ValueRange controls) {
    for (Value control : controls)
      if (!inside.contains(control.getDefiningOp()))
        border.controls.insert(control);
  };
  for (NodeOp member : members) {
    for (Value input : member.getInputs()) {
      if (inside.contains(input.getDefiningOp()))
        continue;
      // A copy of the constant is there always; what the constant waits for, a
      // branch for example, the segment waits for.
      SmallVector<Value> waits;
      if (NodeOp constant = findConstant(input, Border(), &waits)) {
        border.constants.insert(constant);
        border.constantOf[input] = constant;
        waitFor(waits);
      } else {
        border.inputs.insert(input);
      }
    }
    waitFor(member.getControls());
    int64_t lastKept = keepsName(member) ? last(member) : -1;
    for (OpResult output : member.getOutputs())
      if (static_cast<int64_t>(output.getResultNumber()) <= lastKept ||
          llvm::any_of(output.getUsers(),
                       [&](Operation *user) { return !inside.contains(user); }))
        border.outputs.insert(output);
  }
  return border;
}

} // namespace

SegmentOp buildSegment(ArrayRef<NodeOp> members, StringRef name,
                       llvm::function_ref<bool(NodeOp)> keepsName,
                       llvm::function_ref<int64_t(NodeOp)> last) {
  Crossings border = findCrossings(members, keepsName, last);
  Operation *place = NodeOp(members.front());
  MLIRContext *context = place->getContext();
  OpBuilder builder(place);
  SmallVector<Location> locations;
  SmallVector<Type> outputTypes;
  for (NodeOp member : members)
    locations.push_back(member.getLoc());
  for (Value output : border.outputs)
    outputTypes.push_back(output.getType());
  auto segment =
      SegmentOp::create(builder, FusedLoc::get(context, locations), outputTypes,
                        ControlType::get(context), builder.getStringAttr(name),
                        border.inputs.getArrayRef(),
                        border.controls.getArrayRef(), FlatSymbolRefAttr());

  // The body: arguments, copies of constants, then the members themselves.
  Block *block = builder.createBlock(&segment.getBody());
  IRMapping mapping;
  for (Value input : border.inputs)
    mapping.map(input, block->addArgument(input.getType(), input.getLoc()));
  for (NodeOp constant : border.constants)
    setControls(builder.clone(*constant, mapping), {});
  for (auto [value, constant] : border.constantOf)
    mapping.map(value, mapping.lookup(Value(NodeOp(constant).getOutputs()[0])));
  builder.setInsertionPointToEnd(block);
  auto terminator = ReturnOp::create(
      builder, segment.getLoc(), border.outputs.getArrayRef(), ValueRange());

  DenseSet<Operation *> inside;
  for (NodeOp member : members)
    inside.insert(member);
  for (auto [output, result] :
       llvm::zip(border.outputs.getArrayRef(), segment.getOutputs()))
    Value(output).replaceUsesWithIf(result, [&](OpOperand &use) {
      return use.getOwner() != terminator && !inside.contains(use.getOwner());
    });
  for (NodeOp member : members) {
    member.getControl().replaceUsesWithIf(
        segment.getControl(),
        [&](OpOperand &use) { return !inside.contains(use.getOwner()); });
    setControls(member, {}); // data edges say enough about the order inside
    for (OpOperand &operand : member->getOpOperands())
      operand.set(mapping.lookupOrDefault(operand.get()));
  }
  for (NodeOp member : members)
    member->moveBefore(terminator);

  // Names that the user knows.
  auto resultOf = [&](Value output) {
    auto at = llvm::find(border.outputs, output);
    return segment.getOutputs()[at - border.outputs.begin()];
  };
  for (NodeOp member : members) {
    if (!keepsName(member))
      continue;
    SmallVector<Value> values;
    for (OpResult output :
         member.getOutputs().take_front(std::max<int64_t>(last(member), 0) + 1))
      values.push_back(resultOf(output));
    NodeOp identity = createIdentity(segment, member.getLoc(), values, {},
                                     member.getName(), member.getDeviceAttr());
    identity->moveAfter(segment);
  }
  for (NodeOp constant : border.constants)
    if (constant->use_empty() && !keepsName(constant))
      constant.erase();
  return segment;
}

void dissolveSegment(SegmentOp segment, NativeReason code,
                     const Twine &reason) {
  MLIRContext *context = segment.getContext();
  auto native =
      NativeAttr::get(context, code, StringAttr::get(context, reason));
  NodeIndex index(*segment->getBlock());
  ReturnOp terminator = segment.getReturn();
  Block &body = *segment.getBlock();
  SmallVector<NodeOp> nodes(body.getOps<NodeOp>());
  SmallVector<Value> controls(segment.getControls()), finished;
  for (NodeOp node : nodes) {
    bool isFirst = llvm::none_of(node->getOperands(), [](Value operand) {
      auto source = operand.getDefiningOp<NodeOp>();
      return source && !source.is("Const");
    });
    if (isFirst && !node.is("Const") && !controls.empty())
      addControls(node, controls);
  }
  for (auto [argument, input] :
       llvm::zip(body.getArguments(), segment.getInputs()))
    argument.replaceAllUsesWith(input);
  for (NodeOp node : nodes) {
    // A shared constant and a name that is fetched are outside, too.
    StringAttr name = index.claim(node.getName(), context);
    index.insert(name, node);
    node.setNameAttr(name);
    node->setDiscardableAttr(kNativeAttr, native);
    node->moveBefore(segment);
  }
  SmallVector<Value> results(terminator.getValues());
  for (Value result : results)
    if (Operation *source = result.getDefiningOp())
      finished.push_back(getControlResult(source));
  SmallVector<Operation *> waiting(segment.getControl().getUsers());
  for (Operation *op : waiting) {
    SmallVector<Value> all(getControls(op));
    llvm::erase(all, Value(segment.getControl()));
    llvm::append_range(all, finished);
    setControls(op, all);
    dedupeControls(op);
  }
  segment.getOutputs().replaceAllUsesWith(results);
  segment.erase();
}

} // namespace graft::graph
