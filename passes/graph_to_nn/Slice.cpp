//===- Slice.cpp - parts of tensors ---------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Slices by constant positions. TensorFlow's sparse description of a strided
// slice becomes one entry for each dimension; new dimensions come afterwards.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

static void slice(NodeConversion &c) {
  SmallVector<int64_t> begin;
  SmallVector<int64_t> size;
  if (c.constantInts(1, "the begin", begin) &&
      c.constantInts(2, "the size", size))
    c.result(
        c.create<nn::SliceOp>(c.input(0), {{"begin", begin}, {"size", size}}));
}

namespace {

/// One entry for each dimension of the input.
struct DenseSlice {
  SmallVector<int64_t> begin, end, strides;
  int64_t beginMask = 0, endMask = 0, shrinkMask = 0;
  /// Dimensions of the result that are new.
  SmallVector<int64_t> newAxes;

  void addWhole() {
    int64_t bit = int64_t(1) << begin.size();
    begin.push_back(0);
    end.push_back(0);
    strides.push_back(1);
    beginMask |= bit;
    endMask |= bit;
  }
};

} // namespace

static void stridedSlice(NodeConversion &c) {
  Value x = c.input(0);
  SmallVector<int64_t> begin;
  SmallVector<int64_t> end;
  SmallVector<int64_t> strides;
  if (!x || !c.constantInts(1, "the begin", begin) ||
      !c.constantInts(2, "the end", end) ||
      !c.constantInts(3, "the strides", strides))
    return;
  int64_t rank = cast<RankedTensorType>(x.getType()).getRank();
  size_t entries = begin.size();
  // A mask has 32 bits in the file.
  if (end.size() != entries || strides.size() != entries || entries > 32 ||
      rank > 62)
    return c.refuse(NativeReason::InvalidNode,
                    "begin, end and strides must be of one length of at most "
                    "32, got " +
                        Twine(entries) + ", " + Twine(end.size()) + " and " +
                        Twine(strides.size()));
  graph::NodeOp node = c.getNode();
  auto mask = [&](StringRef name, size_t entry) {
    return (node.getIntAttr(name, 0) >> entry & 1) != 0;
  };

  // How many dimensions the ellipsis, or the missing end, stands for.
  int64_t used = 0;
  for (size_t i = 0; i < entries; ++i) {
    used += !mask("ellipsis_mask", i) && !mask("new_axis_mask", i);
  }
  if (used > rank)
    return c.refuse(NativeReason::InvalidNode,
                    "the slice must have at most " + Twine(rank) +
                        " entries, got " + Twine(used));
  DenseSlice dense;
  int64_t resultAxis = 0;
  for (size_t i = 0; i < entries; ++i) {
    if (mask("ellipsis_mask", i)) {
      for (int64_t n = used; n < rank; ++n, ++resultAxis)
        dense.addWhole();
      continue;
    }
    if (mask("new_axis_mask", i)) {
      dense.newAxes.push_back(resultAxis++);
      continue;
    }
    int64_t bit = int64_t(1) << dense.begin.size();
    dense.beginMask |= mask("begin_mask", i) ? bit : 0;
    dense.endMask |= mask("end_mask", i) ? bit : 0;
    if (mask("shrink_axis_mask", i))
      dense.shrinkMask |= bit;
    else
      ++resultAxis;
    dense.begin.push_back(begin[i]);
    dense.end.push_back(end[i]);
    dense.strides.push_back(strides[i]);
  }
  // A position that is dropped is where it says, masked or not: TensorFlow
  // ignores the mask of the end and takes a masked begin as the first.
  for (size_t i = 0; i < dense.begin.size(); ++i)
    if ((dense.shrinkMask >> i & 1) && (dense.beginMask >> i & 1))
      dense.begin[i] = 0;
  Value part =
      c.create<nn::StridedSliceOp>(x, {{"begin", dense.begin},
                                       {"end", dense.end},
                                       {"strides", dense.strides},
                                       {"begin_mask", dense.beginMask},
                                       {"end_mask", dense.endMask},
                                       {"shrink_axis_mask", dense.shrinkMask}});
  if (!dense.newAxes.empty())
    part = c.create<nn::ExpandDimsOp>(part, {{"axes", dense.newAxes}});
  c.result(part);
}

/// Steps backwards through whole dimensions.
static void reverse(NodeConversion &c) {
  Value x = c.input(0);
  SmallVector<int64_t> axes;
  if (!x || !c.constantInts(1, "the axes", axes))
    return;
  int64_t rank = cast<RankedTensorType>(x.getType()).getRank();
  SmallVector<int64_t> zeros(rank, 0);
  SmallVector<int64_t> strides(rank, 1);
  for (int64_t axis : axes) {
    int64_t positive = axis < 0 ? axis + rank : axis;
    if (positive < 0 || positive >= rank)
      return c.refuse(NativeReason::InvalidNode,
                      "the axes must be of " + Twine(rank) +
                          " dimensions, got " + Twine(axis));
    strides[positive] = -1;
  }
  int64_t whole = (int64_t(1) << std::min<int64_t>(rank, 62)) - 1;
  c.result(c.create<nn::StridedSliceOp>(x, {{"begin", zeros},
                                            {"end", zeros},
                                            {"strides", strides},
                                            {"begin_mask", whole},
                                            {"end_mask", whole}}));
}

void graft::addSliceConverters(ConverterRows &rows) {
  rows.append({
      {"ReverseV2", reverse},
      {"Slice", slice},
      {"StridedSlice", stridedSlice},
  });
}
