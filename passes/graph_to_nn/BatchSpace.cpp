//===- BatchSpace.cpp - between batch, space and depth --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Blocks of pixels that become batches or channels, and back.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"
#include "passes/graph_to_nn/DataFormat.h"

using namespace mlir;
using namespace graft;

template <typename OpT>
static void depthSpace(NodeConversion &c) {
  Value x = toChannelsLast(c, c.input(0));
  int64_t block = c.getNode().getIntAttr("block_size", 0);
  c.result(fromChannelsLast(c, c.create<OpT>(x, {{"block_size", block}})));
}

static void spaceToBatchNd(NodeConversion &c) {
  SmallVector<int64_t> block;
  SmallVector<int64_t> pads;
  if (c.constantInts(1, "the block's shape", block) &&
      c.constantInts(2, "the paddings", pads))
    c.result(c.create<nn::SpaceToBatchOp>(
        c.input(0), {{"block_shape", block}, {"pads", pads}}));
}

static void batchToSpaceNd(NodeConversion &c) {
  SmallVector<int64_t> block;
  SmallVector<int64_t> crops;
  if (c.constantInts(1, "the block's shape", block) &&
      c.constantInts(2, "the crops", crops))
    c.result(c.create<nn::BatchToSpaceOp>(
        c.input(0), {{"block_shape", block}, {"crops", crops}}));
}

/// The older forms have a square block over height and width.
static void spaceToBatch(NodeConversion &c) {
  int64_t block = c.getNode().getIntAttr("block_size", 0);
  SmallVector<int64_t> pads;
  if (c.constantInts(1, "the paddings", pads))
    c.result(c.create<nn::SpaceToBatchOp>(
        c.input(0), {{"block_shape", {block, block}}, {"pads", pads}}));
}

static void batchToSpace(NodeConversion &c) {
  int64_t block = c.getNode().getIntAttr("block_size", 0);
  SmallVector<int64_t> crops;
  if (c.constantInts(1, "the crops", crops))
    c.result(c.create<nn::BatchToSpaceOp>(
        c.input(0), {{"block_shape", {block, block}}, {"crops", crops}}));
}

void graft::addBatchSpaceConverters(ConverterRows &rows) {
  rows.append({
      {"BatchToSpace", batchToSpace},
      {"BatchToSpaceND", batchToSpaceNd},
      {"DepthToSpace", depthSpace<nn::DepthToSpaceOp>},
      {"SpaceToBatch", spaceToBatch},
      {"SpaceToBatchND", spaceToBatchNd},
      {"SpaceToDepth", depthSpace<nn::SpaceToDepthOp>},
  });
}
