//===- InstrumentRanges.cpp - what calibration wants to know --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-instrument-ranges.
//===----------------------------------------------------------------------===//
#include "calibration/RangeTable.h"
#include "passes/nn/ChannelMath.h"
#include "passes/nn/Passes.h"
#include "passes/nn/ValueNames.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace graft;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_INSTRUMENTRANGES
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

/// Whether `value` is a candidate for quantization. Weights are handled
/// separately, and an input that nothing reads may have no data.
static bool isObserved(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getElementType().isF32() && type.getRank() >= 2 &&
         !isConstant(value) && !value.use_empty();
}

/// Whether the mean of `value`, channel by channel, determines the mean error
/// of rounded weights of an operation that reads it.
static bool wantsMeans(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return !type.isDynamicDim(type.getRank() - 1) &&
         llvm::any_of(value.getUses(), [](OpOperand &use) {
           Operation *reader = use.getOwner();
           auto product = dyn_cast<MatMulOp>(reader);
           return isa<HeavyOpInterface>(reader) &&
                  use.getOperandNumber() == 0 &&
                  isConstant(reader->getOperand(1)) &&
                  !(product && product.getTransposeA());
         });
}

namespace {

/// Adds results to one function.
class Instrument {
public:
  explicit Instrument(func::FuncOp function)
      : function(function), names(function.front()), builder(function) {}

  void run();

private:
  void observe(Value value);
  void addResult(Value value, StringRef prefix, StringRef name);

  func::FuncOp function;
  ValueNames names;
  OpBuilder builder;
  SmallVector<Value> results;
  SmallVector<StringAttr> ports;
};

} // namespace

void Instrument::addResult(Value value, StringRef prefix, StringRef name) {
  results.push_back(value);
  ports.push_back(builder.getStringAttr(prefix + name));
}

void Instrument::observe(Value value) {
  builder.setInsertionPointAfterValue(value);
  StringRef name = names.get(value);
  bool means = wantsMeans(value);
  auto seen = ObserveOp::create(builder, value.getLoc(), value);
  addResult(seen.getLimits(), kLimitsOf, name);
  addResult(seen.getCounts(), kCountsOf, name);
  if (!means)
    return;
  auto rank = cast<RankedTensorType>(value.getType()).getRank();
  auto mean = ReduceOp::create(builder, value.getLoc(), value, "mean",
                               llvm::to_vector(llvm::seq<int64_t>(0, rank - 1)),
                               /*keep_dims=*/false, /*to=*/StringAttr());
  addResult(mean, kMeanOf, name);
}

void Instrument::run() {
  Block &body = function.front();
  SmallVector<Value> observed;
  for (BlockArgument argument : body.getArguments())
    observed.push_back(argument);
  for (Operation &op : body)
    llvm::append_range(observed, op.getResults());
  llvm::erase_if(observed, [](Value value) { return !isObserved(value); });
  llvm::for_each(observed, [&](Value value) { observe(value); });

  Operation *end = body.getTerminator();
  unsigned first = end->getNumOperands();
  end->insertOperands(first, results);
  function.setType(FunctionType::get(function.getContext(),
                                     function.getArgumentTypes(),
                                     end->getOperandTypes()));
  SmallVector<DictionaryAttr> attrs;
  function.getAllResultAttrs(attrs);
  attrs.truncate(first);
  for (StringAttr port : ports)
    attrs.push_back(
        builder.getDictionaryAttr(builder.getNamedAttr(kPortNameAttr, port)));
  function.setAllResultAttrs(attrs);
}

namespace {

class InstrumentRanges
    : public graft::nn::impl::InstrumentRangesBase<InstrumentRanges> {
public:
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk([](func::FuncOp function) {
      if (!function.isExternal() && function.getBody().hasOneBlock())
        Instrument(function).run();
    });
  }
};

} // namespace
