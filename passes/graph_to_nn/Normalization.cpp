//===- Normalization.cpp - normalisation ----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Batch normalisation as it is for inference, and local response normalisation.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"
#include "passes/graph_to_nn/DataFormat.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

/// `results` counts those of the operator; only the first is for inference.
template <int results>
static void fusedBatchNorm(NodeConversion &c) {
  if (c.getNode().getBoolAttr("is_training", true))
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "attribute is_training must be false");
  double epsilon = c.getNode().getFloatAttr("epsilon", 1e-4f);
  SmallVector<Value> operands = c.inputRange(0, 5);
  operands[0] = toChannelsLast(c, operands[0]);
  c.result(fromChannelsLast(
      c, c.create<nn::BatchNormOp>(operands, {{"epsilon", epsilon}})));
  for (int i = 1; i < results; ++i)
    c.unusedResult();
}

/// Inputs: image, mean, variance, beta, gamma.
static void globalNormalization(NodeConversion &c) {
  double epsilon = c.getNode().getFloatAttr("variance_epsilon", 1e-4f);
  Value x = c.input(0);
  Value mean = c.input(1);
  Value variance = c.input(2);
  Value offset = c.input(3);
  Value scale = c.input(4);
  if (!mean)
    return;
  if (!c.getNode().getBoolAttr("scale_after_normalization", false)) {
    auto type = cast<RankedTensorType>(mean.getType());
    if (!type.hasStaticShape())
      return c.refuse(NativeReason::UnsupportedShape,
                      "the number of channels must be known");
    scale = c.create<nn::FillOp>(c.scalar(type.getElementType(), 1),
                                 {{"shape", type.getShape()}});
  }
  c.result(c.create<nn::BatchNormOp>({x, scale, offset, mean, variance},
                                     {{"epsilon", epsilon}}));
}

static void lrn(NodeConversion &c) {
  graph::NodeOp node = c.getNode();
  c.result(c.create<nn::LrnOp>(
      c.input(0), {{"depth_radius", node.getIntAttr("depth_radius", 5)},
                   {"bias", double(node.getFloatAttr("bias", 1.0f))},
                   {"alpha", double(node.getFloatAttr("alpha", 1.0f))},
                   {"beta", double(node.getFloatAttr("beta", 0.5f))}}));
}

void graft::addNormalizationConverters(ConverterRows &rows) {
  rows.append({
      {"BatchNormWithGlobalNormalization", globalNormalization},
      {"FusedBatchNorm", fusedBatchNorm<5>},
      {"FusedBatchNormV2", fusedBatchNorm<5>},
      {"FusedBatchNormV3", fusedBatchNorm<6>},
      {"LRN", lrn},
  });
}
