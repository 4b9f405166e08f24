//===- MatMul.cpp - products of matrices ----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Transposition and conjugation of real matrices are the same attribute.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"
#include "passes/graph_to_nn/Products.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

Value graft::multiply(NodeConversion &c, StringRef transposeA,
                      StringRef transposeB) {
  Value a = c.input(0);
  Value b = c.input(1);
  if (!a || !b)
    return {};
  graph::NodeOp node = c.getNode();
  Type type = getElementTypeOrSelf(node.getOutputs()[0].getType());
  std::optional<ops::DType> dtype = nn::toDType(type);
  if (!dtype) {
    c.refuse(NativeReason::UnsupportedType,
             "the result of operator " + node.getOp() + " must be numbers");
    return {};
  }
  std::string_view name = ops::name(*dtype);
  return c.createHeavy<nn::MatMulOp>(
      a, b, {},
      {{"transpose_a", node.getBoolAttr(transposeA, false)},
       {"transpose_b", node.getBoolAttr(transposeB, false)},
       {"to", StringRef(name)}});
}

static void matMul(NodeConversion &c) {
  c.result(multiply(c, "transpose_a", "transpose_b"));
}

static void batchMatMul(NodeConversion &c) {
  c.result(multiply(c, "adj_x", "adj_y"));
}

void graft::addMatMulConverters(ConverterRows &rows) {
  rows.append({
      {"BatchMatMul", batchMatMul},
      {"BatchMatMulV2", batchMatMul},
      {"BatchMatMulV3", batchMatMul},
      {"MatMul", matMul},
  });
}
