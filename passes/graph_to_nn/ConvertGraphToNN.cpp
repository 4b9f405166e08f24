//===- ConvertGraphToNN.cpp - the border pass -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builds one function of nn operations for each segment, or one for the whole
// graph.
//===----------------------------------------------------------------------===//
#include "dialects/graph/GraphAttributes.h"
#include "dialects/nn/Describe.h"
#include "dialects/nn/PortAttributes.h"
#include "passes/graph/GraphUtils.h"
#include "passes/graph/InputDefault.h"
#include "passes/graph/SegmentBuilder.h"
#include "passes/graph_to_nn/Passes.h"
#include "passes/graph_to_nn/SimulatedQuantization.h"
#include "tftrt/Names.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

namespace graft {
#define GEN_PASS_DEF_CONVERTGRAPHTONN
#include "passes/graph_to_nn/Passes.h.inc"
} // namespace graft

using namespace mlir;
using namespace graft;

namespace {

/// A tensor that enters or leaves an engine, and the name it has there.
struct Port {
  std::string name;
  Value value;
  DenseI64ArrayAttr sizes = {}; ///< that the user stated for it, or null
  ElementsAttr fallback = {};   ///< its default, or null
};

/// Converts the nodes that `outputs` need, up to `inputs`, into one function.
class EngineBuilder {
public:
  EngineBuilder(Location location, StringRef name, ArrayRef<Port> inputs,
                ArrayRef<Port> outputs, bool keepQuantized)
      : location(location), name(name), inputs(inputs), outputs(outputs),
        keepQuantized(keepQuantized) {}

  /// Fails with a diagnostic. The function belongs to the caller.
  FailureOr<func::FuncOp> build(Block &body);

private:
  /// The operations that the outputs need, before what is given.
  llvm::DenseSet<Operation *> findNeeded() const;
  LogicalResult convert(graph::NodeOp node, OpBuilder &builder);
  std::optional<graph::Refusal> checkShapes(Operation *op);

  Location location;
  StringRef name;
  ArrayRef<Port> inputs;
  ArrayRef<Port> outputs;
  bool keepQuantized = false;
  llvm::DenseMap<Value, Value> values;
  /// Whose contents are known when the inputs' shapes are.
  llvm::DenseSet<Value> known;
};

} // namespace

llvm::DenseSet<Operation *> EngineBuilder::findNeeded() const {
  llvm::DenseSet<Operation *> needed;
  SmallVector<Value> worklist;
  for (const Port &output : outputs)
    worklist.push_back(output.value);
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    Operation *producer = value.getDefiningOp();
    if (values.contains(value) || !producer || !needed.insert(producer).second)
      continue;
    if (auto node = dyn_cast<graph::NodeOp>(producer))
      llvm::append_range(worklist, node.getInputs());
  }
  return needed;
}

/// Why no engine with `op` could run: shapes are worked out before contents.
std::optional<graph::Refusal> EngineBuilder::checkShapes(Operation *op) {
  auto isKnown = [&](Value value) { return known.contains(value); };
  for (OpOperand &operand : op->getOpOperands())
    if (saysShape(operand) && !isKnown(operand.get()))
      return graph::Refusal{graph::NativeReason::OperandNotConstant,
                            "the shape of its result must not depend on the "
                            "contents of an input of the engine"};
  if (isa<nn::ShapeOfOp>(op) || llvm::all_of(op->getOperands(), isKnown))
    known.insert(op->result_begin(), op->result_end());
  return std::nullopt;
}

LogicalResult EngineBuilder::convert(graph::NodeOp node, OpBuilder &builder) {
  SmallVector<Value> operands;
  for (Value input : node.getInputs())
    operands.push_back(values.lookup(input));
  SmallVector<Value> results;
  Block *block = builder.getInsertionBlock();
  Operation *last = block->empty() ? nullptr : &block->back();
  auto convertOne = keepQuantized ? convertNodeToQuantized : convertNode;
  auto refusal = convertOne(node, operands, builder, results);
  auto built = last ? std::next(last->getIterator()) : block->begin();
  for (; !refusal && built != block->end(); ++built)
    refusal = checkShapes(&*built);
  if (refusal)
    return node.emitError()
           << "node '" << node.getName() << "' (" << node.getOp()
           << ") cannot be converted, " << refusal->reason << " ["
           << graph::stringifyNativeReason(refusal->code) << "]";
  for (auto [result, value] : llvm::zip_equal(node.getOutputs(), results))
    values.try_emplace(result, value);
  return success();
}

/// What is known of each port: its name, stated sizes and default. Set at once:
/// one by one, the list would be made anew for each.
static SmallVector<DictionaryAttr> portAttributes(ArrayRef<Port> ports,
                                                  Builder &builder) {
  return llvm::map_to_vector(ports, [&](const Port &port) {
    NamedAttrList attrs;
    attrs.set(nn::kPortNameAttr, builder.getStringAttr(port.name));
    if (port.sizes)
      attrs.set(nn::kPortSizesAttr, port.sizes);
    if (port.fallback)
      attrs.set(nn::kPortDefaultAttr, port.fallback);
    return attrs.getDictionary(builder.getContext());
  });
}

FailureOr<func::FuncOp> EngineBuilder::build(Block &body) {
  MLIRContext *context = location.getContext();
  SmallVector<Type> types;
  for (const Port &input : inputs)
    types.push_back(input.value.getType());
  OwningOpRef<func::FuncOp> function = func::FuncOp::create(
      location, name, FunctionType::get(context, types, {}));
  Block *entry = function->addEntryBlock();
  for (auto [input, argument] :
       llvm::zip_equal(inputs, entry->getArguments())) {
    argument.setLoc(input.value.getLoc());
    values[input.value] = argument;
  }

  OpBuilder builder = OpBuilder::atBlockEnd(entry);
  llvm::DenseSet<Operation *> needed = findNeeded();
  for (Operation *op : graph::topologicalOrder(body)) {
    if (!needed.contains(op))
      continue;
    auto node = dyn_cast<graph::NodeOp>(op);
    if (!node)
      return op->emitError() << "an engine must be made of nodes, got '"
                             << op->getName() << "'";
    if (failed(convert(node, builder)))
      return failure();
  }

  SmallVector<Value> results;
  for (const Port &output : outputs) {
    Value value = values.lookup(output.value);
    if (!value)
      return emitError(location)
             << "result '" << output.name << "' of engine '" << name
             << "' must be a tensor that a node in "
                "it computes";
    results.push_back(value);
  }
  func::ReturnOp::create(builder, location, results);
  function->setType(
      FunctionType::get(context, types, ValueRange(results).getTypes()));
  function->setAllArgAttrs(portAttributes(inputs, builder));
  function->setAllResultAttrs(portAttributes(outputs, builder));
  return function.release();
}

//===----------------------------------------------------------------------===//
// Sizes that the user stated
//===----------------------------------------------------------------------===//

/// What the user stated of the feed of that name, or null.
static DenseI64ArrayAttr findSizes(graph::GraphOp graph, StringRef feed) {
  auto all = graph->getAttrOfType<DictionaryAttr>(graph::kSizeRangesAttr);
  return all ? all.getAs<DenseI64ArrayAttr>(feed) : DenseI64ArrayAttr();
}

/// Adds the same to `sizes`, by the tensor that is fed.
static void collectSizes(graph::GraphOp graph,
                         llvm::DenseMap<Value, DenseI64ArrayAttr> &sizes) {
  if (!graph->hasAttr(graph::kSizeRangesAttr))
    return;
  graph::NodeIndex index(*graph.getBlock());
  for (auto port : graph.getFeeds().getAsRange<graph::PortAttr>()) {
    DenseI64ArrayAttr stated = findSizes(graph, port.getName().getValue());
    Value tensor = graph::findTensor(index, port);
    if (stated && tensor)
      sizes[tensor] = stated;
  }
}

//===----------------------------------------------------------------------===//
// Segments
//===----------------------------------------------------------------------===//

namespace {
/// What holds for all segments of a module.
struct SegmentSettings {
  bool keepQuantized = false;
  llvm::DenseMap<Value, DenseI64ArrayAttr> sizes; ///< that the user stated
};
} // namespace

static LogicalResult buildFunction(graph::SegmentOp segment,
                                   SymbolTable &symbols,
                                   const SegmentSettings &settings) {
  SmallVector<Port> inputs;
  SmallVector<Port> outputs;
  for (auto [i, argument] : llvm::enumerate(segment.getBlock()->getArguments()))
    inputs.push_back(
        {tftrt::kInputPrefix + std::to_string(i), argument,
         settings.sizes.lookup(graph::seeThrough(segment.getInputs()[i]))});
  for (auto [i, value] : llvm::enumerate(segment.getReturn().getValues()))
    outputs.push_back({tftrt::kOutputPrefix + std::to_string(i), value});
  EngineBuilder builder(segment.getLoc(), segment.getName(), inputs, outputs,
                        settings.keepQuantized);
  FailureOr<func::FuncOp> function = builder.build(*segment.getBlock());
  if (failed(function))
    return failure();
  // The symbol is made unique where the name is taken.
  symbols.insert(*function);
  segment.setEngineAttr(FlatSymbolRefAttr::get(*function));
  return success();
}

/// Gives the segment a function, or returns its nodes to the graph.
static void convertSegment(graph::SegmentOp segment, SymbolTable &symbols,
                           const SegmentSettings &settings) {
  std::string reason;
  ScopedDiagnosticHandler handler(
      segment.getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return failure();
        if (reason.empty())
          reason = diagnostic.str();
        return success();
      });
  if (failed(buildFunction(segment, symbols, settings)))
    graph::dissolveSegment(segment, graph::NativeReason::TargetRefused,
                           "its segment does not compile: " + reason);
}

//===----------------------------------------------------------------------===//
// Whole graphs
//===----------------------------------------------------------------------===//

static LogicalResult collectPorts(graph::GraphOp graph, ArrayAttr attrs,
                                  const graph::NodeIndex &index,
                                  SmallVector<Port> &ports) {
  for (auto port : attrs.getAsRange<graph::PortAttr>()) {
    Value tensor = graph::findTensor(index, port);
    if (!tensor)
      return graph.emitError()
             << "port '" << port.getName().getValue()
             << "' must be a tensor of the graph, got '"
             << port.getNode().getValue() << ":" << port.getIndex() << "'";
    ports.push_back({port.getName().str(), tensor,
                     findSizes(graph, port.getName().getValue()),
                     graph::findDefault(tensor)});
  }
  return success();
}

/// Without feeds and fetches: placeholders, and what nobody reads.
static void collectOpenEnds(Block &body, bool placeholders, bool ends,
                            SmallVector<Port> &inputs,
                            SmallVector<Port> &outputs) {
  for (auto node : body.getOps<graph::NodeOp>()) {
    if (node.is("Placeholder")) {
      if (placeholders && !node.getOutputs().empty())
        inputs.push_back({node.getName().str(), node.getOutputs()[0]});
      continue;
    }
    bool isRead = llvm::any_of(node.getOutputs(),
                               [](Value value) { return !value.use_empty(); });
    if (!ends || isRead || node.getOutputs().empty())
      continue;
    outputs.push_back({node.getName().str(), node.getOutputs()[0]});
  }
}

/// An engine takes ranked numeric tensors.
static bool canBePort(graph::NodeOp node) {
  return llvm::all_of(node.getOutputs().getTypes(), [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && nn::toDType(tensor.getElementType());
  });
}

static LogicalResult convertGraph(graph::GraphOp graph, SymbolTable &symbols,
                                  bool keepQuantized) {
  graph::NodeIndex index(*graph.getBlock());
  SmallVector<Port> inputs;
  SmallVector<Port> outputs;
  // Inputs that no output needs may be gone, and inputs that an engine cannot
  // take are omitted. All others stay inputs.
  DenseSet<Operation *> needed = graph::findNeeded(graph);
  SmallVector<Attribute> feeds;
  for (auto port : graph.getFeeds().getAsRange<graph::PortAttr>()) {
    auto node = dyn_cast_or_null<graph::NodeOp>(index.lookup(port.getNode()));
    if (node && (needed.contains(node) || canBePort(node)))
      feeds.push_back(port);
  }
  if (failed(collectPorts(graph, ArrayAttr::get(graph.getContext(), feeds),
                          index, inputs)) ||
      failed(collectPorts(graph, graph.getFetches(), index, outputs)))
    return failure();
  collectOpenEnds(*graph.getBlock(), inputs.empty(), outputs.empty(), inputs,
                  outputs);
  EngineBuilder builder(graph.getLoc(), "main", inputs, outputs, keepQuantized);
  FailureOr<func::FuncOp> function = builder.build(*graph.getBlock());
  if (failed(function))
    return failure();
  symbols.insert(*function);
  return success();
}

namespace {

class ConvertGraphToNN
    : public graft::impl::ConvertGraphToNNBase<ConvertGraphToNN> {
public:
  using ConvertGraphToNNBase::ConvertGraphToNNBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    SmallVector<graph::SegmentOp> segments;
    module.walk([&](graph::SegmentOp segment) { segments.push_back(segment); });
    SegmentSettings settings;
    settings.keepQuantized = keepQuantized;
    for (auto graph : module.getOps<graph::GraphOp>())
      collectSizes(graph, settings.sizes);
    for (graph::SegmentOp segment : segments)
      convertSegment(segment, symbols, settings);
    if (segmentsOnly || !segments.empty())
      return;
    for (auto graph :
         llvm::make_early_inc_range(module.getOps<graph::GraphOp>())) {
      if (failed(convertGraph(graph, symbols, keepQuantized)))
        return signalPassFailure();
      graph.erase();
    }
    // Functions of the library are inlined or not needed any more.
    for (auto function :
         llvm::make_early_inc_range(module.getOps<graph::FuncOp>()))
      function.erase();
  }
};

} // namespace
