//===- SerializedSegments.cpp - segments that an engine carries -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Such a graph has a Placeholder for each input and an Identity for each
// output, with its number at the end of its name: "TensorRTInputPH_0", or
// "InputPH_0" before TensorFlow 1.13.
//===----------------------------------------------------------------------===//
#include "tftrt/SerializedSegments.h"

#include "dialects/graph/TensorData.h"
#include "importers/graphdef/GraphDefImporter.h"
#include "passes/graph/Inliner.h"
#include "tftrt/EngineNodes.h"
#include "tftrt/Names.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

std::string graft::serializedSegment(NodeOp engine) {
  StringRef name = tftrt::kSerializedSegment;
  if (auto text = engine.getNodeAttr<StringAttr>(name))
    return text.getValue().str();
  std::string result;
  if (auto bytes = engine.getNodeAttr<BytesAttr>(name))
    for (ElementsAttr piece : bytes.getPieces())
      if (std::optional<TensorData> data = TensorData::get(piece))
        result.append(data->bytes().data(), data->bytes().size());
  return result;
}

/// Whether the engine carries a graph, not a plan.
static bool carriesGraph(NodeOp engine) {
  return engine.is(tftrt::kCalibrationOp) ||
         !engine.getBoolAttr(tftrt::kStaticEngine, true);
}

/// The node at place "<prefix><number>" for each number below the size of
/// `nodes`. False if one is missing.
static bool findPorts(Block &body, StringRef prefix,
                      MutableArrayRef<NodeOp> nodes) {
  for (auto node : body.getOps<NodeOp>()) {
    StringRef name = node.getName();
    name.consume_front("TensorRT");
    size_t number;
    if (name.consume_front(prefix) && !name.getAsInteger(10, number) &&
        number < nodes.size())
      nodes[number] = node;
  }
  return llvm::all_of(nodes, [](NodeOp node) { return node != nullptr; });
}

/// Makes a function of `graph` that takes and gives what `engine` does. Null if
/// the graph has other inputs and outputs.
static FuncOp makeFunction(GraphOp graph, NodeOp engine, StringRef name,
                           OpBuilder &builder) {
  Block &body = *graph.getBlock();
  SmallVector<NodeOp> inputs(engine.getInputs().size()),
      outputs(engine.getOutputs().size());
  if (!findPorts(body, "InputPH_", inputs) ||
      !findPorts(body, "OutputPH_", outputs))
    return FuncOp();
  for (NodeOp node : inputs)
    if (!node.is("Placeholder") || node.getOutputs().size() != 1)
      return FuncOp();
  for (NodeOp node : outputs)
    if (!isIdentityLike(node) || node.getInputs().size() != 1 ||
        llvm::is_contained(inputs, node))
      return FuncOp();
  SmallVector<Value> results;
  for (NodeOp node : outputs)
    results.push_back(node.getInputs()[0]);
  auto replace = [&](NodeOp node, Value value) {
    Value old = node.getOutputs()[0];
    old.replaceAllUsesWith(value);
    llvm::replace(results, old, value);
    bypassControls(node);
    node.erase();
  };
  for (NodeOp node : outputs)
    replace(node, node.getInputs()[0]);
  for (NodeOp node : inputs)
    replace(node,
            body.addArgument(node.getOutputs()[0].getType(), node.getLoc()));
  auto function = FuncOp::create(
      builder, engine.getLoc(), builder.getStringAttr(name),
      /*sym_visibility=*/StringAttr(),
      tftrt::numberedNames(builder, tftrt::kArgumentPrefix, inputs.size()),
      tftrt::numberedNames(builder, tftrt::kResultPrefix, outputs.size()),
      /*control_result_names=*/ArrayAttr(), builder.getDictionaryAttr({}),
      /*gradient=*/StringAttr(), /*residue=*/RawAttr());
  function.getBody().takeBody(graph.getBody());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(function.getBlock());
  ReturnOp::create(builder, engine.getLoc(), results, ValueRange());
  return function;
}

Status graft::functionsFromSerializedSegments(ModuleOp module,
                                              const std::string &file) {
  SymbolTable symbols(module);
  Library library(module);
  SmallVector<NodeOp> engines;
  module.walk([&](NodeOp node) {
    if (tftrt::isEngine(node) && !library.nativeSegment(node) &&
        carriesGraph(node))
      engines.push_back(node);
  });
  OpBuilder builder(module.getContext());
  for (NodeOp engine : engines) {
    auto bytes = std::make_shared<std::string>(serializedSegment(engine));
    if (bytes->empty())
      continue; // the pass says what is missing
    std::string what = file + ": node '" + engine.getName().str() + "'";
    Expected<OwningOpRef<ModuleOp>> segment = importGraphDefBytes(
        *bytes, bytes, what + ", serialized_segment", {}, module.getContext());
    if (!segment)
      return Status::badInput(segment.status().message());
    // Its own functions cannot be: TF-TRT took no calls.
    GraphOp graph = *(*segment)->getOps<GraphOp>().begin();
    builder.setInsertionPointToEnd(module.getBody());
    FuncOp function = makeFunction(
        graph, engine, (engine.getName() + tftrt::kNativeSegmentSuffix).str(),
        builder);
    if (!function)
      return Status::badInput(
          what + ": the graph in serialized_segment must have a placeholder "
                 "InputPH_<n> for each input and an Identity OutputPH_<n> for "
                 "each output, got others; convert the original model again");
    updateAttrs(engine, {},
                builder.getNamedAttr(tftrt::kSegmentFunctionName,
                                     symbols.insert(function)));
  }
  return Status();
}
