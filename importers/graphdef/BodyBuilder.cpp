//===- BodyBuilder.cpp - checked nodes into IR ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nodes come in the order of the file, which need not be an order of execution:
// an operand whose producer comes later is filled in at the end.
//===----------------------------------------------------------------------===//
#include "dialects/graph/DataTypes.h"
#include "dialects/graph/codec/AttrCodec.h"
#include "importers/graphdef/Body.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

Type graft::tensorType(int32_t number, ShapeAttr shape, MLIRContext *context) {
  Type element = typeFromNumber(number, context);
  if (!shape || !shape.getHasRank())
    return UnrankedTensorType::get(element);
  SmallVector<int64_t> dims;
  for (int64_t dim : shape.getDims())
    dims.push_back(dim == -1 ? ShapedType::kDynamic : dim);
  return RankedTensorType::get(dims, element);
}

namespace {
class BodyBuilder {
public:
  BodyBuilder(const Body &body, Block *block, MLIRContext *context)
      : body(body), block(block), builder(context), context(context),
        control(ControlType::get(context)) {
    builder.setInsertionPointToEnd(block);
  }

  void run();

private:
  void buildNode(const NodeRecord &node);
  void buildReturn();
  /// The types of the node's data outputs.
  void outputTypes(const NodeRecord &node, SmallVectorImpl<Type> &types);
  /// What the node says about the shape of its only output.
  Type typeFromAttrs(const NodeRecord &node, int32_t number);
  /// The value behind an edge; a stand-in if its node is still to come.
  Value valueOf(const Edge &edge);
  Type unranked(int32_t number);

  const Body &body;
  Block *block;
  OpBuilder builder;
  MLIRContext *context;
  Type control;
  std::vector<Operation *> ops;
  DenseMap<int32_t, Type> unrankedTypes;
  struct Later {
    OpOperand *operand;
    Edge edge;
  };
  std::vector<Later> later;
  Operation *standIn = nullptr;
};
} // namespace

Type BodyBuilder::unranked(int32_t number) {
  Type &type = unrankedTypes[number];
  if (!type)
    type = tensorType(number, {}, context);
  return type;
}

Type BodyBuilder::typeFromAttrs(const NodeRecord &node, int32_t number) {
  StringRef op = node.op.getValue();
  if (op == "Const")
    if (auto tensor = node.attrs.getAs<TensorAttr>("value"))
      return tensor.getValue().getShapedType();
  if (op == "Placeholder" || op == "PlaceholderWithDefault" ||
      op == "PlaceholderV2" || op == "ImmutableConst")
    if (auto shape = node.attrs.getAs<ShapeAttr>("shape")) {
      // Old producers wrote a scalar for a shape that is not known.
      if (op == "Placeholder" && shape.getDims().empty() &&
          body.source->producer < 24)
        return unranked(number);
      return tensorType(number, shape, context);
    }
  return unranked(number);
}

void BodyBuilder::outputTypes(const NodeRecord &node,
                              SmallVectorImpl<Type> &types) {
  // What `_output_shapes` says besides may contradict the graph; that is for
  // shape inference to find out.
  for (uint32_t i = 0; i < node.outputCount; ++i) {
    int32_t number = body.outputTypes[node.firstOutput + i];
    types.push_back(node.outputCount == 1 ? typeFromAttrs(node, number)
                                          : unranked(number));
  }
}

Value BodyBuilder::valueOf(const Edge &edge) {
  if (edge.isArgument())
    return block->getArgument(edge.argument());
  if (static_cast<size_t>(edge.node) >= ops.size())
    return standIn->getResult(0);
  Operation *op = ops[edge.node];
  return op->getResult(edge.isControl() ? op->getNumResults() - 1 : edge.port);
}

void BodyBuilder::buildNode(const NodeRecord &node) {
  SmallVector<Type, 2> types;
  outputTypes(node, types);
  SmallVector<Value, 4> inputs, controls;
  SmallVector<std::pair<unsigned, Edge>, 2> missing;
  for (uint32_t i = 0; i < node.inputCount; ++i) {
    const Edge &edge = body.edges[node.firstInput + i];
    if (edge.isControl() && edge.isArgument())
      continue; // kept by the spelling
    if (!edge.isArgument() && static_cast<size_t>(edge.node) >= ops.size())
      missing.emplace_back(inputs.size() + controls.size(), edge);
    (edge.isControl() ? controls : inputs).push_back(valueOf(edge));
  }
  auto op =
      NodeOp::create(builder, NameLoc::get(node.name), types, control, node.op,
                     inputs, controls, node.name, node.device, node.attrs,
                     node.spelling, node.residue, node.outputNames);
  for (auto &[index, edge] : missing)
    later.push_back({&op->getOpOperand(index), edge});
  ops.push_back(op);
}

void BodyBuilder::buildReturn() {
  SmallVector<Value> values, controls;
  for (const Edge &edge : body.results)
    values.push_back(valueOf(edge));
  for (const Edge &edge : body.controlResults)
    controls.push_back(valueOf(edge));
  ReturnOp::create(builder, builder.getUnknownLoc(), values, controls,
                   body.resultSpelling);
}

void BodyBuilder::run() {
  ops.reserve(body.nodes.size());
  standIn = UnrealizedConversionCastOp::create(builder, builder.getUnknownLoc(),
                                               control, ValueRange());
  for (const NodeRecord &node : body.nodes)
    buildNode(node);
  if (body.isFunction())
    buildReturn();
  for (const Later &fill : later)
    fill.operand->set(valueOf(fill.edge));
  standIn->erase();
}

void graft::buildBody(const Body &body, Block *block, MLIRContext *context) {
  BodyBuilder(body, block, context).run();
}
