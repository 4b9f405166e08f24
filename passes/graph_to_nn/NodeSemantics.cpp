//===- NodeSemantics.cpp - what nodes mean, asked by graph passes ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every question is answered by converting the node into a scratch block:
// whether it converts, which types its results have, and, folding the
// operations that come out, their values.
//===----------------------------------------------------------------------===//
#include "passes/graph/NodeSemantics.h"

#include "dialects/nn/Describe.h"
#include "dialects/nn/reference/Evaluator.h"
#include "passes/graph/GraphUtils.h"
#include "passes/graph_to_nn/NodeConversion.h"
#include "passes/graph_to_nn/Passes.h"
#include "passes/graph_to_nn/SimulatedQuantization.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace graft;

namespace {

/// A block outside of any module that holds one converted node.
class Scratch {
public:
  explicit Scratch(MLIRContext *context)
      : builder(context), location(UnknownLoc::get(context)) {
    builder.setInsertionPointToEnd(&block);
  }

  /// Adds an input: a constant, or an argument of `type`; null for a type that
  /// has no place in an engine.
  void addInput(Type type, ElementsAttr constant) {
    if (constant && isa<RankedTensorType>(constant.getType()))
      inputs.push_back(nn::ConstantOp::create(builder, location, constant));
    else
      inputs.push_back(block.addArgument(type, location));
  }

  std::optional<graph::Refusal> convert(graph::NodeOp node) {
    return convertNode(node, inputs, builder, results);
  }

  Block block;
  OpBuilder builder;
  Location location;
  SmallVector<Value> inputs;
  SmallVector<Value> results;
};

class ConvertedNodes final : public graph::NodeSemantics {
public:
  using NodeSemantics::NodeSemantics;

  std::optional<graph::Refusal> check(graph::NodeOp node) const override {
    Scratch scratch(getContext());
    for (Value input : node.getInputs())
      scratch.addInput(input.getType(), constantOf(input));
    return scratch.convert(node);
  }

  SmallVector<unsigned> findShapeInputs(graph::NodeOp node) const override;

  LogicalResult inferTypes(graph::NodeOp node, ArrayRef<ElementsAttr> constants,
                           SmallVectorImpl<Type> &results) const override {
    Scratch scratch(getContext());
    for (auto [input, constant] : llvm::zip_equal(node.getInputs(), constants))
      scratch.addInput(input.getType(), constant);
    if (scratch.convert(node))
      return inferShapes(node, constants, results);
    for (auto [value, output] :
         llvm::zip_equal(scratch.results, node.getOutputs()))
      results.push_back(value ? value.getType() : output.getType());
    return success();
  }

  LogicalResult evaluate(graph::NodeOp node, ArrayRef<ElementsAttr> operands,
                         int64_t maxBytes,
                         SmallVectorImpl<ElementsAttr> &results) const override;

private:
  LogicalResult inferShapes(graph::NodeOp node,
                            ArrayRef<ElementsAttr> constants,
                            SmallVectorImpl<Type> &results) const;

  /// The value of a Const node, also behind nodes that only pass it on.
  static ElementsAttr constantOf(Value value) {
    graph::NodeOp node = graph::findConstant(value, graph::Border());
    return node ? node.getConstantValue() : ElementsAttr();
  }
};

} // namespace

/// The types of a node whose operands no engine takes: strings, complex
/// numbers. Shapes are the same whatever the elements are, so floats stand for
/// them.
LogicalResult
ConvertedNodes::inferShapes(graph::NodeOp node,
                            ArrayRef<ElementsAttr> constants,
                            SmallVectorImpl<Type> &results) const {
  Scratch scratch(getContext());
  bool isForeign = false;
  for (auto [input, constant] : llvm::zip_equal(node.getInputs(), constants)) {
    auto type = dyn_cast<RankedTensorType>(input.getType());
    if (!type)
      return failure();
    if (nn::toTensorType(type)) {
      scratch.addInput(type, constant);
      continue;
    }
    scratch.addInput(
        RankedTensorType::get(type.getShape(), scratch.builder.getF32Type()),
        {});
    isForeign = true;
  }
  if (!isForeign || scratch.convert(node))
    return failure();
  for (auto [value, output] :
       llvm::zip_equal(scratch.results, node.getOutputs())) {
    auto type = value ? dyn_cast<RankedTensorType>(value.getType())
                      : RankedTensorType();
    results.push_back(
        type ? RankedTensorType::get(type.getShape(),
                                     getElementTypeOrSelf(output.getType()))
             : output.getType());
  }
  return success();
}

/// Whether the reference kernel computes the very bits that TensorFlow does:
/// that of an operation which says so, and any on integers.
static bool isExact(Operation *op) {
  bool integers = llvm::none_of(op->getOperandTypes(), [](Type type) {
    return isa<FloatType>(getElementTypeOrSelf(type));
  });
  return op->hasTrait<nn::Exact>() || (integers && !isa<nn::DequantizeOp>(op));
}

SmallVector<unsigned>
ConvertedNodes::findShapeInputs(graph::NodeOp node) const {
  Scratch scratch(getContext());
  for (Value input : node.getInputs())
    scratch.addInput(input.getType(), constantOf(input));
  if (scratch.convert(node))
    return {};
  // Back from what says a shape to the inputs that it is computed from.
  llvm::SetVector<Value> needed;
  for (Operation &op : scratch.block)
    for (OpOperand &operand : op.getOpOperands())
      if (saysShape(operand))
        needed.insert(operand.get());
  for (size_t i = 0; i < needed.size(); ++i)
    if (Operation *source = needed[i].getDefiningOp();
        source && !isa<nn::ShapeOfOp>(source))
      needed.insert(source->operand_begin(), source->operand_end());
  SmallVector<unsigned> inputs;
  for (auto [i, input] : llvm::enumerate(scratch.inputs))
    if (isa<BlockArgument>(input) && needed.contains(input))
      inputs.push_back(i);
  return inputs;
}

LogicalResult
ConvertedNodes::evaluate(graph::NodeOp node, ArrayRef<ElementsAttr> operands,
                         int64_t maxBytes,
                         SmallVectorImpl<ElementsAttr> &results) const {
  // Folding would lose their quantized values.
  if (simulatesQuantization(node.getOp()))
    return failure();
  Scratch scratch(getContext());
  for (auto [input, constant] : llvm::zip_equal(node.getInputs(), operands))
    scratch.addInput(input.getType(), constant);
  if (scratch.convert(node))
    return failure();
  llvm::DenseMap<Value, ElementsAttr> values;
  for (Operation &op : scratch.block) {
    if (auto constant = dyn_cast<nn::ConstantOp>(op)) {
      values[constant] = constant.getValue();
      continue;
    }
    if (!isExact(&op))
      return failure();
    SmallVector<ElementsAttr> inputs;
    for (Value operand : op.getOperands()) {
      ElementsAttr value = values.lookup(operand);
      if (!value)
        return failure();
      inputs.push_back(value);
    }
    SmallVector<ElementsAttr> computed;
    if (failed(nn::evaluate(&op, inputs, maxBytes, computed)))
      return failure();
    for (auto [result, value] : llvm::zip_equal(op.getResults(), computed))
      values[result] = value;
  }
  for (Value result : scratch.results) {
    ElementsAttr value = result ? values.lookup(result) : ElementsAttr();
    if (!value)
      return failure();
    results.push_back(value);
  }
  return success();
}

void graft::registerNodeSemantics(DialectRegistry &registry) {
  registry.addExtension(
      +[](MLIRContext *context, graph::GraphDialect *dialect) {
        context->getOrLoadDialect<nn::NNDialect>();
        dialect->addInterfaces<ConvertedNodes>();
      });
}
