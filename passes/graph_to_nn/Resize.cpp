//===- Resize.cpp - images of another size --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bilinear interpolation gives f32 for every type of image.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"

using namespace mlir;
using namespace graft;

template <typename OpT>
static Value resize(NodeConversion &c, Value x) {
  graph::NodeOp node = c.getNode();
  bool align = node.getBoolAttr("align_corners", false);
  bool half = node.getBoolAttr("half_pixel_centers", false);
  SmallVector<int64_t> size;
  if (!c.constant(1))
    return c.create<OpT>({x, c.input(1)}, {{"align_corners", align},
                                           {"half_pixel_centers", half}});
  if (!c.constantInts(1, "the size", size))
    return {};
  return c.create<OpT>(
      x,
      {{"size", size}, {"align_corners", align}, {"half_pixel_centers", half}});
}

static void bilinear(NodeConversion &c) {
  Value x = c.cast(c.input(0), c.getBuilder().getF32Type());
  c.result(resize<nn::ResizeBilinearOp>(c, x));
}

static void nearest(NodeConversion &c) {
  c.result(resize<nn::ResizeNearestOp>(c, c.input(0)));
}

void graft::addResizeConverters(ConverterRows &rows) {
  rows.append({
      {"ResizeBilinear", bilinear},
      {"ResizeNearestNeighbor", nearest},
  });
}
