//===- Indexing.h - walks over elements -----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Strides of dense and broadcast tensors, and the loop of most reference
// kernels: all positions of a shape, with an offset into each operand.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_INDEXING_H
#define GRAFT_RUNTIME_OPS_INDEXING_H

#include "runtime/ops/Tensor.h"

#include <array>

namespace graft::ops {

/// Row-major strides, in elements.
std::vector<int64_t> denseStrides(const Shape &shape);

/// Whether elements at such strides are contiguous and row-major. Strides of
/// dimensions of size 1 do not count.
bool isDense(const Shape &shape, const std::vector<int64_t> &strides);

/// Strides with which a tensor of shape `from` is read at positions of the
/// shape `to`, to which it broadcasts: 0 along broadcast dimensions. Without
/// `strides` it is dense.
std::vector<int64_t> broadcastStrides(const Shape &from, const Shape &to);
std::vector<int64_t> broadcastStrides(const Shape &from,
                                      const std::vector<int64_t> &strides,
                                      const Shape &to);

/// Calls `fn(offsets)` at each position of `shape`, in row-major order, where
/// offsets[i] is the position's dot product with strides[i].
template <size_t N, typename Fn>
void forEachOffset(const Shape &shape,
                   const std::array<std::vector<int64_t>, N> &strides,
                   Fn &&fn) {
  int64_t count = 0;
  if (!countElements(shape, count))
    return;
  std::vector<int64_t> position(shape.size(), 0);
  std::array<int64_t, N> offsets{};
  for (int64_t done = 0; done < count; ++done) {
    fn(offsets);
    for (size_t d = shape.size(); d-- > 0;) {
      ++position[d];
      for (size_t i = 0; i < N; ++i)
        offsets[i] += strides[i][d];
      if (position[d] < shape[d])
        break;
      for (size_t i = 0; i < N; ++i)
        offsets[i] -= strides[i][d] * shape[d];
      position[d] = 0;
    }
  }
}

/// Calls `fn(position, linear)` at each position of `shape`, in row-major
/// order.
template <typename Fn>
void forEachPosition(const Shape &shape, Fn &&fn) {
  int64_t count = 0;
  if (!countElements(shape, count))
    return;
  std::vector<int64_t> position(shape.size(), 0);
  for (int64_t linear = 0; linear < count; ++linear) {
    fn(position, linear);
    for (size_t d = shape.size(); d-- > 0;) {
      if (++position[d] < shape[d])
        break;
      position[d] = 0;
    }
  }
}

/// Copies element `from` of `source` to element `to` of `target`; both have
/// elements of `bytes`.
inline void copyElements(void *target, int64_t to, const void *source,
                         int64_t from, int64_t count, size_t bytes) {
  if (count == 0)
    return;
  __builtin_memcpy(
      static_cast<char *>(target) + to * static_cast<int64_t>(bytes),
      static_cast<const char *>(source) + from * static_cast<int64_t>(bytes),
      static_cast<size_t>(count) * bytes);
}

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_INDEXING_H
