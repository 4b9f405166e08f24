//===- Activation.cpp - activation functions ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activations, softmax among them.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"

using namespace mlir;
using namespace graft;

template <typename OpT>
static void plain(NodeConversion &c) {
  c.result(c.create<OpT>(c.input(0)));
}

static void relu6(NodeConversion &c) {
  c.result(c.create<nn::ClipOp>(c.input(0), {{"alpha", 0.0}, {"beta", 6.0}}));
}

static void leakyRelu(NodeConversion &c) {
  double alpha = c.getNode().getFloatAttr("alpha", 0.2f);
  c.result(c.create<nn::LeakyReluOp>(c.input(0), {{"alpha", alpha}}));
}

/// Over the last dimension.
template <typename OpT>
static void softmax(NodeConversion &c) {
  c.result(c.create<OpT>(c.input(0), {{"axis", -1}}));
}

void graft::addActivationConverters(ConverterRows &rows) {
  rows.append({
      {"Elu", plain<nn::EluOp>},
      {"LeakyRelu", leakyRelu},
      {"LogSoftmax", softmax<nn::LogSoftmaxOp>},
      {"Relu", plain<nn::ReluOp>},
      {"Relu6", relu6},
      {"Selu", plain<nn::SeluOp>},
      {"Sigmoid", plain<nn::SigmoidOp>},
      {"Softmax", softmax<nn::SoftmaxOp>},
      {"Softplus", plain<nn::SoftplusOp>},
      {"Softsign", plain<nn::SoftsignOp>},
      {"Tanh", plain<nn::TanhOp>},
  });
}
