//===- JoinSegments.cpp - what runs without TensorFlow, as one function ---===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/precision/JoinSegments.h"

#include "dialects/graph/GraphAttributes.h"
#include "dialects/nn/Describe.h"
#include "dialects/nn/NN.h"
#include "dialects/nn/PortAttributes.h"
#include "passes/graph/GraphUtils.h"
#include "passes/graph/InputDefault.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace graft;

namespace {

class Joiner {
public:
  explicit Joiner(ModuleOp module)
      : module(module), graph(graph::getMainGraph(module)), symbols(module),
        joined(ModuleOp::create(module.getLoc())),
        builder(joined->getContext()) {}

  OwningOpRef<ModuleOp> join();

private:
  void addInputs(func::FuncOp function);
  bool addSegment(graph::SegmentOp segment);
  Value find(Value tensor) const;

  ModuleOp module;
  graph::GraphOp graph;
  SymbolTable symbols;
  OwningOpRef<ModuleOp> joined;
  OpBuilder builder;
  DenseMap<Value, Value> values; ///< by the graph's tensors
  SmallVector<DictionaryAttr> inputs, outputs;
  SmallVector<Value> results;
};

} // namespace

/// What the function has for a tensor of the graph, or null.
Value Joiner::find(Value tensor) const {
  if (Value value = values.lookup(tensor))
    return value;
  return values.lookup(graph::seeThrough(tensor));
}

void Joiner::addInputs(func::FuncOp function) {
  graph::NodeIndex index(*graph.getBlock());
  auto sizes = graph->getAttrOfType<DictionaryAttr>(graph::kSizeRangesAttr);
  for (auto feed : graph.getFeeds().getAsRange<graph::PortAttr>()) {
    Value tensor = graph::findTensor(index, feed);
    auto type = tensor ? dyn_cast<RankedTensorType>(tensor.getType())
                       : RankedTensorType();
    if (!type || !nn::toDType(type.getElementType()) || values.contains(tensor))
      continue;
    NamedAttrList attrs;
    attrs.set(nn::kPortNameAttr, feed.getName());
    if (Attribute stated = sizes ? sizes.get(feed.getName()) : Attribute())
      attrs.set(nn::kPortSizesAttr, stated);
    if (ElementsAttr value = graph::findDefault(tensor))
      attrs.set(nn::kPortDefaultAttr, value);
    inputs.push_back(attrs.getDictionary(graph.getContext()));
    values[tensor] = function.front().addArgument(type, tensor.getLoc());
  }
}

/// False: the inputs do not lead to it.
bool Joiner::addSegment(graph::SegmentOp segment) {
  auto symbol = segment.getEngineAttr();
  auto function =
      symbol ? symbols.lookup<func::FuncOp>(symbol.getAttr()) : func::FuncOp();
  if (!function)
    return false;
  IRMapping mapping;
  for (auto [argument, input] :
       llvm::zip_equal(function.getArguments(), segment.getInputs())) {
    Value value = find(input);
    if (!value || value.getType() != argument.getType())
      return false;
    mapping.map(argument, value);
  }
  for (Operation &op : function.front().without_terminator())
    builder.clone(op, mapping);
  Operation *end = function.front().getTerminator();
  for (auto [i, output] : llvm::enumerate(segment.getOutputs())) {
    Value value = mapping.lookupOrDefault(end->getOperand(i));
    values[output] = value;
    results.push_back(value);
    outputs.push_back(builder.getDictionaryAttr(builder.getNamedAttr(
        nn::kPortNameAttr,
        builder.getStringAttr(segment.getName() + ":" + Twine(i)))));
  }
  return true;
}

OwningOpRef<ModuleOp> Joiner::join() {
  builder.setInsertionPointToEnd(joined->getBody());
  auto function = func::FuncOp::create(builder, graph.getLoc(), "main",
                                       builder.getFunctionType({}, {}));
  builder.setInsertionPointToStart(&function.getBody().emplaceBlock());
  addInputs(function);
  bool any = false;
  for (Operation *op : graph::topologicalOrder(*graph.getBlock()))
    if (auto segment = dyn_cast<graph::SegmentOp>(op))
      any |= addSegment(segment);
  if (!any)
    return nullptr;
  func::ReturnOp::create(builder, graph.getLoc(), results);
  function.setType(builder.getFunctionType(function.front().getArgumentTypes(),
                                           ValueRange(results).getTypes()));
  function.setAllArgAttrs(inputs);
  function.setAllResultAttrs(outputs);
  return std::move(joined);
}

OwningOpRef<ModuleOp> graft::joinSegments(ModuleOp module) {
  return Joiner(module).join();
}
