//===- Utils.cpp - what passes over `plan` share --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/Utils.h"

#include "dialects/plan/Describe.h"
#include "runtime/ops/Semantics.h"

using namespace mlir;
using namespace graft;
using namespace graft::plan;

/// Constants that say sizes or positions are short; weights never matter.
static constexpr int64_t kMaxShapeElements = 1024;

LaunchOp graft::plan::createCopy(OpBuilder &builder, Location loc, Value from,
                                 Value to) {
  return LaunchOp::create(builder, loc, "identity", StringAttr(), StringAttr(),
                          StringAttr(), from, to, builder.getDictionaryAttr({}),
                          builder.getArrayAttr({}));
}

//===----------------------------------------------------------------------===//
// StaticTypes
//===----------------------------------------------------------------------===//

/// `type` with `size` in place of what is still unknown.
static ops::TensorType complete(ops::TensorType type, int64_t size) {
  for (int64_t &dim : type.shape)
    if (dim == ops::kDynamic)
      dim = size;
  return type;
}

LogicalResult StaticTypes::inferLaunch(LaunchOp launch, int64_t size) {
  // Most launches are static, and then their buffers say everything.
  if (llvm::all_of(launch.getOutputs(), [](Value output) {
        return cast<BufferType>(output.getType()).isStatic();
      }))
    return success();

  std::vector<ops::ShapeInput> inputs;
  for (Value input : launch.getInputs()) {
    auto content = contents.find(input);
    inputs.push_back({get(input), content == contents.end()
                                      ? nullptr
                                      : content->second.view().data});
  }
  std::vector<ops::TensorType> results;
  Status status = ops::inferTypes(plan::describe(launch), inputs, results);
  if (!status.ok())
    return launch.emitOpError() << StringRef(status.message());
  if (results.size() != launch.getOutputs().size())
    return launch.emitOpError("must have ")
           << results.size() << " outputs, got " << launch.getOutputs().size();
  for (auto [output, result] : llvm::zip_equal(launch.getOutputs(), results)) {
    // What the buffer's type knows is worth more than what can be inferred.
    ops::TensorType known = *toTensorType(cast<BufferType>(output.getType()));
    for (size_t i = 0; i < known.shape.size(); ++i)
      if (known.shape[i] == ops::kDynamic && i < result.shape.size())
        known.shape[i] = result.shape[i];
    types[output] = complete(known, size);
  }
  return success();
}

LogicalResult StaticTypes::infer(EngineOp engine, int64_t size) {
  for (Operation &op : *engine.getBlock()) {
    for (Value buffer : op.getResults()) {
      auto type = cast<BufferType>(buffer.getType());
      std::optional<ops::TensorType> known = toTensorType(type);
      if (!known)
        return op.emitOpError("an engine has no elements of type ")
               << type.getElementType();
      // The sizes of a view follow from its parent's.
      if (auto view = dyn_cast<ViewOp>(op)) {
        ops::Shape shape = get(view.getParent()).shape;
        shape[view.getAxis()] = known->shape[view.getAxis()];
        known->shape = std::move(shape);
      }
      types[buffer] = complete(*known, size);
    }
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      nn::TensorBuffer content;
      if (constant.getValue().getNumElements() <= kMaxShapeElements &&
          constant.getBuffer().getType().getElementType().isInteger() &&
          succeeded(content.read(constant.getValue())))
        contents[constant] = std::move(content);
    }
    if (auto launch = dyn_cast<LaunchOp>(op))
      if (failed(inferLaunch(launch, size)))
        return failure();
  }
  return success();
}

std::vector<int64_t> StaticTypes::getStrides(Value buffer) const {
  if (isDense(buffer))
    return {};
  while (auto view = buffer.getDefiningOp<ViewOp>())
    buffer = view.getParent();
  const ops::Shape &shape = get(buffer).shape;
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size() - 1; i > 0; --i)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

runtime::LaunchDesc StaticTypes::describe(LaunchOp launch) const {
  runtime::LaunchDesc desc;
  desc.op = plan::describe(launch);
  if (std::optional<StringRef> tactic = launch.getTactic())
    desc.tactic = tactic->str();
  auto toSlot = [&](Value buffer) {
    runtime::Slot slot;
    slot.type = get(buffer);
    slot.strides = getStrides(buffer);
    if (auto constant = getRoot(buffer).getDefiningOp<ConstantOp>()) {
      slot.constant = true;
      if (auto it = contents.find(buffer); it != contents.end())
        slot.data = it->second.view().data;
      if (constant.getBuffer().getType().isPacked()) {
        slot.layout = constant.getBuffer().getType().getLayout().str();
        slot.bytes = constant.getValue().getNumElements();
      }
    }
    return slot;
  };
  for (Value input : launch.getInputs())
    desc.inputs.push_back(toSlot(input));
  for (Value output : launch.getOutputs())
    desc.outputs.push_back(toSlot(output));
  return desc;
}

std::optional<runtime::Tactic>
graft::plan::findTactic(LaunchOp launch, const runtime::LaunchDesc &desc,
                        int threads) {
  if (!launch.getProvider())
    return std::nullopt;
  const runtime::Provider *provider =
      runtime::findProvider(launch.getProvider()->str());
  if (!provider)
    return std::nullopt;
  // Providers are asked for tactics with the name left open.
  runtime::LaunchDesc open = desc;
  open.tactic.clear();
  for (runtime::Tactic &tactic : provider->tactics(open, threads))
    if (tactic.name == desc.tactic)
      return std::move(tactic);
  return std::nullopt;
}

StringRef graft::plan::getPrecisionName(const runtime::LaunchDesc &desc) {
  const runtime::Slot &slot =
      desc.inputs.empty() ? desc.outputs.front() : desc.inputs.front();
  ops::DType type = slot.type.dtype;
  // Codes, whether u8 or i8; bytes that are cast are numbers.
  bool isCode = type == ops::DType::U8 || type == ops::DType::I8;
  if (isCode && desc.op.kind != "cast")
    return "int8";
  return StringRef(ops::name(type));
}

bool graft::plan::selectTactic(LaunchOp launch, const StaticTypes &types,
                               int threads) {
  runtime::LaunchDesc desc = types.describe(launch);
  auto isSlice = [](const runtime::Slot &slot) {
    return !slot.strides.empty();
  };
  bool reads = llvm::any_of(desc.inputs, isSlice);
  bool writes = llvm::any_of(desc.outputs, isSlice);
  const runtime::Provider *chosen = nullptr;
  runtime::Tactic best;
  for (const runtime::Provider *provider : runtime::providers())
    for (runtime::Tactic &tactic : provider->tactics(desc, threads)) {
      if ((reads && !tactic.stridedInputs) ||
          (writes && !tactic.stridedOutputs) ||
          (chosen && tactic.seconds >= best.seconds))
        continue;
      chosen = provider;
      best = std::move(tactic);
    }
  if (!chosen)
    return false;
  launch.setProvider(StringRef(chosen->name()));
  launch.setTactic(StringRef(best.name));
  launch.setPrecision(getPrecisionName(desc));
  return true;
}
