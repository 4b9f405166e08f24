//===- HoistStrides.cpp - pixels that nobody reads are not computed -------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-hoist-strides. A walk from the last operation to the first
// finds which pixels of each image are read; a walk from the first to the last
// moves strides up.
//===----------------------------------------------------------------------===//
#include "passes/nn/Passes.h"

#include "dialects/nn/NN.h"

#include "mlir/IR/Remarks.h"

#include <numeric>

using namespace mlir;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_HOISTSTRIDES
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

namespace {

/// The stride of the rows and columns of an image that are needed, from the
/// first on.
using Step = std::array<int64_t, 2>;
constexpr Step kWhole = {1, 1};

/// Whether `type` is of NHWC images whose height and width are known.
bool isImage(Type type) {
  auto image = dyn_cast<RankedTensorType>(type);
  return image && image.getRank() == 4 && !image.isDynamicDim(1) &&
         !image.isDynamicDim(2);
}

bool haveSameSize(Value a, Value b) {
  return isImage(a.getType()) && isImage(b.getType()) &&
         cast<RankedTensorType>(a.getType()).getShape().slice(1, 2) ==
             cast<RankedTensorType>(b.getType()).getShape().slice(1, 2);
}

/// `type` with every `step`-th row and column.
RankedTensorType thinned(Type type, Step step) {
  auto image = cast<RankedTensorType>(type);
  SmallVector<int64_t, 4> shape(image.getShape());
  for (int d : {0, 1})
    shape[1 + d] = llvm::divideCeil(shape[1 + d], step[d]);
  return RankedTensorType::get(shape, image.getElementType());
}

/// Convolutions and poolings: each pixel of the result comes from a window, and
/// from nothing else, such as a residual of the same size.
bool isWindowed(Operation *op) {
  return isa<Conv2DOp, MaxPool2DOp, AvgPool2DOp>(op) &&
         cast<EpilogueOpInterface>(op).getEpilogueOperands().empty();
}

/// Whether `type` has one pixel for all of an image that it is broadcast to.
bool hasOnePixel(Type type) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(type).getShape();
  ArrayRef<int64_t> sizes =
      shape.take_back(3).drop_back(std::min<size_t>(shape.size(), 1));
  return llvm::all_of(sizes, [](int64_t size) { return size == 1; });
}

/// Each pixel of the result comes from the same pixel of the operands.
bool isPixelwise(Operation *op) {
  return isa<BatchNormOp>(op) || op->hasTrait<ElementwiseUnary>() ||
         op->hasTrait<ElementwiseBinary>();
}

/// Whether all operands of a pixelwise operation are images of its size or one
/// pixel: others, such as one for each row, are not thinned with them.
bool readsImages(Operation *op) {
  return isa<BatchNormOp>(op) ||
         llvm::all_of(op->getOperands(), [&](Value operand) {
           return haveSameSize(operand, op->getResult(0)) ||
                  hasOnePixel(operand.getType());
         });
}

/// Height, then width, of a windowed operation's window and strides.
Step getWindow(Operation *op) {
  if (auto conv = dyn_cast<Conv2DOp>(op)) {
    auto filter = cast<RankedTensorType>(conv.getFilter().getType());
    return {filter.getDimSize(0), filter.getDimSize(1)};
  }
  ArrayRef<int64_t> window =
      op->getAttrOfType<DenseI64ArrayAttr>("window").asArrayRef();
  return {window[0], window[1]};
}

Step getStrides(Operation *op) {
  auto read = [](auto typed) {
    return Step{typed.getStrides()[0], typed.getStrides()[1]};
  };
  if (auto conv = dyn_cast<Conv2DOp>(op))
    return read(conv);
  if (auto pool = dyn_cast<MaxPool2DOp>(op))
    return read(pool);
  return read(cast<AvgPool2DOp>(op));
}

void setStrides(Operation *op, Step strides) {
  if (auto conv = dyn_cast<Conv2DOp>(op))
    conv.setStrides(strides);
  else if (auto pool = dyn_cast<MaxPool2DOp>(op))
    pool.setStrides(strides);
  else
    cast<AvgPool2DOp>(op).setStrides(strides);
}

ArrayRef<int64_t> getPads(Operation *op) {
  if (auto conv = dyn_cast<Conv2DOp>(op))
    return conv.getPads();
  if (auto pool = dyn_cast<MaxPool2DOp>(op))
    return pool.getPads();
  return cast<AvgPool2DOp>(op).getPads();
}

class HoistStridesPass
    : public graft::nn::impl::HoistStridesBase<HoistStridesPass> {
public:
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk([&](Block *block) {
      needed.clear();
      taken.clear();
      for (Operation &op : llvm::reverse(*block))
        for (Value result : op.getResults())
          if (isImage(result.getType()))
            needed[result] = findNeed(result);
      for (Operation &op : llvm::make_early_inc_range(*block))
        rewrite(&op);
    });
  }

private:
  Step findNeed(Value value) const;
  Step needOf(OpOperand &use) const;
  void rewrite(Operation *op);
  Value thin(OpBuilder &builder, Location loc, Value value, Step step);

  llvm::DenseMap<Value, Step> needed; ///< what is read of each image
  llvm::DenseMap<Value, Step> taken;  ///< the step that its pixels have now
};

/// What `use` reads of the image.
Step HoistStridesPass::needOf(OpOperand &use) const {
  Operation *op = use.getOwner();
  if (op->getBlock() != use.get().getParentBlock() || op->getNumResults() != 1)
    return kWhole;
  auto result = needed.find(op->getResult(0));
  if (result == needed.end())
    return kWhole;
  if (isPixelwise(op))
    return haveSameSize(use.get(), op->getResult(0)) && readsImages(op)
               ? result->second
               : kWhole;
  if (!isWindowed(op) || use.getOperandNumber() != 0)
    return kWhole;
  Step window = getWindow(op), strides = getStrides(op), need = kWhole;
  ArrayRef<int64_t> pads = getPads(op);
  for (int d : {0, 1})
    if (window[d] == 1 && !pads[2 * d] && !pads[2 * d + 1] &&
        __builtin_mul_overflow(strides[d], result->second[d], &need[d]))
      return kWhole;
  return need;
}

Step HoistStridesPass::findNeed(Value value) const {
  Step step = {0, 0};
  for (OpOperand &use : value.getUses()) {
    Step need = needOf(use);
    for (int d : {0, 1})
      step[d] = std::gcd(step[d], need[d]);
  }
  if (!step[0] || !step[1])
    return kWhole;
  Operation *op = value.getDefiningOp();
  if (isPixelwise(op) && !readsImages(op))
    return kWhole;
  if (isWindowed(op)) {
    Step strides = getStrides(op);
    for (int d : {0, 1})
      if (__builtin_mul_overflow(strides[d], step[d], &strides[d]))
        return kWhole;
  }
  return step;
}

Value HoistStridesPass::thin(OpBuilder &builder, Location loc, Value value,
                             Step step) {
  if (step == kWhole)
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  return StridedSliceOp::create(
      builder, loc, thinned(type, step), value, ArrayRef<int64_t>{0, 0, 0, 0},
      ArrayRef<int64_t>{0, 0, 0, 0}, ArrayRef<int64_t>{1, step[0], step[1], 1},
      /*begin_mask=*/0b1111, /*end_mask=*/0b1111, /*shrink_axis_mask=*/0);
}

void HoistStridesPass::rewrite(Operation *op) {
  if (op->getNumResults() != 1 || (!isWindowed(op) && !isPixelwise(op)))
    return;
  Value result = op->getResult(0);
  auto found = needed.find(result);
  if (found == needed.end())
    return;
  Step need = found->second;
  auto takenOf = [&](Value value) {
    auto it = taken.find(value);
    return it == taken.end() ? kWhole : it->second;
  };
  if (isWindowed(op)) {
    // Strides are relative to the subsampled image, so they shrink.
    Step above = takenOf(op->getOperand(0)), strides = getStrides(op);
    if (need == kWhole && above == kWhole)
      return;
    for (int d : {0, 1})
      strides[d] = strides[d] * need[d] / above[d];
    setStrides(op, strides);
  } else {
    // Computing less is worth a copy only if a heavy operation is above.
    if (llvm::all_of(op->getOperands(),
                     [&](Value operand) { return takenOf(operand) == kWhole; }))
      return;
    OpBuilder builder(op);
    for (OpOperand &operand : op->getOpOperands()) {
      Value value = operand.get();
      Step above = takenOf(value);
      // Others are one pixel for all.
      if (above == kWhole && !haveSameSize(value, result))
        continue;
      operand.set(thin(builder, op->getLoc(), value,
                       {need[0] / above[0], need[1] / above[1]}));
    }
  }
  if (need == kWhole)
    return;
  taken[result] = need;
  result.setType(thinned(result.getType(), need));
  remark::passed(op->getLoc(), remark::RemarkOpts::name("Hoisted").category(
                                   "nn-hoist-strides"))
      << remark::metric("rows", need[0]) << remark::metric("columns", need[1]);
}

} // namespace
