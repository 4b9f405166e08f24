//===- Pooling.cpp - pooling ----------------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Windows over height and width; those over batch or channels are refused.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"
#include "passes/graph_to_nn/DataFormat.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

template <typename OpT>
static void pool(NodeConversion &c, ArrayRef<int64_t> size,
                 ArrayRef<int64_t> strides) {
  Value x = toChannelsLast(c, c.input(0));
  Window window;
  if (!x || !takeSpatial(c, size, "ksize", window.size) ||
      !takeSpatial(c, strides, "strides", window.strides))
    return;
  auto type = cast<RankedTensorType>(x.getType());
  if (type.getRank() != 4)
    return c.refuse(NativeReason::InvalidNode,
                    "operator " + c.getNode().getOp() +
                        " must get a tensor of rank 4, got rank " +
                        Twine(type.getRank()));
  if (!readPads(c, type.getDimSize(1), type.getDimSize(2), window))
    return;
  c.result(fromChannelsLast(c, c.create<OpT>(x, {{"window", window.size},
                                                 {"strides", window.strides},
                                                 {"pads", window.pads}})));
}

template <typename OpT>
static void poolByAttributes(NodeConversion &c) {
  pool<OpT>(c, c.getNode().getIntListAttr("ksize"),
            c.getNode().getIntListAttr("strides"));
}

static void maxPoolV2(NodeConversion &c) {
  SmallVector<int64_t> size;
  SmallVector<int64_t> strides;
  if (c.constantInts(1, "ksize", size) && c.constantInts(2, "strides", strides))
    pool<nn::MaxPool2DOp>(c, size, strides);
}

void graft::addPoolingConverters(ConverterRows &rows) {
  rows.append({
      {"AvgPool", poolByAttributes<nn::AvgPool2DOp>},
      {"MaxPool", poolByAttributes<nn::MaxPool2DOp>},
      {"MaxPoolV2", maxPoolV2},
  });
}
