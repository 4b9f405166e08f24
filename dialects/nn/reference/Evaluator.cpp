//===- Evaluator.cpp - computes `nn` operations ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hands tensors to the reference kernels of runtime/ops, operation by
// operation.
//===----------------------------------------------------------------------===//
#include "dialects/nn/reference/Evaluator.h"

#include "dialects/nn/Describe.h"
#include "dialects/nn/NN.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace graft;
using namespace graft::nn;

/// Infers the results' types and allocates them, up to `maxBytes` each.
static Status prepare(const ops::OpDesc &desc, ArrayRef<TensorBuffer> inputs,
                      std::optional<uint64_t> maxBytes,
                      SmallVectorImpl<TensorBuffer> &results) {
  std::vector<ops::ShapeInput> types;
  for (const TensorBuffer &input : inputs)
    types.push_back({input.view().type, input.view().data});
  std::vector<ops::TensorType> inferred;
  GRAFT_RETURN_IF_ERROR(ops::inferTypes(desc, types, inferred));
  for (const ops::TensorType &type : inferred) {
    uint64_t bytes = 0;
    if (maxBytes && (!ops::countBytes(type, bytes) || bytes > *maxBytes))
      return Status::failed("a result must have at most " +
                            std::to_string(*maxBytes) + " bytes, got " +
                            ops::toString(type));
    if (failed(results.emplace_back().allocate(type)))
      return Status::exhausted("cannot allocate " + ops::toString(type));
  }
  return Status();
}

static Status run(const ops::OpDesc &desc, ArrayRef<TensorBuffer> inputs,
                  std::optional<uint64_t> maxBytes,
                  SmallVectorImpl<TensorBuffer> &results) {
  GRAFT_RETURN_IF_ERROR(prepare(desc, inputs, maxBytes, results));
  std::vector<ops::TensorView> from;
  std::vector<ops::TensorView> to;
  for (const TensorBuffer &input : inputs)
    from.push_back(input.view());
  for (const TensorBuffer &result : results)
    to.push_back(result.view());
  return ops::evaluate(desc, from, to);
}

Status nn::evaluate(Operation *op, ArrayRef<TensorBuffer> inputs,
                    SmallVectorImpl<TensorBuffer> &results) {
  if (auto constant = dyn_cast<ConstantOp>(op)) {
    if (failed(results.emplace_back().read(constant.getValue())))
      return Status::badInput("a constant must be dense and loaded");
    return Status();
  }
  return run(describe(op), inputs, std::nullopt, results);
}

/// `value` with another shape and the same storage, or null.
static ElementsAttr reshapeConstant(ElementsAttr value, Type type) {
  auto shaped = dyn_cast<RankedTensorType>(type);
  if (!shaped || !shaped.hasStaticShape() ||
      shaped.getNumElements() != value.getNumElements())
    return {};
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    return DenseResourceElementsAttr::get(shaped, resource.getRawHandle());
  if (auto dense = dyn_cast<DenseElementsAttr>(value))
    return dense.reshape(shaped);
  return {};
}

LogicalResult nn::evaluate(Operation *op, ArrayRef<ElementsAttr> operands,
                           int64_t maxBytes,
                           SmallVectorImpl<ElementsAttr> &results) {
  if (op->hasTrait<ReshapeLike>()) {
    if (ElementsAttr value =
            reshapeConstant(operands[0], op->getResult(0).getType())) {
      results.push_back(value);
      return success();
    }
  }
  SmallVector<TensorBuffer> inputs(operands.size());
  for (auto [input, operand] : llvm::zip_equal(inputs, operands))
    if (failed(input.read(operand)))
      return failure();
  SmallVector<TensorBuffer> outputs;
  if (!run(describe(op), inputs, std::max<int64_t>(maxBytes, 0), outputs))
    return failure();
  for (const TensorBuffer &output : outputs)
    results.push_back(output.toConstant(op->getContext()));
  return success();
}

static Status atOperation(Operation *op, const Status &failure) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << op->getLoc() << ": '" << op->getName().getStringRef()
         << "': " << failure.message();
  return Status(failure.code(), text);
}

Status nn::interpret(func::FuncOp function, ArrayRef<TensorBuffer> inputs,
                     SmallVectorImpl<TensorBuffer> &results) {
  if (!function.getBody().hasOneBlock())
    return Status::badInput("function '" + function.getName().str() +
                            "' must have one block");
  Block &body = function.getBody().front();
  if (inputs.size() != body.getNumArguments())
    return Status::usage("function '" + function.getName().str() +
                         "' must get " +
                         std::to_string(body.getNumArguments()) +
                         " inputs, got " + std::to_string(inputs.size()));
  // A tensor lives until its last reader has run.
  llvm::DenseMap<Value, TensorBuffer> live;
  llvm::DenseMap<Value, unsigned> readers;
  auto keep = [&](Value value, const TensorBuffer &buffer) {
    unsigned uses = std::distance(value.use_begin(), value.use_end());
    if (uses == 0)
      return;
    live[value] = buffer;
    readers[value] = uses;
  };
  for (auto [argument, input] : llvm::zip_equal(body.getArguments(), inputs))
    keep(argument, input);
  for (Operation &op : body) {
    SmallVector<TensorBuffer> operands;
    for (Value operand : op.getOperands()) {
      auto found = live.find(operand);
      operands.push_back(found->second);
      if (--readers[operand] == 0)
        live.erase(found);
    }
    if (isa<func::ReturnOp>(op)) {
      results.assign(operands.begin(), operands.end());
      return Status();
    }
    if (!isa<NNDialect>(op.getDialect()))
      return atOperation(&op,
                         Status::badInput("must be an nn operation to run"));
    SmallVector<TensorBuffer> computed;
    if (Status status = evaluate(&op, operands, computed); !status)
      return atOperation(&op, status);
    for (auto [value, buffer] : llvm::zip_equal(op.getResults(), computed))
      keep(value, buffer);
  }
  return Status::badInput("function '" + function.getName().str() +
                          "' must end with func.return");
}
