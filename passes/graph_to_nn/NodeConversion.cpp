//===- NodeConversion.cpp - one node becomes nn operations ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The converter's tools. Building infers result types first, so that operands
// which break an operation's rules end as a refusal and not as invalid IR.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/NodeConversion.h"
#include "passes/graph_to_nn/SimulatedQuantization.h"

#include "dialects/graph/OpTable.h"
#include "dialects/nn/Describe.h"
#include "dialects/nn/reference/TensorBuffer.h"
#include "passes/graph/GraphUtils.h"
#include "runtime/ops/Element.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

Attribute AttributeArg::get(Builder &builder) const {
  return std::visit(
      [&](auto held) -> Attribute {
        using T = decltype(held);
        if constexpr (std::is_same_v<T, bool>)
          return builder.getBoolAttr(held);
        else if constexpr (std::is_same_v<T, int64_t>)
          return builder.getI64IntegerAttr(held);
        else if constexpr (std::is_same_v<T, double>)
          return builder.getF64FloatAttr(held);
        else if constexpr (std::is_same_v<T, StringRef>)
          return builder.getStringAttr(held);
        else if constexpr (std::is_same_v<T, ArrayRef<int64_t>>)
          return builder.getDenseI64ArrayAttr(held);
        else
          return held;
      },
      value);
}

NodeConversion::NodeConversion(graph::NodeOp node, ValueRange inputs,
                               OpBuilder &builder)
    : node(node), inputs(inputs), builder(builder) {}

void NodeConversion::refuse(NativeReason code, const Twine &reason) {
  if (!refusal)
    refusal = graph::Refusal{code, reason.str()};
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

Value NodeConversion::input(size_t index) {
  if (index >= inputs.size()) {
    refuse(NativeReason::InvalidNode,
           "operator " + node.getOp() + " needs input " + Twine(index) +
               ", got " + Twine(inputs.size()) + " inputs");
    return {};
  }
  return inputs[index];
}

SmallVector<Value> NodeConversion::inputRange(size_t first, size_t last) {
  SmallVector<Value> values;
  for (size_t i = first; i < last; ++i)
    values.push_back(input(i));
  return values;
}

ElementsAttr NodeConversion::constant(size_t index) {
  ElementsAttr value;
  if (index < inputs.size() && inputs[index] &&
      matchPattern(inputs[index], m_Constant(&value)))
    return value;
  return {};
}

bool NodeConversion::readConstant(size_t index, StringRef what,
                                  nn::TensorBuffer &buffer) {
  if (!input(index))
    return false;
  ElementsAttr value = constant(index);
  if (value && succeeded(buffer.read(value)))
    return true;
  refuse(NativeReason::OperandNotConstant,
         what + " (input " + Twine(index) + ") must be constant");
  return false;
}

bool NodeConversion::constantInts(size_t index, StringRef what,
                                  SmallVector<int64_t> &values) {
  nn::TensorBuffer buffer;
  if (!readConstant(index, what, buffer))
    return false;
  const ops::TensorView &view = buffer.view();
  values.clear();
  int64_t count = 0;
  (void)ops::countElements(view.type.shape, count);
  for (int64_t i = 0; i < count; ++i) {
    if (view.type.dtype == ops::DType::I64)
      values.push_back(view.as<int64_t>()[i]);
    else if (view.type.dtype == ops::DType::I32)
      values.push_back(view.as<int32_t>()[i]);
    else if (view.type.dtype == ops::DType::I16)
      values.push_back(view.as<int16_t>()[i]);
    else {
      refuse(NativeReason::UnsupportedType,
             what + " (input " + Twine(index) + ") must be integers, got " +
                 llvm::StringRef(ops::toString(view.type)));
      return false;
    }
  }
  return true;
}

bool NodeConversion::constantInt(size_t index, StringRef what, int64_t &value) {
  SmallVector<int64_t> values;
  if (!constantInts(index, what, values))
    return false;
  if (values.size() != 1) {
    refuse(NativeReason::InvalidNode, what + " (input " + Twine(index) +
                                          ") must be one number, got " +
                                          Twine(values.size()));
    return false;
  }
  value = values[0];
  return true;
}

bool NodeConversion::constantNumbers(size_t index, StringRef what,
                                     SmallVector<double> &values) {
  nn::TensorBuffer buffer;
  if (!readConstant(index, what, buffer))
    return false;
  const ops::TensorView &view = buffer.view();
  int64_t count = 0;
  (void)ops::countElements(view.type.shape, count);
  for (int64_t i = 0; i < count; ++i)
    values.push_back(ops::loadDouble(view.data, view.type.dtype, i));
  return true;
}

bool NodeConversion::constantNumber(size_t index, StringRef what,
                                    double &value) {
  SmallVector<double> values;
  if (!constantNumbers(index, what, values))
    return false;
  if (values.size() != 1) {
    refuse(NativeReason::OperandNotConstant,
           what + " (input " + Twine(index) + ") must be one constant number");
    return false;
  }
  value = values[0];
  return true;
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

Operation *NodeConversion::build(StringRef name, ValueRange operands,
                                 ArrayRef<NamedAttribute> attributes) {
  if (refused() || llvm::is_contained(operands, Value()))
    return nullptr;
  auto dictionary = DictionaryAttr::get(builder.getContext(), attributes);
  SmallVector<Type> types;
  if (Status status = nn::inferTypes(name, operands, dictionary, types);
      !status) {
    refuse(NativeReason::UnsupportedShape, status.message());
    return nullptr;
  }
  OperationState state(node.getLoc(), name, operands, types,
                       dictionary.getValue());
  return builder.create(state);
}

Operation *NodeConversion::createOp(StringRef name, ValueRange operands,
                                    AttributeArgs attributes) {
  SmallVector<NamedAttribute> named;
  for (const auto &[key, value] : attributes)
    named.push_back(builder.getNamedAttr(key, value.get(builder)));
  return build(name, operands, named);
}

Value NodeConversion::createHeavy(StringRef name, Value a, Value b, Value bias,
                                  AttributeArgs attributes) {
  SmallVector<NamedAttribute> named;
  for (const auto &[key, value] : attributes)
    named.push_back(builder.getNamedAttr(key, value.get(builder)));
  named.push_back(builder.getNamedAttr(
      "operandSegmentSizes",
      builder.getDenseI32ArrayAttr({1, 1, bias ? 1 : 0, 0})));
  SmallVector<Value> operands = {a, b};
  if (bias)
    operands.push_back(bias);
  Operation *op = build(name, operands, named);
  return op ? op->getResult(0) : Value();
}

Value NodeConversion::constantOf(ElementsAttr value) {
  if (refused())
    return {};
  return nn::ConstantOp::create(builder, node.getLoc(), value);
}

Value NodeConversion::scalar(Type elementType, double value) {
  auto type = RankedTensorType::get({}, elementType);
  Attribute element;
  if (auto floating = dyn_cast<FloatType>(elementType))
    element = FloatAttr::get(floating, value);
  else
    element = IntegerAttr::get(elementType, static_cast<int64_t>(value));
  return constantOf(DenseElementsAttr::get(type, ArrayRef(element)));
}

Value NodeConversion::intVector(ArrayRef<int64_t> values, Type elementType) {
  auto type =
      RankedTensorType::get({static_cast<int64_t>(values.size())}, elementType);
  SmallVector<Attribute> elements;
  for (int64_t value : values)
    elements.push_back(IntegerAttr::get(elementType, value));
  return constantOf(DenseElementsAttr::get(type, elements));
}

Value NodeConversion::transpose(Value value, ArrayRef<int64_t> perm) {
  bool moves = false;
  for (auto [i, from] : llvm::enumerate(perm))
    moves |= from != static_cast<int64_t>(i);
  return moves ? create<nn::TransposeOp>(value, {{"perm", perm}}) : value;
}

Value NodeConversion::cast(Value value, Type elementType) {
  if (!value || getElementTypeOrSelf(value.getType()) == elementType)
    return value;
  std::optional<ops::DType> dtype = nn::toDType(elementType);
  if (!dtype) {
    refuse(NativeReason::UnsupportedType,
           "element type of operator " + node.getOp() +
               " must be a number or a truth value");
    return {};
  }
  std::string_view name = ops::name(*dtype);
  return create<nn::CastOp>(value, {{"to", StringRef(name)}});
}

Value NodeConversion::reshape(Value value, ArrayRef<int64_t> shape) {
  return create<nn::ReshapeOp>(value, {{"shape", shape}});
}

//===----------------------------------------------------------------------===//
// Shapes out of contents
//===----------------------------------------------------------------------===//

bool graft::saysShape(OpOperand &operand) {
  Operation *op = operand.getOwner();
  if (isa<nn::RangeOp>(op))
    return true;
  return operand.getOperandNumber() == 1 &&
         isa<nn::ReshapeOp, nn::BroadcastToOp, nn::ResizeBilinearOp,
             nn::ResizeNearestOp>(op);
}

//===----------------------------------------------------------------------===//
// One node
//===----------------------------------------------------------------------===//

/// Takes over what the graph knows about a type and inference does not.
static void refine(Value value, Type known) {
  auto type = cast<RankedTensorType>(value.getType());
  auto other = dyn_cast<RankedTensorType>(known);
  if (!other || other.getElementType() != type.getElementType() ||
      type.hasStaticShape() || failed(verifyCompatibleShape(type, other)))
    return;
  SmallVector<int64_t> shape(type.getShape());
  for (auto [size, better] : llvm::zip_equal(shape, other.getShape()))
    size = ShapedType::isDynamic(size) ? better : size;
  value.setType(RankedTensorType::get(shape, type.getElementType()));
}

static std::optional<graph::Refusal> checkInputs(graph::NodeOp node,
                                                 ValueRange inputs) {
  for (auto [i, input] : llvm::enumerate(inputs)) {
    if (input && nn::toTensorType(input.getType()))
      continue;
    std::string type;
    llvm::raw_string_ostream(type) << node.getInputs()[i].getType();
    bool ranked = input && isa<RankedTensorType>(input.getType());
    return graph::Refusal{ranked || !input ? NativeReason::UnsupportedType
                                           : NativeReason::UnsupportedShape,
                          "input " + std::to_string(i) +
                              " must be a tensor of known rank and of numbers "
                              "or truth values, got " +
                              type};
  }
  return std::nullopt;
}

/// Nodes that run functions of the library, as their operands say.
static bool runsFunctions(graph::NodeOp node) {
  static const llvm::StringSet<> names = {
      "Case",
      "For",
      "If",
      "PartitionedCall",
      "RemoteCall",
      "StatefulPartitionedCall",
      "StatelessCase",
      "StatelessIf",
      "StatelessWhile",
      "SymbolicGradient",
      "While",
  };
  return names.contains(node.getOp());
}

/// Whether an operator of TensorFlow reads or changes state that is no tensor.
/// Nothing is known of operators that TensorFlow does not have.
static bool touchesState(graph::NodeOp node) {
  auto isResource = [](Type type) {
    auto tensor = dyn_cast<TensorType>(type);
    return tensor && isa<graph::ResourceType>(tensor.getElementType());
  };
  return graph::OpTable::builtin(node.getOp()) &&
         (graph::isStateful(node) ||
          llvm::any_of(node->getOperandTypes(), isResource) ||
          llvm::any_of(node->getResultTypes(), isResource));
}

/// Why a node whose operator has no converter stays native.
static graph::Refusal refuseOperator(graph::NodeOp node) {
  std::string op = ("operator " + node.getOp()).str();
  if (graph::isControlFlow(node))
    return {NativeReason::ControlFlow, op + " steers execution"};
  if (runsFunctions(node))
    return {NativeReason::ControlFlow,
            op + " runs functions of the model, as its operands say"};
  if (touchesState(node))
    return {NativeReason::Stateful,
            op + " reads or changes what is no tensor: a variable, a table, a "
                 "file or the state of a generator"};
  return {NativeReason::UnknownOperator, op + " has no conversion"};
}

static std::optional<graph::Refusal>
convertBy(Converter converter, graph::NodeOp node, ValueRange inputs,
          OpBuilder &builder, SmallVectorImpl<Value> &results) {
  if (!converter)
    return refuseOperator(node);
  if (auto refusal = checkInputs(node, inputs))
    return refusal;

  // New operations are inserted before `end`; a refusal erases them.
  Block *block = builder.getInsertionBlock();
  Block::iterator end = builder.getInsertionPoint();
  Operation *before = end == block->begin() ? nullptr : &*std::prev(end);
  NodeConversion conversion(node, inputs, builder);
  converter(conversion);

  auto outputs = node.getOutputs();
  if (!conversion.refused() && conversion.getResults().size() != outputs.size())
    conversion.refuse(NativeReason::InvalidNode,
                      "operator " + node.getOp() + " must have " +
                          Twine(conversion.getResults().size()) +
                          " results, got " + Twine(outputs.size()));
  if (!conversion.refused())
    for (auto [value, output] :
         llvm::zip_equal(conversion.getResults(), outputs))
      if (!value && !output.use_empty())
        conversion.refuse(NativeReason::UnsupportedAttribute,
                          "results that only training needs must not be read");
  if (conversion.refused()) {
    Operation *last = end == block->begin() ? nullptr : &*std::prev(end);
    while (last != before) {
      Operation *previous = last->getPrevNode();
      last->erase();
      last = previous;
    }
    return conversion.getRefusal();
  }
  for (auto [value, output] :
       llvm::zip_equal(conversion.getResults(), outputs)) {
    // Only what was built here may change its type.
    if (value && value.getDefiningOp() && !llvm::is_contained(inputs, value))
      refine(value, output.getType());
    results.push_back(value);
  }
  return std::nullopt;
}

std::optional<graph::Refusal>
graft::convertNode(graph::NodeOp node, ValueRange inputs, OpBuilder &builder,
                   SmallVectorImpl<Value> &results) {
  return convertBy(lookupConverter(node.getOp()), node, inputs, builder,
                   results);
}

std::optional<graph::Refusal>
graft::convertNodeToQuantized(graph::NodeOp node, ValueRange inputs,
                              OpBuilder &builder,
                              SmallVectorImpl<Value> &results) {
  Converter converter = lookupQuantizedConverter(node.getOp());
  return converter ? convertBy(converter, node, inputs, builder, results)
                   : convertNode(node, inputs, builder, results);
}
