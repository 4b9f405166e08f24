//===- Shape.cpp - the same elements under other sizes --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that pass their input on, or only change its shape.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

static void identity(NodeConversion &c) { c.result(c.input(0)); }

static void identities(NodeConversion &c) {
  for (size_t i = 0; i < c.numInputs(); ++i)
    c.result(c.input(i));
}

static void reshape(NodeConversion &c) {
  Value x = c.input(0);
  Value dims = c.input(1);
  SmallVector<int64_t> shape;
  if (!c.constant(1))
    c.result(c.create<nn::ReshapeOp>({x, dims}));
  else if (c.constantInts(1, "the shape", shape))
    c.result(c.reshape(x, shape));
}

static void expandDims(NodeConversion &c) {
  int64_t axis = 0;
  if (c.constantInt(1, "the axis", axis))
    c.result(c.create<nn::ExpandDimsOp>(c.input(0), {{"axes", {axis}}}));
}

static void squeeze(NodeConversion &c) {
  SmallVector<int64_t> axes = c.getNode().getIntListAttr("squeeze_dims");
  Value x = c.input(0);
  // All dimensions of size 1, of which the graph may know more than we.
  auto known = dyn_cast<RankedTensorType>(c.getNode().getInputs()[0].getType());
  if (axes.empty() && x && known && !known.hasStaticShape())
    return c.refuse(NativeReason::UnsupportedShape,
                    "attribute squeeze_dims must be given where a size is not "
                    "known");
  c.result(c.create<nn::SqueezeOp>(x, {{"axes", axes}}));
}

static void broadcastTo(NodeConversion &c) {
  Value x = c.input(0);
  Value dims = c.input(1);
  SmallVector<int64_t> shape;
  if (!c.constant(1))
    c.result(c.create<nn::BroadcastToOp>({x, dims}));
  else if (c.constantInts(1, "the shape", shape))
    c.result(c.create<nn::BroadcastToOp>(x, {{"shape", shape}}));
}

/// At run time TensorFlow checks the shape; here it must be certain.
static void ensureShape(NodeConversion &c) {
  auto want = c.getNode().getNodeAttr<graph::ShapeAttr>("shape");
  Value x = c.input(0);
  if (!x)
    return;
  ArrayRef<int64_t> have = cast<RankedTensorType>(x.getType()).getShape();
  bool certain =
      want && (!want.getHasRank() || want.getDims().size() == have.size());
  if (certain && want.getHasRank())
    for (auto [size, dim] : llvm::zip_equal(have, want.getDims()))
      certain &= dim == -1 || dim == size;
  if (!certain)
    return c.refuse(NativeReason::UnsupportedShape,
                    "attribute shape must hold for every input");
  c.result(x);
}

void graft::addShapeConverters(ConverterRows &rows) {
  rows.append({
      {"BroadcastTo", broadcastTo},
      {"EnsureShape", ensureShape},
      {"ExpandDims", expandDims},
      {"Identity", identity},
      {"IdentityN", identities},
      {"PreventGradient", identity},
      {"Reshape", reshape},
      {"Snapshot", identity},
      {"Squeeze", squeeze},
      {"StopGradient", identity},
  });
}
