//===- BatchSpace.cpp - blocks of pixels to channels or images ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rearrangements of NHWC images in blocks: space_to_depth and depth_to_space
// with attribute `block_size`, space_to_batch with `block_shape` and `pads`,
// batch_to_space with `block_shape` and `crops`, two numbers a dimension.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Families.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Validation.h"

#include <cstring>
#include <limits>

using namespace graft;
using namespace graft::ops;

namespace {

/// `size` * `factor`; kDynamic stays.
Status multiplySize(int64_t &size, int64_t factor) {
  if (size != kDynamic && __builtin_mul_overflow(size, factor, &size))
    return broken("the result must fit into memory", std::to_string(factor));
  return Status();
}

Status divideSize(int64_t &size, int64_t divisor) {
  if (size == kDynamic)
    return Status();
  if (size % divisor != 0)
    return broken("a size must be a multiple of the block's " +
                      std::to_string(divisor),
                  std::to_string(size));
  size /= divisor;
  return Status();
}

Status squareOf(int64_t block, int64_t &square) {
  if (__builtin_mul_overflow(block, block, &square))
    return broken("the block must fit into memory", std::to_string(block));
  return Status();
}

Status inferDepthSpace(const OpDesc &op, const ShapeInputs &inputs,
                       TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 0, 4, 4));
  int64_t block = 0;
  int64_t square = 0;
  GRAFT_RETURN_IF_ERROR(readInt(op, "block_size", 1, 0, block));
  GRAFT_RETURN_IF_ERROR(squareOf(block, square));
  Shape shape = inputs[0].type.shape;
  if (op.kind == "space_to_depth") {
    GRAFT_RETURN_IF_ERROR(divideSize(shape[1], block));
    GRAFT_RETURN_IF_ERROR(divideSize(shape[2], block));
    GRAFT_RETURN_IF_ERROR(multiplySize(shape[3], square));
  } else {
    GRAFT_RETURN_IF_ERROR(multiplySize(shape[1], block));
    GRAFT_RETURN_IF_ERROR(multiplySize(shape[2], block));
    GRAFT_RETURN_IF_ERROR(divideSize(shape[3], square));
  }
  return one(results, inputs[0].type.dtype, std::move(shape));
}

Status evaluateDepthSpace(const OpDesc &op, const Views &inputs,
                          const Views &results) {
  bool toDepth = op.kind == "space_to_depth";
  int64_t block = op.attributes.getInt("block_size");
  // Positions are those of the spread-out image, whichever side it is.
  const TensorView &image = toDepth ? inputs[0] : results[0];
  const TensorView &stack = toDepth ? results[0] : inputs[0];
  const Shape &shape = image.type.shape;
  std::vector<int64_t> strides = denseStrides(stack.type.shape);
  forEachPosition(shape, [&](const std::vector<int64_t> &at, int64_t linear) {
    int64_t channel =
        (at[1] % block * block + at[2] % block) * shape[3] + at[3];
    int64_t other = at[0] * strides[0] + at[1] / block * strides[1] +
                    at[2] / block * strides[2] + channel;
    copyElements(results[0].data, toDepth ? other : linear, inputs[0].data,
                 toDepth ? linear : other, 1, sizeOf(image.type.dtype));
  });
  return Status();
}

struct Blocks {
  std::vector<int64_t> shape;
  std::vector<int64_t> edges; ///< before and after, per dimension
  int64_t area = 1;

  Status read(const OpDesc &op, const ShapeInputs &inputs) {
    GRAFT_RETURN_IF_ERROR(readInts(op, "block_shape", shape));
    size_t count = shape.size();
    GRAFT_RETURN_IF_ERROR(
        readInts(op, op.kind == "space_to_batch" ? "pads" : "crops", 2 * count,
                 0, 0, edges));
    GRAFT_RETURN_IF_ERROR(
        expectRank(inputs, 0, count + 1, std::numeric_limits<size_t>::max()));
    for (int64_t size : shape)
      if (size < 1 || __builtin_mul_overflow(area, size, &area))
        return broken("block_shape must be positive sizes", list(shape));
    return Status();
  }
};

Status inferBatchSpace(const OpDesc &op, const ShapeInputs &inputs,
                       TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  Blocks blocks;
  GRAFT_RETURN_IF_ERROR(blocks.read(op, inputs));
  Shape shape = inputs[0].type.shape;
  bool toBatch = op.kind == "space_to_batch";
  GRAFT_RETURN_IF_ERROR(toBatch ? multiplySize(shape[0], blocks.area)
                                : divideSize(shape[0], blocks.area));
  for (size_t i = 0; i < blocks.shape.size(); ++i) {
    int64_t &size = shape[1 + i];
    if (!toBatch)
      GRAFT_RETURN_IF_ERROR(multiplySize(size, blocks.shape[i]));
    int64_t before = blocks.edges[2 * i];
    int64_t after = blocks.edges[2 * i + 1];
    bool bad = false;
    if (size != kDynamic && toBatch)
      bad = __builtin_add_overflow(size, before, &size) ||
            __builtin_add_overflow(size, after, &size);
    else if (size != kDynamic)
      bad = __builtin_sub_overflow(size, before, &size) ||
            __builtin_sub_overflow(size, after, &size) || size < 0;
    if (bad)
      return broken("the edges must fit the image", list(blocks.edges));
    if (toBatch)
      GRAFT_RETURN_IF_ERROR(divideSize(size, blocks.shape[i]));
  }
  return one(results, inputs[0].type.dtype, std::move(shape));
}

Status evaluateBatchSpace(const OpDesc &op, const Views &inputs,
                          const Views &results) {
  Blocks blocks;
  GRAFT_RETURN_IF_ERROR(blocks.read(op, {{inputs[0].type, inputs[0].data}}));
  bool toBatch = op.kind == "space_to_batch";
  // The image is the side with the larger pixels; `many` has the small images.
  const TensorView &image = toBatch ? inputs[0] : results[0];
  const TensorView &many = toBatch ? results[0] : inputs[0];
  size_t bytes = sizeOf(image.type.dtype);
  uint64_t count = 0;
  if (toBatch && countBytes(many.type, count) && count)
    std::memset(many.data, 0, count); // padding
  std::vector<int64_t> strides = denseStrides(many.type.shape);
  forEachPosition(
      image.type.shape, [&](const std::vector<int64_t> &at, int64_t linear) {
        int64_t batch = 0;
        int64_t other = 0;
        for (size_t d = 1; d < at.size(); ++d) {
          if (d > blocks.shape.size()) {
            other += at[d] * strides[d];
            continue;
          }
          int64_t place = at[d] + blocks.edges[2 * (d - 1)];
          batch = batch * blocks.shape[d - 1] + place % blocks.shape[d - 1];
          other += place / blocks.shape[d - 1] * strides[d];
        }
        other += (batch * image.type.shape[0] + at[0]) * strides[0];
        copyElements(results[0].data, toBatch ? other : linear, inputs[0].data,
                     toBatch ? linear : other, 1, bytes);
      });
  return Status();
}

} // namespace

void graft::ops::addBatchSpaceRows(Rows &rows) {
  rows.push_back({"space_to_depth", inferDepthSpace, evaluateDepthSpace});
  rows.push_back({"depth_to_space", inferDepthSpace, evaluateDepthSpace});
  rows.push_back({"space_to_batch", inferBatchSpace, evaluateBatchSpace});
  rows.push_back({"batch_to_space", inferBatchSpace, evaluateBatchSpace});
}
