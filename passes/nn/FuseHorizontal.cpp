//===- FuseHorizontal.cpp - siblings become one operation -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-fuse-horizontal.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/Passes.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_FUSEHORIZONTAL
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

/// The properties that siblings share: name, input, attributes, presence of a
/// bias, and the types of input, weights and result except for the channels.
static Attribute getKey(HeavyOpInterface op) {
  Value weights = getChannelWeights(op);
  if (!weights || !op.getEpilogueOperands().empty() ||
      (op.getBias() && !isConstant(op.getBias())))
    return {};
  // Each group has output channels of its own.
  if (auto conv = dyn_cast<Conv2DOp>(op.getOperation());
      conv && conv.getGroups() != 1)
    return {};
  // Matrices that are not shared by all products have no channels to append.
  if (isa<MatMulOp>(op.getOperation()) &&
      cast<RankedTensorType>(weights.getType()).getRank() != 2)
    return {};
  if (ShapedType::isDynamic(getChannels(op)))
    return {};
  Builder builder(op.getContext());
  auto withoutChannels = [&](Value value) -> Attribute {
    auto type = cast<RankedTensorType>(value.getType());
    return TypeAttr::get(RankedTensorType::get(type.getShape().drop_back(),
                                               type.getElementType()));
  };
  return builder.getArrayAttr(
      {op->getName().getIdentifier(), op->getAttrDictionary(),
       builder.getBoolAttr(op.getBias() != nullptr), withoutChannels(weights),
       withoutChannels(op->getResult(0))});
}

/// The constants side by side along their last dimension.
static Value concatenate(PatternRewriter &rewriter, Location loc,
                         ArrayRef<Value> values) {
  auto type = cast<RankedTensorType>(values.front().getType());
  return evaluateNow(
      rewriter, ConcatOp::create(rewriter, loc, values, type.getRank() - 1));
}

/// Replaces `siblings`, which are in the order of the block, by one operation
/// and slices of its result. False if their weights cannot be joined.
static bool merge(PatternRewriter &rewriter,
                  ArrayRef<HeavyOpInterface> siblings) {
  SmallVector<Location> locations;
  SmallVector<Value> weights, biases;
  int64_t channels = 0;
  for (HeavyOpInterface op : siblings) {
    locations.push_back(op.getLoc());
    weights.push_back(getChannelWeights(op));
    biases.push_back(op.getBias());
    channels += getChannels(op);
  }
  HeavyOpInterface first = siblings.front();
  Location loc = rewriter.getFusedLoc(locations);
  rewriter.setInsertionPoint(first);
  Value joined = concatenate(rewriter, loc, weights);
  Value bias = first.getBias() ? concatenate(rewriter, loc, biases) : Value();
  if (!joined || (first.getBias() && !bias))
    return false;

  auto merged = cast<HeavyOpInterface>(rewriter.clone(*first));
  merged->setLoc(loc);
  merged->replaceUsesOfWith(getChannelWeights(first), joined);
  if (bias)
    merged.setBias(bias);
  auto type = cast<RankedTensorType>(first->getResult(0).getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = channels;
  Value result = merged->getResult(0);
  result.setType(RankedTensorType::get(shape, type.getElementType()));

  SmallVector<int64_t> begin(shape.size(), 0);
  SmallVector<int64_t> size(shape.size(), -1);
  for (HeavyOpInterface op : siblings) {
    size.back() = getChannels(op);
    auto slice = SliceOp::create(
        rewriter, op.getLoc(), op->getResult(0).getType(), result, begin, size);
    begin.back() += size.back();
    rewriter.replaceOp(op, slice);
  }
  return true;
}

namespace {

class FuseHorizontalPass
    : public graft::nn::impl::FuseHorizontalBase<FuseHorizontalPass> {
public:
  using Base::Base;

  void runOnOperation() override {
    // Groups by the tensor that is read, in the order of their first members.
    using Siblings = SmallVector<HeavyOpInterface, 4>;
    llvm::MapVector<std::tuple<Value, Block *, Attribute>, Siblings> groups;
    getOperation()->walk([&](HeavyOpInterface op) {
      if (Attribute key = getKey(op))
        groups[{op->getOperand(0), op->getBlock(), key}].push_back(op);
    });
    PatternRewriter rewriter(&getContext());
    for (auto &[key, siblings] : groups) {
      if (siblings.size() < 2)
        continue;
      Location loc = siblings.front().getLoc();
      if (merge(rewriter, siblings))
        remark::passed(loc, remark::RemarkOpts::name("Merged").category(
                                "nn-fuse-horizontal"))
            << remark::metric("operations", siblings.size());
    }
  }
};

} // namespace
