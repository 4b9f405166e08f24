//===- Slicing.cpp - parts of a tensor ------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Both kinds of slice become a start, a step and a count for each dimension.
// `slice` has attributes begin and size, where a size of -1 goes to the end.
// `strided_slice` follows Python: begin, end and strides for the leading
// dimensions, negative positions from the end, and bit masks begin_mask and
// end_mask (the bound is absent) and shrink_axis_mask (one position, and the
// dimension goes). New axes and ellipses have been expanded before.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Slicing.h"

#include "runtime/ops/Families.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Validation.h"

#include <algorithm>
#include <limits>

using namespace graft;
using namespace graft::ops;

namespace {

Status sliceRanges(const OpDesc &op, const Shape &shape,
                   std::vector<Range> &ranges) {
  std::vector<int64_t> begin;
  std::vector<int64_t> size;
  GRAFT_RETURN_IF_ERROR(readInts(op, "begin", shape.size(), 0, 0, begin));
  GRAFT_RETURN_IF_ERROR(readInts(op, "size", shape.size(), -1, -1, size));
  for (size_t d = 0; d < shape.size(); ++d) {
    int64_t end = 0;
    bool fits = shape[d] == kDynamic || begin[d] <= shape[d];
    if (fits && size[d] >= 0)
      fits = !__builtin_add_overflow(begin[d], size[d], &end) &&
             (shape[d] == kDynamic || end <= shape[d]);
    if (!fits)
      return broken("the slice must lie inside of dimension " +
                        std::to_string(d) + " of " + toString(shape),
                    "begin " + list(begin) + " and size " + list(size));
    int64_t count = size[d];
    if (count < 0)
      count = shape[d] == kDynamic ? kDynamic : shape[d] - begin[d];
    ranges.push_back({begin[d], 1, count, false});
  }
  return Status();
}

/// One dimension of a strided slice, by Python's rules.
Status stridedRange(int64_t size, int64_t begin, int64_t end, int64_t stride,
                    bool noBegin, bool noEnd, Range &range) {
  if (size == kDynamic) {
    // Checks only the rules that do not depend on the size.
    range = {0, stride, kDynamic, false};
    if (stride > 0 && (noBegin || begin >= 0) && !noEnd && begin == end)
      range.count = 0;
    return Status();
  }
  int64_t lowest = stride > 0 ? 0 : -1;
  int64_t highest = stride > 0 ? size : size - 1;
  auto place = [&](int64_t at) {
    return std::clamp(at < 0 ? at + size : at, lowest, highest);
  };
  int64_t first = noBegin ? (stride > 0 ? lowest : highest) : place(begin);
  int64_t last = noEnd ? (stride > 0 ? highest : lowest) : place(end);
  int64_t distance = stride > 0 ? last - first : first - last;
  // The magnitude of the least integer does not fit the type.
  uint64_t step = stride > 0 ? static_cast<uint64_t>(stride)
                             : 0 - static_cast<uint64_t>(stride);
  int64_t count =
      distance <= 0
          ? 0
          : static_cast<int64_t>((static_cast<uint64_t>(distance) - 1) / step) +
                1;
  range = {first, count > 1 ? stride : 1, count, false};
  return Status();
}

Status stridedRanges(const OpDesc &op, const Shape &shape,
                     std::vector<Range> &ranges) {
  std::vector<int64_t> begin;
  std::vector<int64_t> end;
  std::vector<int64_t> strides;
  GRAFT_RETURN_IF_ERROR(readInts(op, "begin", begin));
  GRAFT_RETURN_IF_ERROR(readInts(op, "end", end));
  strides.assign(begin.size(), 1);
  if (op.attributes.find("strides"))
    GRAFT_RETURN_IF_ERROR(readInts(op, "strides", strides));
  if (begin.size() != end.size() || begin.size() != strides.size() ||
      begin.size() > shape.size())
    return broken("begin, end and strides must be of one length, at most " +
                      std::to_string(shape.size()),
                  list(begin) + ", " + list(end) + " and " + list(strides));
  auto mask = [&](std::string_view name, size_t d) {
    return d < 63 && (op.attributes.getInt(name) >> d & 1) != 0;
  };
  for (size_t d = 0; d < shape.size(); ++d) {
    if (d >= begin.size()) {
      ranges.push_back({0, 1, shape[d], false});
      continue;
    }
    if (strides[d] == 0)
      return broken("strides must not be 0", list(strides));
    Range range;
    if (mask("shrink_axis_mask", d)) {
      int64_t at = begin[d];
      if (shape[d] != kDynamic) {
        at = at < 0 ? at + shape[d] : at;
        if (at < 0 || at >= shape[d])
          return broken("position " + std::to_string(d) +
                            " must lie inside of " + toString(shape),
                        std::to_string(begin[d]));
      }
      ranges.push_back({at, 1, 1, true});
      continue;
    }
    GRAFT_RETURN_IF_ERROR(stridedRange(shape[d], begin[d], end[d], strides[d],
                                       mask("begin_mask", d),
                                       mask("end_mask", d), range));
    ranges.push_back(range);
  }
  return Status();
}

Status inferSlice(const OpDesc &op, const ShapeInputs &inputs,
                  TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  const TensorType &type = inputs[0].type;
  std::vector<Range> ranges;
  GRAFT_RETURN_IF_ERROR(slicedRanges(op, type.shape, ranges));
  Shape shape;
  for (const Range &range : ranges)
    if (!range.dropped)
      shape.push_back(range.count);
  return one(results, type.dtype, std::move(shape));
}

Status evaluateSlice(const OpDesc &op, const Views &inputs,
                     const Views &results) {
  std::vector<Range> ranges;
  GRAFT_RETURN_IF_ERROR(slicedRanges(op, inputs[0].type.shape, ranges));
  std::vector<int64_t> dense = denseStrides(inputs[0].type.shape);
  int64_t count = 0;
  (void)countElements(results[0].type.shape, count);
  if (count == 0)
    return Status();
  Shape shape;
  std::vector<int64_t> strides;
  int64_t base = 0;
  for (size_t d = 0; d < ranges.size(); ++d) {
    base += ranges[d].start * dense[d];
    shape.push_back(ranges[d].count);
    strides.push_back(ranges[d].step * dense[d]);
  }
  int64_t i = 0;
  forEachOffset<1>(shape, {strides}, [&](const std::array<int64_t, 1> &at) {
    copyElements(results[0].data, i++, inputs[0].data, base + at[0], 1,
                 sizeOf(results[0].type.dtype));
  });
  return Status();
}

} // namespace

Status graft::ops::slicedRanges(const OpDesc &op, const Shape &shape,
                                std::vector<Range> &ranges) {
  ranges.clear();
  return op.kind == "slice" ? sliceRanges(op, shape, ranges)
                            : stridedRanges(op, shape, ranges);
}

void graft::ops::addSlicingRows(Rows &rows) {
  rows.push_back({"slice", inferSlice, evaluateSlice});
  rows.push_back({"strided_slice", inferSlice, evaluateSlice});
}
