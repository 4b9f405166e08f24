//===- Gather.cpp - slices at positions -----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gathering along an axis, at points, and its inverse for one position.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"

#include "dialects/nn/Describe.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

static void gather(NodeConversion &c) {
  c.result(c.create<nn::GatherOp>({c.input(0), c.input(1)}, {{"axis", 0}}));
}

static void gatherV2(NodeConversion &c) {
  int64_t axis = 0;
  if (!c.constantInt(2, "the axis", axis))
    return;
  int64_t batch = c.getNode().getIntAttr("batch_dims", 0);
  Value indices = c.input(1);
  if (batch < 0 && indices)
    batch += cast<RankedTensorType>(indices.getType()).getRank();
  c.result(c.create<nn::GatherOp>({c.input(0), indices},
                                  {{"axis", axis}, {"batch_dims", batch}}));
}

static void gatherNd(NodeConversion &c) {
  c.result(c.create<nn::GatherNdOp>({c.input(0), c.input(1)}));
}

static void oneHot(NodeConversion &c) {
  int64_t depth = 0;
  double on = 0;
  double off = 0;
  if (!c.constantInt(1, "the depth", depth) ||
      !c.constantNumber(2, "the value on", on) ||
      !c.constantNumber(3, "the value off", off))
    return;
  Type type = cast<RankedTensorType>(c.input(2).getType()).getElementType();
  std::string_view name = ops::name(*nn::toDType(type));
  c.result(c.create<nn::OneHotOp>(c.input(0),
                                  {{"depth", depth},
                                   {"axis", c.getNode().getIntAttr("axis", -1)},
                                   {"on_value", on},
                                   {"off_value", off},
                                   {"to", StringRef(name)}}));
}

/// Reorders four (or, without batch and channels, two) entries from one layout
/// to another.
static void dataFormatVecPermute(NodeConversion &c) {
  Value x = c.input(0);
  if (!x)
    return;
  graph::NodeOp node = c.getNode();
  StringRef from = node.getStringAttr("src_format");
  StringRef to = node.getStringAttr("dst_format");
  from = from.empty() ? "NHWC" : from;
  to = to.empty() ? "NCHW" : to;
  auto type = cast<RankedTensorType>(x.getType());
  int64_t size = type.getRank() ? type.getDimSize(0) : 0;
  SmallVector<int64_t> positions;
  std::string source, target;
  for (char axis : from)
    if (size != 2 || axis == 'H' || axis == 'W')
      source += axis;
  for (char axis : to)
    if (size != 2 || axis == 'H' || axis == 'W')
      target += axis;
  for (char axis : target)
    if (size_t at = source.find(axis); at != std::string::npos)
      positions.push_back(at);
  if (size != static_cast<int64_t>(positions.size()) ||
      source.size() != target.size())
    return c.refuse(NativeReason::UnsupportedShape,
                    "operator DataFormatVecPermute must get one entry for each "
                    "of the layout's dimensions");
  Value indices = c.intVector(positions, c.getBuilder().getI32Type());
  c.result(c.create<nn::GatherOp>({x, indices}, {{"axis", 0}}));
}

void graft::addGatherConverters(ConverterRows &rows) {
  rows.append({
      {"DataFormatVecPermute", dataFormatVecPermute},
      {"Gather", gather},
      {"GatherNd", gatherNd},
      {"GatherV2", gatherV2},
      {"OneHot", oneHot},
  });
}
