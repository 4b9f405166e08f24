//===- Fused.cpp - what TensorFlow's own optimiser fused ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Splits the fused forms: nn-fuse-vertical decides for all of nn at once what
// to fuse.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"
#include "passes/graph_to_nn/Convolution.h"
#include "passes/graph_to_nn/Products.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

/// Applies one entry of `fused_ops`; `next` is the first input that no entry
/// has read yet. False, and a refusal, for an unknown entry.
static bool applyFusedOp(NodeConversion &c, StringRef op, Value &value,
                         size_t &next) {
  graph::NodeOp node = c.getNode();
  if (op == "BiasAdd" || op == "Add")
    value = c.create<nn::AddOp>({value, c.input(next++)});
  else if (op == "FusedBatchNorm") {
    SmallVector<Value> operands = {value};
    operands.append(c.inputRange(next, next + 4));
    next += 4;
    double epsilon = node.getFloatAttr("epsilon", 1e-4f);
    value = c.create<nn::BatchNormOp>(operands, {{"epsilon", epsilon}});
  } else if (op == "Relu")
    value = c.create<nn::ReluOp>(value);
  else if (op == "Relu6")
    value = c.create<nn::ClipOp>(value, {{"alpha", 0.0}, {"beta", 6.0}});
  else if (op == "Elu")
    value = c.create<nn::EluOp>(value);
  else if (op == "LeakyRelu")
    value = c.create<nn::LeakyReluOp>(
        value, {{"alpha", double(node.getFloatAttr("leakyrelu_alpha", 0.2f))}});
  else if (op == "Sigmoid")
    value = c.create<nn::SigmoidOp>(value);
  else if (op == "Tanh")
    value = c.create<nn::TanhOp>(value);
  else if (op == "GeluExact")
    value = c.create<nn::GeluOp>(value);
  else if (op == "GeluApproximate")
    value = c.create<nn::GeluTanhOp>(value);
  else {
    c.refuse(NativeReason::UnsupportedAttribute,
             "attribute fused_ops must name known steps, got " + op);
    return false;
  }
  return value != nullptr;
}

static Value applyFusedOps(NodeConversion &c, Value value) {
  auto list = c.getNode().getNodeAttr<graph::ListAttr>("fused_ops");
  size_t next = 2;
  if (!list || !value)
    return value;
  for (Attribute element : list.getElements()) {
    auto op = dyn_cast<StringAttr>(element);
    if (!applyFusedOp(c, op ? op.getValue() : StringRef(), value, next))
      return {};
  }
  return value;
}

static void fusedConv2D(NodeConversion &c) {
  c.result(fromChannelsLast(c, applyFusedOps(c, convolve(c))));
}

static void fusedMatMul(NodeConversion &c) {
  c.result(applyFusedOps(c, multiply(c, "transpose_a", "transpose_b")));
}

void graft::addFusedConverters(ConverterRows &rows) {
  rows.append({
      {"_FusedConv2D", fusedConv2D},
      {"_FusedMatMul", fusedMatMul},
  });
}
