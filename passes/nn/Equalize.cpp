//===- Equalize.cpp - one range for a channel's weights on both sides -----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-equalize.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/FuseIntoProducer.h"
#include "passes/nn/LayerPrecisions.h"
#include "passes/nn/Passes.h"

#include "dialects/nn/reference/TensorBuffer.h"

#include <cmath>

using namespace mlir;
using namespace graft;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_EQUALIZE
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

/// Whether all epilogues of `heavy` commute with multiplying a channel by a
/// positive factor.
static bool isHomogeneous(HeavyOpInterface heavy) {
  return llvm::all_of(heavy.getEpilogues().getAsRange<EpilogueAttr>(),
                      [](EpilogueAttr step) {
                        return step.getKind() == "relu" ||
                               step.getKind() == "leaky_relu";
                      }) &&
         (!heavy.getBias() || isConstant(heavy.getBias()));
}

namespace {

/// The weights of a product along its input or output channels.
struct Channels {
  Value weights;
  /// Sizes that reach all weights of channel c as [outer][c][inner].
  int64_t outer = 1, count = 0, inner = 1;
  bool areLast = true; ///< whether they are the last dimension
};

} // namespace

static Channels getOutputs(Operation *heavy) {
  Channels channels;
  channels.weights = getChannelWeights(heavy);
  if (!channels.weights)
    return channels;
  auto type = cast<RankedTensorType>(channels.weights.getType());
  channels.count = type.getShape().back();
  channels.outer = type.getNumElements() / std::max<int64_t>(channels.count, 1);
  return channels;
}

/// A depthwise convolution has one dimension for input and output channels;
/// other grouped convolutions have no separate input channels.
static Channels getInputs(Operation *heavy) {
  Channels channels = getOutputs(heavy);
  if (!channels.weights)
    return channels;
  auto type = cast<RankedTensorType>(channels.weights.getType());
  auto conv = dyn_cast<Conv2DOp>(heavy);
  const int64_t groups = conv ? conv.getGroups() : 1;
  if (groups == channels.count && groups > 1 && type.getDimSize(2) == 1)
    return channels;
  if (groups != 1 || type.getRank() < 2)
    return {};
  channels.areLast = false;
  channels.inner = channels.count;
  channels.count = type.getDimSize(type.getRank() - 2);
  channels.outer = type.getNumElements() / (channels.count * channels.inner);
  return channels;
}

/// The largest magnitude of each channel; false if one is not finite.
static bool measure(const Channels &channels, SmallVectorImpl<float> &largest) {
  TensorBuffer buffer;
  if (failed(buffer.read(
          channels.weights.getDefiningOp<ConstantOp>().getValue())) ||
      buffer.view().type.dtype != ops::DType::F32)
    return false;
  const float *weights = buffer.view().as<float>();
  largest.assign(channels.count, 0.0f);
  for (int64_t o = 0; o < channels.outer; ++o)
    for (int64_t c = 0; c < channels.count; ++c)
      for (int64_t i = 0; i < channels.inner; ++i)
        largest[c] = std::max(largest[c], std::abs(*weights++));
  return llvm::all_of(largest, [](float r) { return std::isfinite(r); });
}

/// Multiplies the weights of each channel by its factor.
static Value scale(PatternRewriter &rewriter, const Channels &channels,
                   ArrayRef<float> factors) {
  SmallVector<int64_t> shape = {channels.count};
  if (!channels.areLast)
    shape.push_back(1);
  auto type = RankedTensorType::get(shape, rewriter.getF32Type());
  Location loc = channels.weights.getLoc();
  Value constant =
      ConstantOp::create(rewriter, loc, DenseElementsAttr::get(type, factors));
  return compute<MulOp>(rewriter, loc, channels.weights, constant);
}

/// Equalizes the ranges of the tensor that `second` reads. False if it cannot.
static bool equalize(PatternRewriter &rewriter, Operation *second) {
  auto first = getFusable<HeavyOpInterface>(second->getOperand(0));
  if (!first || !isHomogeneous(first))
    return false;
  Channels before = getOutputs(first), after = getInputs(second);
  SmallVector<float> ranges, readers;
  if (!before.weights || !after.weights || before.count != after.count ||
      !measure(before, ranges) || !measure(after, readers))
    return false;
  SmallVector<float> up, down;
  for (auto [range, reader] : llvm::zip_equal(ranges, readers)) {
    // A channel that is never written or read can stay as it is.
    int exponent = 0;
    if (range > 0 && reader > 0)
      exponent = static_cast<int>(
          std::lround(std::log2(double(range) / double(reader)) / 2));
    exponent = std::clamp(exponent, -32, 32);
    up.push_back(std::ldexp(1.0f, exponent));
    down.push_back(std::ldexp(1.0f, -exponent));
  }
  if (llvm::all_of(up, [](float factor) { return factor == 1.0f; }))
    return false;
  rewriter.setInsertionPoint(first);
  Value bias = first.getBias();
  if (bias) {
    Channels perChannel{bias, 1, before.count, 1, true};
    bias = scale(rewriter, perChannel, down);
  }
  Value smaller = scale(rewriter, before, down);
  Value larger = scale(rewriter, after, up);
  if (!smaller || !larger || (first.getBias() && !bias))
    return false;
  first->setOperand(1, smaller);
  if (bias)
    first.setBias(bias);
  second->setOperand(1, larger);
  return true;
}

namespace {

class EqualizePass : public graft::nn::impl::EqualizeBase<EqualizePass> {
public:
  using Base::Base;

  void runOnOperation() override {
    if (onDemand) {
      FailureOr<const RangeTable *> table =
          HeldTable::of(getAnalysisManager(), getOperation())
              .get(getOperation());
      if (failed(table))
        return signalPassFailure();
      if (!*table || !(*table)->equalized)
        return;
    }
    SmallVector<Operation *> products;
    getOperation()->walk([&](Operation *op) {
      if (isa<Conv2DOp, MatMulOp>(op))
        products.push_back(op);
    });
    PatternRewriter rewriter(&getContext());
    for (Operation *op : products)
      equalize(rewriter, op);
  }
};

} // namespace
