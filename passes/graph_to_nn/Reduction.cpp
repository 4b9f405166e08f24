//===- Reduction.cpp - many elements become one ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions along constant axes, positions of extremes, running sums.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

static Value reduce(NodeConversion &c, Value x, StringRef kind) {
  SmallVector<int64_t> axes;
  if (!c.constantInts(1, "the axes", axes))
    return {};
  return c.create<nn::ReduceOp>(
      x, {{"kind", kind},
          {"axes", axes},
          {"keep_dims", c.getNode().getBoolAttr("keep_dims", false)}});
}

static void sum(NodeConversion &c) { c.result(reduce(c, c.input(0), "sum")); }
static void mean(NodeConversion &c) { c.result(reduce(c, c.input(0), "mean")); }
static void max(NodeConversion &c) { c.result(reduce(c, c.input(0), "max")); }
static void min(NodeConversion &c) { c.result(reduce(c, c.input(0), "min")); }
static void prod(NodeConversion &c) { c.result(reduce(c, c.input(0), "prod")); }
static void all(NodeConversion &c) { c.result(reduce(c, c.input(0), "all")); }
static void any(NodeConversion &c) { c.result(reduce(c, c.input(0), "any")); }

static void euclideanNorm(NodeConversion &c) {
  Value squares = c.create<nn::SquareOp>(c.input(0));
  c.result(c.create<nn::SqrtOp>(reduce(c, squares, "sum")));
}

/// The element type that attribute `name` gives to positions, by its nn name.
static bool indexType(NodeConversion &c, StringRef name, StringRef fallback,
                      StringRef &text) {
  text = fallback;
  Type type = c.getNode().getTypeAttr(name);
  if (!type)
    return true;
  if (!type.isSignlessInteger(32) && !type.isSignlessInteger(64)) {
    c.refuse(NativeReason::UnsupportedType,
             "attribute " + name + " must be int32 or int64");
    return false;
  }
  text = type.isSignlessInteger(32) ? "i32" : "i64";
  return true;
}

template <typename OpT>
static void position(NodeConversion &c) {
  int64_t axis = 0;
  StringRef to;
  if (c.constantInt(1, "the dimension", axis) &&
      indexType(c, "output_type", "i64", to))
    c.result(c.create<OpT>(c.input(0), {{"axis", axis}, {"to", to}}));
}

template <typename OpT>
static void cumulative(NodeConversion &c) {
  int64_t axis = 0;
  if (!c.constantInt(1, "the axis", axis))
    return;
  graph::NodeOp node = c.getNode();
  c.result(c.create<OpT>(c.input(0),
                         {{"axis", axis},
                          {"exclusive", node.getBoolAttr("exclusive", false)},
                          {"reverse", node.getBoolAttr("reverse", false)}}));
}

static void topK(NodeConversion &c, int64_t k) {
  StringRef to;
  if (!c.input(0) || !indexType(c, "index_type", "i32", to))
    return;
  Operation *op = c.createOp(nn::TopKOp::getOperationName(), c.input(0),
                             {{"k", k}, {"to", to}});
  if (!op)
    return;
  c.result(op->getResult(0));
  c.result(op->getResult(1));
}

static void topKByAttribute(NodeConversion &c) {
  topK(c, c.getNode().getIntAttr("k", 0));
}

static void topKByInput(NodeConversion &c) {
  int64_t k = 0;
  if (c.constantInt(1, "k", k))
    topK(c, k);
}

void graft::addReductionConverters(ConverterRows &rows) {
  rows.append({
      {"All", all},
      {"Any", any},
      {"ArgMax", position<nn::ArgMaxOp>},
      {"ArgMin", position<nn::ArgMinOp>},
      {"Cumprod", cumulative<nn::CumProdOp>},
      {"Cumsum", cumulative<nn::CumSumOp>},
      {"EuclideanNorm", euclideanNorm},
      {"Max", max},
      {"Mean", mean},
      {"Min", min},
      {"Prod", prod},
      {"Sum", sum},
      {"TopK", topKByAttribute},
      {"TopKV2", topKByInput},
  });
}
