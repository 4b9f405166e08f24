//===- Assembly.cpp - tensors put together and taken apart ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Transposition, concatenation, splitting, padding and repetition.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

static void transpose(NodeConversion &c) {
  SmallVector<int64_t> perm;
  Value x = c.input(0);
  if (!x || !c.constantInts(1, "the permutation", perm))
    return;
  int64_t rank = cast<RankedTensorType>(x.getType()).getRank();
  for (int64_t &axis : perm)
    axis = axis < 0 ? axis + rank : axis;
  c.result(c.transpose(x, perm));
}

static void concatValues(NodeConversion &c, size_t axisInput, size_t first,
                         size_t last) {
  int64_t axis = 0;
  if (c.constantInt(axisInput, "the axis", axis))
    c.result(
        c.create<nn::ConcatOp>(c.inputRange(first, last), {{"axis", axis}}));
}

static void concat(NodeConversion &c) { concatValues(c, 0, 1, c.numInputs()); }

static void concatV2(NodeConversion &c) {
  size_t last = c.numInputs() ? c.numInputs() - 1 : 0;
  concatValues(c, last, 0, last);
}

static void pack(NodeConversion &c) {
  int64_t axis = c.getNode().getIntAttr("axis", 0);
  c.result(
      c.create<nn::PackOp>(c.inputRange(0, c.numInputs()), {{"axis", axis}}));
}

/// `axis` of a tensor, counted from the front; refuses one that is outside.
static bool normalizeAxis(NodeConversion &c, Value value, int64_t &axis) {
  if (!value)
    return false;
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  if (axis < -rank || axis >= rank) {
    c.refuse(NativeReason::InvalidNode, "the axis must be one of " +
                                            Twine(rank) + " dimensions, got " +
                                            Twine(axis));
    return false;
  }
  axis = axis < 0 ? axis + rank : axis;
  return true;
}

/// The part [from, from + size) of `axis`; a size of 0 drops the dimension and
/// takes one position.
static Value take(NodeConversion &c, Value x, int64_t axis, int64_t from,
                  int64_t size) {
  SmallVector<int64_t> begin(axis + 1, 0);
  SmallVector<int64_t> end(axis + 1, 0);
  SmallVector<int64_t> strides(axis + 1, 1);
  begin[axis] = from;
  end[axis] = from + std::max<int64_t>(size, 1);
  // The dimensions before are taken whole.
  int64_t whole = (int64_t(1) << axis) - 1;
  return c.create<nn::StridedSliceOp>(
      x, {{"begin", begin},
          {"end", end},
          {"strides", strides},
          {"begin_mask", whole},
          {"end_mask", whole},
          {"shrink_axis_mask", size == 0 ? int64_t(1) << axis : int64_t(0)}});
}

static Value takeRange(NodeConversion &c, Value x, int64_t axis, int64_t from,
                       int64_t size) {
  if (size > 0)
    return take(c, x, axis, from, size);
  // Nothing, but of the right rank.
  int64_t rank = cast<RankedTensorType>(x.getType()).getRank();
  SmallVector<int64_t> begin(rank, 0);
  SmallVector<int64_t> sizes(rank, -1);
  begin[axis] = from;
  sizes[axis] = 0;
  return c.create<nn::SliceOp>(x, {{"begin", begin}, {"size", sizes}});
}

static void unpack(NodeConversion &c) {
  Value x = c.input(0);
  int64_t axis = c.getNode().getIntAttr("axis", 0);
  if (!normalizeAxis(c, x, axis))
    return;
  int64_t size = cast<RankedTensorType>(x.getType()).getDimSize(axis);
  auto count = static_cast<int64_t>(c.getNode().getOutputs().size());
  if (ShapedType::isDynamic(size) || size != count)
    return c.refuse(NativeReason::UnsupportedShape,
                    "the dimension must be known to have " + Twine(count) +
                        " positions");
  for (int64_t i = 0; i < count; ++i)
    c.result(take(c, x, axis, i, 0));
}

static void splitInto(NodeConversion &c, Value x, int64_t axis,
                      ArrayRef<int64_t> sizes) {
  int64_t from = 0;
  for (int64_t size : sizes) {
    c.result(takeRange(c, x, axis, from, size));
    from += size;
  }
}

static void split(NodeConversion &c) {
  Value x = c.input(1);
  int64_t axis = 0;
  if (!c.constantInt(0, "the axis", axis) || !normalizeAxis(c, x, axis))
    return;
  int64_t size = cast<RankedTensorType>(x.getType()).getDimSize(axis);
  auto count = static_cast<int64_t>(c.getNode().getOutputs().size());
  if (ShapedType::isDynamic(size) || count == 0 || size % count != 0)
    return c.refuse(NativeReason::UnsupportedShape,
                    "the dimension must have a known size that is a multiple "
                    "of " +
                        Twine(count));
  splitInto(c, x, axis, SmallVector<int64_t>(count, size / count));
}

static void splitV(NodeConversion &c) {
  Value x = c.input(0);
  SmallVector<int64_t> sizes;
  int64_t axis = 0;
  if (!c.constantInts(1, "the sizes", sizes) ||
      !c.constantInt(2, "the axis", axis) || !normalizeAxis(c, x, axis))
    return;
  int64_t total = cast<RankedTensorType>(x.getType()).getDimSize(axis);
  int64_t known = 0;
  int64_t *rest = nullptr;
  bool valid = true;
  for (int64_t &size : sizes) {
    if (size == -1 && !rest)
      rest = &size;
    else
      valid &= size >= 0 && !__builtin_add_overflow(known, size, &known);
  }
  if (rest && ShapedType::isDynamic(total))
    return c.refuse(NativeReason::UnsupportedShape,
                    "the dimension must have a known size where a part has "
                    "size -1");
  if (rest)
    *rest = total - known;
  else
    valid &= ShapedType::isDynamic(total) || total == known;
  if (!valid || (rest && *rest < 0))
    return c.refuse(NativeReason::InvalidNode,
                    "the sizes must add up to the dimension's");
  splitInto(c, x, axis, sizes);
}

/// Takes the pairs (before, after) of a constant [n, 2] apart.
static bool readPaddings(NodeConversion &c, SmallVector<int64_t> &low,
                         SmallVector<int64_t> &high) {
  SmallVector<int64_t> pairs;
  if (!c.constantInts(1, "the paddings", pairs))
    return false;
  if (pairs.size() % 2) {
    c.refuse(NativeReason::InvalidNode, "the paddings must be pairs");
    return false;
  }
  for (size_t i = 0; i < pairs.size(); i += 2) {
    low.push_back(pairs[i]);
    high.push_back(pairs[i + 1]);
  }
  return true;
}

static void padWith(NodeConversion &c, double value) {
  SmallVector<int64_t> low;
  SmallVector<int64_t> high;
  if (readPaddings(c, low, high))
    c.result(c.create<nn::PadOp>(
        c.input(0), {{"low", low}, {"high", high}, {"value", value}}));
}

static void pad(NodeConversion &c) { padWith(c, 0.0); }

static void padV2(NodeConversion &c) {
  double value = 0.0;
  if (c.constantNumber(2, "the padding's value", value))
    padWith(c, value);
}

static void mirrorPad(NodeConversion &c) {
  StringRef mode = c.getNode().getStringAttr("mode");
  SmallVector<int64_t> low;
  SmallVector<int64_t> high;
  if (mode != "REFLECT" && mode != "SYMMETRIC")
    return c.refuse(NativeReason::InvalidNode,
                    "attribute mode must be REFLECT or SYMMETRIC, got " + mode);
  if (readPaddings(c, low, high))
    c.result(c.create<nn::PadOp>(
        c.input(0), {{"low", low},
                     {"high", high},
                     {"mode", mode == "REFLECT" ? "reflect" : "symmetric"}}));
}

static void tile(NodeConversion &c) {
  SmallVector<int64_t> multiples;
  if (c.constantInts(1, "the multiples", multiples))
    c.result(c.create<nn::TileOp>(c.input(0), {{"multiples", multiples}}));
}

void graft::addAssemblyConverters(ConverterRows &rows) {
  rows.append({
      {"Concat", concat},
      {"ConcatV2", concatV2},
      {"MirrorPad", mirrorPad},
      {"Pack", pack},
      {"Pad", pad},
      {"PadV2", padV2},
      {"Split", split},
      {"SplitV", splitV},
      {"Tile", tile},
      {"Transpose", transpose},
      {"Unpack", unpack},
  });
}
