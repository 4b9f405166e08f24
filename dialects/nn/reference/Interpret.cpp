//===- Interpret.cpp - the interpreter as a pass --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs functions in place, or one function on NumPy archives.
//===----------------------------------------------------------------------===//
#include "dialects/nn/Describe.h"
#include "dialects/nn/NN.h"
#include "dialects/nn/reference/Evaluator.h"
#include "dialects/nn/reference/Passes.h"
#include "support/Npz.h"

#include "mlir/IR/BuiltinOps.h"

#include <cstring>

namespace graft::nn {
#define GEN_PASS_DEF_INTERPRET
#include "dialects/nn/reference/Passes.h.inc"
} // namespace graft::nn

using namespace mlir;
using namespace graft;
using namespace graft::nn;

/// Element types by NumPy's name. It has none for bf16, which travels as u2.
static const std::pair<const char *, ops::DType> numpyTypes[] = {
    {"f4", ops::DType::F32},  {"f8", ops::DType::F64}, {"f2", ops::DType::F16},
    {"u2", ops::DType::BF16}, {"i1", ops::DType::I8},  {"i2", ops::DType::I16},
    {"i4", ops::DType::I32},  {"i8", ops::DType::I64}, {"u1", ops::DType::U8},
    {"u2", ops::DType::U16},  {"u4", ops::DType::U32}, {"u8", ops::DType::U64},
    {"b1", ops::DType::Bool}};

/// The array as a tensor of `dtype`.
static Status readArray(const NpyArray &array, ops::DType dtype,
                        TensorBuffer &buffer) {
  bool known = llvm::any_of(numpyTypes, [&](const auto &entry) {
    return entry.second == dtype && array.dtype == entry.first;
  });
  if (!known)
    return Status::badInput("array must hold " + std::string(ops::name(dtype)) +
                            ", got " + array.dtype);
  if (failed(buffer.allocate({dtype, array.shape})))
    return Status::badInput("array must fit into memory");
  std::memcpy(buffer.view().data, array.bytes.data(), array.bytes.size());
  return Status();
}

static NpyArray writeArray(const TensorBuffer &buffer) {
  const ops::TensorView &view = buffer.view();
  NpyArray array;
  for (const auto &[name, dtype] : numpyTypes)
    if (dtype == view.type.dtype)
      array.dtype = name;
  array.shape = view.type.shape;
  int64_t count = 0;
  (void)ops::countElements(view.type.shape, count);
  array.bytes.assign(view.as<char>(),
                     static_cast<size_t>(count) * ops::sizeOf(view.type.dtype));
  return array;
}

/// The name of a port, or its number.
static std::string portName(Attribute name, unsigned index) {
  auto text = dyn_cast_or_null<StringAttr>(name);
  return text ? text.str() : std::to_string(index);
}

static Status runOnFiles(func::FuncOp function, const std::string &inputPath,
                         const std::string &outputPath) {
  Expected<NpzArrays> arrays = readNpz(inputPath);
  if (!arrays)
    return arrays.status();
  SmallVector<TensorBuffer> inputs(function.getNumArguments());
  for (unsigned i = 0; i < inputs.size(); ++i) {
    std::string name = portName(function.getArgAttr(i, kPortNameAttr), i);
    auto found = arrays->find(name);
    std::optional<ops::TensorType> type =
        toTensorType(function.getArgumentTypes()[i]);
    if (found == arrays->end() || !type)
      return Status::badInput(inputPath + ": needs an array '" + name + "'");
    if (Status status = readArray(found->second, type->dtype, inputs[i]);
        !status)
      return Status::badInput(inputPath + ": '" + name +
                              "': " + status.message());
  }
  SmallVector<TensorBuffer> results;
  GRAFT_RETURN_IF_ERROR(interpret(function, inputs, results));
  NpzArrays outputs;
  for (auto [i, result] : llvm::enumerate(results))
    outputs[portName(function.getResultAttr(i, kPortNameAttr), i)] =
        writeArray(result);
  return outputPath.empty() ? Status() : writeNpz(outputPath, outputs);
}

/// Puts what the function computes in the place of its body.
static Status runInPlace(func::FuncOp function) {
  SmallVector<TensorBuffer> results;
  GRAFT_RETURN_IF_ERROR(interpret(function, {}, results));
  Block &body = function.getBody().front();
  OpBuilder builder = OpBuilder::atBlockTerminator(&body);
  SmallVector<Value> constants;
  for (const TensorBuffer &result : results)
    constants.push_back(ConstantOp::create(
        builder, function.getLoc(), result.toAttribute(function.getContext())));
  Operation *end = body.getTerminator();
  end->setOperands(constants);
  // Readers go before what they read.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (&op != end && !llvm::is_contained(constants, op.getResult(0)))
      op.erase();
  function.setType(FunctionType::get(function.getContext(), {},
                                     ValueRange(constants).getTypes()));
  return Status();
}

namespace {

class Interpret : public graft::nn::impl::InterpretBase<Interpret> {
public:
  using InterpretBase::InterpretBase;

  void runOnOperation() override {
    Status status;
    if (!inputs.empty()) {
      auto target = getOperation().lookupSymbol<func::FuncOp>(function);
      status =
          target
              ? runOnFiles(target, inputs, outputs)
              : Status::usage("module must have a function '" + function + "'");
    } else {
      for (auto target : getOperation().getOps<func::FuncOp>())
        if (status && !target.isExternal() && target.getNumArguments() == 0)
          status = runInPlace(target);
    }
    if (status)
      return;
    getOperation().emitError() << status.message();
    signalPassFailure();
  }
};

} // namespace
