//===- ShapePropagation.cpp - an engine's shapes for given sizes ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/ShapePropagation.h"

#include "dialects/plan/Describe.h"

#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace graft;
using namespace graft::plan;

/// Whether one launch writes `buffer` and nothing is a view of it.
static bool isWrittenOnce(Value buffer) {
  if (!isa_and_nonnull<AllocOp, OutputOp>(buffer.getDefiningOp()))
    return false;
  unsigned writes = 0;
  for (OpOperand &use : buffer.getUses()) {
    auto launch = dyn_cast<LaunchOp>(use.getOwner());
    if (!launch)
      return false;
    writes += use.getOperandNumber() >= launch.getInputs().size();
  }
  return writes == 1;
}

ops::TensorType ShapePropagation::complete(ops::TensorType type) const {
  for (int64_t &dim : type.shape)
    if (dim == ops::kDynamic)
      dim = standIn;
  return type;
}

void ShapePropagation::addConstant(ConstantOp constant) {
  nn::TensorBuffer content;
  if (constant.getValue().getNumElements() <= ops::kMaxShapeElements &&
      !constant.getBuffer().getType().isPacked() &&
      succeeded(content.read(constant.getValue())))
    constants[constant] = std::move(content);
}

void ShapePropagation::addLaunch(LaunchOp op) {
  auto isOpen = [&](Value buffer) { return !declared[buffer].isStatic(); };
  Launch launch;
  launch.op = op;
  launch.isDynamic = llvm::any_of(op->getOperands(), isOpen);
  launch.mayEvaluate = llvm::all_of(op.getOutputs(), [&](Value output) {
    return (isOpen(output) || ops::mayHoldSizes(declared[output])) &&
           isWrittenOnce(output);
  });
  if (!launch.isDynamic && !launch.mayEvaluate)
    return;
  launch.desc = plan::describe(op);
  launches.push_back(std::move(launch));
}

LogicalResult ShapePropagation::init(EngineOp engine, int64_t size) {
  standIn = size;
  for (Operation &op : *engine.getBlock()) {
    for (Value buffer : op.getResults()) {
      auto type = cast<BufferType>(buffer.getType());
      std::optional<ops::TensorType> known = toTensorType(type);
      if (!known)
        return op.emitOpError("an engine has no elements of type ")
               << type.getElementType();
      if (!known->isStatic())
        openBuffers.push_back(buffer);
      if (isa<InputOp>(op))
        for (auto [dim, given] : llvm::enumerate(known->shape))
          if (given == ops::kDynamic)
            sizes.push_back({buffer, dim, size});
      types[buffer] = complete(*known);
      declared[buffer] = *std::move(known);
    }
    if (auto constant = dyn_cast<ConstantOp>(op))
      addConstant(constant);
    if (auto launch = dyn_cast<LaunchOp>(op))
      addLaunch(launch);
  }
  return success();
}

Status ShapePropagation::infer(const Launch &launch,
                               const std::vector<ops::ShapeInput> &inputs) {
  ++numAsked;
  std::vector<ops::TensorType> results;
  GRAFT_RETURN_IF_ERROR(ops::inferTypes(launch.desc, inputs, results));
  LaunchOp op = launch.op;
  if (results.size() != op.getOutputs().size())
    return Status::failed("must have " + std::to_string(results.size()) +
                          " outputs, got " +
                          std::to_string(op.getOutputs().size()));
  for (auto [output, result] : llvm::zip_equal(op.getOutputs(), results)) {
    // The buffer's type takes precedence over the inferred shape.
    ops::TensorType known = declared[output];
    for (size_t i = 0; i < known.shape.size(); ++i)
      if (known.shape[i] == ops::kDynamic && i < result.shape.size()) {
        // An image one pixel too small leaves nothing, which no kernel takes.
        if (result.shape[i] == 0)
          return Status::failed("a result of unknown size must have elements");
        known.shape[i] = result.shape[i];
      }
    types[output] = complete(std::move(known));
  }
  return Status();
}

void ShapePropagation::evaluate(const Launch &launch,
                                const std::vector<ops::ShapeInput> &inputs) {
  LaunchOp op = launch.op;
  if (!ops::isKnown(launch.desc, inputs))
    return;
  std::vector<ops::TensorView> results;
  SmallVector<nn::TensorBuffer> computed(op.getOutputs().size());
  for (auto [output, buffer] : llvm::zip_equal(op.getOutputs(), computed)) {
    if (!ops::mayHoldSizes(types[output]) ||
        failed(buffer.allocate(types[output])))
      return;
    results.push_back(buffer.view());
  }
  if (!ops::evaluateKnown(launch.desc, inputs, results))
    return;
  for (auto [output, buffer] : llvm::zip_equal(op.getOutputs(), computed))
    contents[output] = std::move(buffer);
}

size_t ShapePropagation::run(bool skips) {
  contents.clear();
  for (Value buffer : openBuffers) {
    ops::TensorType type = complete(declared[buffer]);
    // The sizes of a view follow from its parent's.
    if (auto view = buffer.getDefiningOp<ViewOp>()) {
      ops::Shape shape = types[view.getParent()].shape;
      shape[view.getAxis()] = type.shape[view.getAxis()];
      type.shape = std::move(shape);
    }
    types[buffer] = std::move(type);
  }
  for (const OpenSize &open : sizes)
    types[open.input].shape[open.dim] = open.size;
  for (auto [position, launch] : llvm::enumerate(launches)) {
    if (launch.isSkipped)
      continue;
    std::vector<ops::ShapeInput> inputs;
    for (Value input : launch.op.getInputs()) {
      const void *known = nullptr;
      if (auto it = constants.find(input); it != constants.end())
        known = it->second.view().data;
      else if (auto found = contents.find(input); found != contents.end())
        known = found->second.view().data;
      inputs.push_back({types[input], known});
    }
    if (launch.isDynamic && !infer(launch, inputs).ok()) {
      if (!skips)
        return position;
      launch.isSkipped = true;
      continue;
    }
    if (launch.mayEvaluate)
      evaluate(launch, inputs);
  }
  return launches.size();
}

SmallVector<size_t> ShapePropagation::findSizes(size_t position) const {
  llvm::DenseSet<Value> seen;
  SmallVector<Value> worklist(getLaunch(position).getInputs());
  while (!worklist.empty()) {
    Value buffer = worklist.pop_back_val();
    if (!seen.insert(buffer).second)
      continue;
    Operation *source = buffer.getDefiningOp();
    if (isa_and_nonnull<ViewLikeOpInterface>(source))
      worklist.push_back(source->getOperand(0));
    for (OpOperand &use : buffer.getUses()) {
      auto launch = dyn_cast<LaunchOp>(use.getOwner());
      if (launch && use.getOperandNumber() >= launch.getInputs().size())
        llvm::append_range(worklist, launch.getInputs());
    }
  }
  SmallVector<size_t> found;
  for (auto [i, open] : llvm::enumerate(sizes))
    if (seen.contains(open.input))
      found.push_back(i);
  return found;
}

Status ShapePropagation::checkTypes(size_t position) const {
  const Launch &launch = launches[position];
  LaunchOp op = launch.op;
  std::vector<ops::ShapeInput> inputs;
  for (Value input : op.getInputs()) {
    auto constant = constants.find(input);
    inputs.push_back(
        {declared.find(input)->second,
         constant == constants.end() ? nullptr : constant->second.view().data});
  }
  std::vector<ops::TensorType> results;
  return ops::inferTypes(launch.desc, inputs, results);
}
