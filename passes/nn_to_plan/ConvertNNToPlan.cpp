//===- ConvertNNToPlan.cpp - functions of nn become engines ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From values to buffers: destination-passing style in one walk over the
// function, in an order that keeps few bytes alive.
//===----------------------------------------------------------------------===//
#include "dialects/nn/Describe.h"
#include "dialects/nn/NN.h"
#include "dialects/nn/PortAttributes.h"
#include "dialects/nn/reference/TensorBuffer.h"
#include "dialects/plan/Describe.h"
#include "passes/nn_to_plan/Passes.h"
#include "passes/nn_to_plan/Schedule.h"
#include "passes/nn_to_plan/SharedResources.h"
#include "passes/plan/Utils.h"
#include "runtime/ops/Semantics.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace graft::plan {
#define GEN_PASS_DEF_CONVERTNNTOPLAN
#include "passes/nn_to_plan/Passes.h.inc"
} // namespace graft::plan

using namespace mlir;
using namespace graft;
using namespace graft::plan;

namespace {

/// Turns one function into an engine beside it.
class EngineBuilder {
public:
  EngineBuilder(func::FuncOp function, const SharedResources &shared,
                StringRef target, StringRef precision)
      : function(function), builder(function), shared(shared), target(target),
        precision(precision) {}

  /// Fails, with a diagnostic, if the function has an operation or a type that
  /// is not of `nn`.
  LogicalResult build();

private:
  /// The buffer's type, or null after a diagnostic.
  BufferType convertType(Type type, Location loc);
  LogicalResult addPorts(EngineOp engine);
  LogicalResult addConstant(nn::ConstantOp constant);
  LogicalResult addLaunch(Operation *op);
  /// Sizes of `outputs` that follow from what is known of the inputs by now.
  LogicalResult refineTypes(Operation *op, const ops::OpDesc &desc,
                            ArrayRef<Value> inputs, ArrayRef<Value> outputs);
  StringAttr getPortName(DictionaryAttr attributes, StringRef fallback,
                         unsigned position);

  func::FuncOp function;
  OpBuilder builder;
  const SharedResources &shared;
  StringRef target, precision;
  DenseMap<Value, Value> buffers;
  /// Constants that say sizes or positions, by their buffer.
  DenseMap<Value, nn::TensorBuffer> contents;
};

} // namespace

BufferType EngineBuilder::convertType(Type type, Location loc) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !nn::toDType(tensor.getElementType())) {
    emitError(loc) << "an engine takes ranked tensors of numbers and truth "
                      "values, got "
                   << type;
    return {};
  }
  return BufferType::get(tensor);
}

StringAttr EngineBuilder::getPortName(DictionaryAttr attributes,
                                      StringRef fallback, unsigned position) {
  if (attributes)
    if (auto name = attributes.getAs<StringAttr>(nn::kPortNameAttr))
      return name;
  return builder.getStringAttr(fallback + Twine(position));
}

LogicalResult EngineBuilder::addPorts(EngineOp engine) {
  for (BlockArgument argument : function.getArguments()) {
    unsigned i = argument.getArgNumber();
    BufferType type = convertType(argument.getType(), argument.getLoc());
    if (!type)
      return failure();
    DictionaryAttr attributes = function.getArgAttrDict(i);
    auto input = InputOp::create(builder, argument.getLoc(), type,
                                 getPortName(attributes, "input_", i));
    for (StringRef name : {nn::kPortSizesAttr, nn::kPortDefaultAttr})
      if (Attribute value = attributes ? attributes.get(name) : Attribute())
        input->setDiscardableAttr(name, value);
    buffers[argument] = input;
  }
  auto results =
      cast<func::ReturnOp>(function.getBody().front().getTerminator());
  // The first result that is computed here gets the port as its buffer; other
  // results are copied after everything has run.
  for (auto [i, value] : llvm::enumerate(results.getOperands())) {
    BufferType type = convertType(value.getType(), results.getLoc());
    if (!type)
      return failure();
    auto port = OutputOp::create(
        builder, results.getLoc(), type,
        getPortName(function.getResultAttrDict(i), "output_", i));
    Operation *producer = value.getDefiningOp();
    if (producer && !producer->hasTrait<OpTrait::ConstantLike>())
      buffers.try_emplace(value, port);
  }
  return success();
}

LogicalResult EngineBuilder::addConstant(nn::ConstantOp constant) {
  BufferType type = convertType(constant.getType(), constant.getLoc());
  if (!type)
    return failure();
  ElementsAttr value = constant.getValue();
  Value buffer = ConstantOp::create(builder, constant.getLoc(), type, value,
                                    shared.contains(value));
  buffers[constant] = buffer;
  nn::TensorBuffer content;
  if (type.getElementType().isInteger() &&
      value.getNumElements() <= ops::kMaxShapeElements &&
      succeeded(content.read(value)))
    contents[buffer] = std::move(content);
  return success();
}

LogicalResult EngineBuilder::refineTypes(Operation *op, const ops::OpDesc &desc,
                                         ArrayRef<Value> inputs,
                                         ArrayRef<Value> outputs) {
  if (llvm::all_of(outputs, [](Value output) {
        return cast<BufferType>(output.getType()).isStatic();
      }))
    return success();
  std::vector<ops::ShapeInput> known;
  for (Value input : inputs) {
    auto content = contents.find(input);
    known.push_back(
        {*toTensorType(cast<BufferType>(input.getType())),
         content == contents.end() ? nullptr : content->second.view().data});
  }
  std::vector<ops::TensorType> results;
  Status status = ops::inferTypes(desc, known, results);
  if (!status.ok())
    return op->emitOpError() << StringRef(status.message());
  for (auto [output, result] : llvm::zip_equal(outputs, results)) {
    auto type = cast<BufferType>(output.getType());
    SmallVector<int64_t> shape(type.getShape());
    for (auto [size, inferred] : llvm::zip_equal(shape, result.shape))
      if (ShapedType::isDynamic(size) && inferred != ops::kDynamic)
        size = inferred;
    Value buffer = output;
    buffer.setType(type.withShape(shape));
  }
  return success();
}

LogicalResult EngineBuilder::addLaunch(Operation *op) {
  ops::OpDesc desc = nn::describe(op);
  SmallVector<Value> inputs, outputs;
  for (Value operand : op->getOperands())
    inputs.push_back(buffers.lookup(operand));
  for (Value result : op->getResults()) {
    BufferType type = convertType(result.getType(), op->getLoc());
    if (!type)
      return failure();
    Value &buffer = buffers[result];
    if (!buffer)
      buffer = AllocOp::create(builder, op->getLoc(), type, IntegerAttr());
    outputs.push_back(buffer);
  }
  if (failed(refineTypes(op, desc, inputs, outputs)))
    return failure();
  MLIRContext *context = op->getContext();
  LaunchOp::create(builder, op->getLoc(), desc.kind, StringAttr(), StringAttr(),
                   StringAttr(), inputs, outputs, toSettings(context, desc),
                   toEpilogues(context, desc));
  return success();
}

LogicalResult EngineBuilder::build() {
  Block &body = function.getBody().front();
  if (!function.getBody().hasOneBlock())
    return function.emitError("an engine is made of a function of one block, "
                              "got ")
           << function.getBody().getBlocks().size() << " blocks";
  for (Operation &op : body)
    if (!isa<nn::NNDialect>(op.getDialect()) && !isa<func::ReturnOp>(op))
      return op.emitError("an engine takes nn operations only, got '")
             << op.getName() << "'";

  auto engine = EngineOp::create(
      builder, function.getLoc(), function.getSymNameAttr(),
      function.getSymVisibilityAttr(), builder.getStringAttr(target),
      ArrayAttr(), builder.getStringAttr(precision), IntegerAttr(), UnitAttr());
  builder.setInsertionPointToStart(&engine.getBody().emplaceBlock());
  if (failed(addPorts(engine)))
    return failure();

  for (auto constant : body.getOps<nn::ConstantOp>())
    if (failed(addConstant(constant)))
      return failure();
  for (Operation *op : scheduleForMemory(body))
    if (failed(addLaunch(op)))
      return failure();
  auto results = cast<func::ReturnOp>(body.getTerminator());
  for (auto [value, port] :
       llvm::zip_equal(results.getOperands(), engine.getOutputs()))
    if (Value buffer = buffers.lookup(value); buffer != port.getBuffer()) {
      port.getBuffer().setType(cast<BufferType>(buffer.getType()));
      createCopy(builder, results.getLoc(), buffer, port.getBuffer());
    }
  engine.setDynamic(llvm::any_of(*engine.getBlock(), [](Operation &op) {
    return llvm::any_of(op.getResultTypes(), [](Type type) {
      return !cast<BufferType>(type).isStatic();
    });
  }));
  function.erase();
  return success();
}

namespace {
struct ConvertNNToPlan
    : graft::plan::impl::ConvertNNToPlanBase<ConvertNNToPlan> {
  using ConvertNNToPlanBase::ConvertNNToPlanBase;

  void runOnOperation() override {
    Expected<const Target *> found = findTarget(target);
    if (!found) {
      getOperation()->emitError() << StringRef(found.status().message());
      return signalPassFailure();
    }
    const std::string name = (*found)->getName().str();
    // A nested module shares constants with its parent.
    auto around = getCachedParentAnalysis<SharedResources>();
    const SharedResources &shared =
        around ? around->get() : getAnalysis<SharedResources>();
    for (auto function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (!function.isDeclaration() &&
          failed(EngineBuilder(function, shared, name, precision).build()))
        return signalPassFailure();
  }
};
} // namespace
