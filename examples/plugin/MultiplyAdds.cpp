//===- MultiplyAdds.cpp - what the layers of an engine cost ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plug-in of graft-opt with one pass, nn-count-multiply-adds: a remark at
// each convolution and matrix product says how many multiply-adds it takes, and
// one at the function how many those are together. Products with padding count.
//===----------------------------------------------------------------------===//
#include "dialects/nn/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
namespace nn = graft::nn;

namespace {
struct CountMultiplyAdds
    : PassWrapper<CountMultiplyAdds, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CountMultiplyAdds)

  CountMultiplyAdds() = default;
  // Options cannot be copied: MLIR copies their values into the new pass.
  CountMultiplyAdds(const CountMultiplyAdds &other) : PassWrapper(other) {}

  StringRef getArgument() const final { return "nn-count-multiply-adds"; }
  StringRef getDescription() const final {
    return "say how many multiply-adds each layer takes";
  }
  void runOnOperation() final;

  Option<unsigned> unknown{
      *this, "unknown",
      llvm::cl::desc("the size that stands for those that are not known"),
      llvm::cl::init(1)};
};
} // namespace

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The product, or the largest number where that is too small.
static uint64_t multiply(ArrayRef<int64_t> sizes, unsigned unknown) {
  uint64_t product = 1;
  for (int64_t size : sizes)
    product = llvm::SaturatingMultiply<uint64_t>(
        product, ShapedType::isDynamic(size) ? unknown : size);
  return product;
}

void CountMultiplyAdds::runOnOperation() {
  uint64_t total = 0;
  getOperation().walk([&](nn::HeavyOpInterface layer) {
    // Each element of the result takes as many as `sizes` multiply to.
    SmallVector<int64_t> sizes;
    Value each = layer->getResult(0);
    TypeSwitch<Operation *>(layer)
        .Case([&](nn::Conv2DOp op) { // HWI of HWIO
          append_range(sizes, getShape(op.getFilter()).drop_back());
        })
        .Case([&](nn::Conv2DTransposeOp op) { // HWO of HWOI, at each input
          append_range(sizes, getShape(op.getFilter()).drop_back());
          each = op.getX();
        })
        .Case([&](nn::MatMulOp op) {
          sizes.push_back(
              getShape(op.getA()).take_back(op.getTransposeA() ? 2 : 1)[0]);
        });
    append_range(sizes, getShape(each));
    uint64_t count = multiply(sizes, unknown);
    total = llvm::SaturatingAdd(total, count);
    emitRemark(layer.getLoc()) << count << " multiply-adds";
  });
  emitRemark(getOperation().getLoc()) << total << " multiply-adds in all";
}

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "multiply_adds", "0.1",
          [] { PassRegistration<CountMultiplyAdds>(); }};
}
