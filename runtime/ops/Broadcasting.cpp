//===- Broadcasting.cpp - strides of repeated tensors ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NumPy's rule: shapes align at their last dimensions, and a size of 1 is
// broadcast.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Indexing.h"

using namespace graft::ops;

std::vector<int64_t> graft::ops::denseStrides(const Shape &shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    // Only the strides of an empty tensor can overflow, and nothing reads them.
    if (__builtin_mul_overflow(strides[d], shape[d], &strides[d - 1]))
      strides[d - 1] = 0;
  return strides;
}

bool graft::ops::isDense(const Shape &shape,
                         const std::vector<int64_t> &strides) {
  const std::vector<int64_t> dense = denseStrides(shape);
  for (size_t d = 0; d < shape.size(); ++d)
    if (shape[d] > 1 && strides[d] != dense[d])
      return false;
  return true;
}

std::vector<int64_t> graft::ops::broadcastStrides(const Shape &from,
                                                  const Shape &to) {
  return broadcastStrides(from, denseStrides(from), to);
}

std::vector<int64_t> graft::ops::broadcastStrides(
    const Shape &from, const std::vector<int64_t> &strides, const Shape &to) {
  std::vector<int64_t> result(to.size(), 0);
  size_t lead = to.size() - from.size();
  for (size_t d = 0; d < from.size(); ++d)
    if (from[d] == to[lead + d])
      result[lead + d] = strides[d];
  return result;
}
