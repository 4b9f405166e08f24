//===- Source.cpp - tensors from attributes and sizes ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants, which are handed on as they are; fills, ranges and shapes.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"

#include "dialects/nn/Describe.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

static void constant(NodeConversion &c) {
  ElementsAttr value = c.getNode().getConstantValue();
  if (!value || !nn::toTensorType(value.getType()) ||
      !isa<DenseElementsAttr, DenseResourceElementsAttr>(value))
    return c.refuse(NativeReason::UnsupportedType,
                    "a constant must hold numbers or truth values");
  c.result(c.constantOf(value));
}

static void fill(NodeConversion &c) {
  Value dims = c.input(0);
  Value value = c.input(1);
  SmallVector<int64_t> shape;
  if (!c.constant(0))
    c.result(c.create<nn::FillOp>({value, dims}));
  else if (c.constantInts(0, "the shape", shape))
    c.result(c.create<nn::FillOp>(value, {{"shape", shape}}));
}

/// The sizes of `x`: a constant where they are all known.
static Value shapeOf(NodeConversion &c, Value x, Type elementType) {
  if (!x)
    return {};
  auto type = cast<RankedTensorType>(x.getType());
  if (!elementType.isSignlessInteger(32) &&
      !elementType.isSignlessInteger(64)) {
    c.refuse(NativeReason::UnsupportedType,
             "attribute out_type must be int32 or int64");
    return {};
  }
  if (type.hasStaticShape())
    return c.intVector(type.getShape(), elementType);
  return c.create<nn::ShapeOfOp>(
      x, {{"to", elementType.isSignlessInteger(32) ? "i32" : "i64"}});
}

static Type outType(NodeConversion &c) {
  Type type = c.getNode().getTypeAttr("out_type");
  return type ? type : c.getBuilder().getI32Type();
}

template <int value>
static void fillLike(NodeConversion &c) {
  Value x = c.input(0);
  if (!x)
    return;
  auto type = cast<RankedTensorType>(x.getType());
  Value element = c.scalar(type.getElementType(), value);
  if (type.hasStaticShape())
    return c.result(
        c.create<nn::FillOp>(element, {{"shape", type.getShape()}}));
  Value dims = shapeOf(c, x, c.getBuilder().getI64Type());
  c.result(c.create<nn::FillOp>({element, dims}));
}

static void shape(NodeConversion &c) {
  c.result(shapeOf(c, c.input(0), outType(c)));
}

static void shapes(NodeConversion &c) {
  for (size_t i = 0; i < c.numInputs(); ++i)
    c.result(shapeOf(c, c.input(i), outType(c)));
}

static void size(NodeConversion &c) {
  Value sizes = shapeOf(c, c.input(0), outType(c));
  c.result(c.create<nn::ReduceOp>(sizes, {{"kind", "prod"}, {"axes", {0}}}));
}

static void rank(NodeConversion &c) {
  Value x = c.input(0);
  if (x)
    c.result(c.scalar(c.getBuilder().getI32Type(),
                      cast<RankedTensorType>(x.getType()).getRank()));
}

static void range(NodeConversion &c) {
  c.result(c.create<nn::RangeOp>(c.inputRange(0, 3)));
}

void graft::addSourceConverters(ConverterRows &rows) {
  rows.append({
      {"Const", constant},
      {"Fill", fill},
      {"OnesLike", fillLike<1>},
      {"Range", range},
      {"Rank", rank},
      {"Shape", shape},
      {"ShapeN", shapes},
      {"Size", size},
      {"ZerosLike", fillLike<0>},
      {"ones_like", fillLike<1>},
      {"zeros_like", fillLike<0>},
  });
}
