//===- Loops.h - walks over strided tensors -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Iterates over several tensors of one shape with different strides, in as few
// loops as their strides allow.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_LOOPS_H
#define GRAFT_RUNTIME_CPU_LOOPS_H

#include "runtime/cpu/Problem.h"

namespace graft::runtime::cpu {

class StridedLoop {
public:
  /// `strides` has a row for each tensor. Dimensions that are contiguous in all
  /// tensors are merged; dimensions of size 1 are dropped.
  StridedLoop(const ops::Shape &shape,
              const std::vector<std::vector<int64_t>> &strides);
  StridedLoop() : StridedLoop({}, {}) {}

  int64_t inner() const { return sizes.back(); }
  int64_t outer() const { return outerCount; }
  int64_t total() const { return outerCount * inner(); }
  int64_t innerStride(size_t tensor) const { return strides[tensor].back(); }

  /// The offset in each tensor at which row `index` of the outer() rows starts,
  /// in elements.
  void offsets(int64_t index, int64_t *result) const;

  /// Calls fn(offsets, count) for the runs of inner elements that make up
  /// [begin, end) of total(). At most kMaxTensors tensors.
  template <typename Fn>
  void forRuns(int64_t begin, int64_t end, Fn &&fn) const {
    int64_t at[kMaxTensors];
    while (begin < end) {
      int64_t row = begin / inner(), skip = begin % inner();
      int64_t count =
          inner() - skip < end - begin ? inner() - skip : end - begin;
      offsets(row, at);
      for (size_t t = 0; t < strides.size(); ++t)
        at[t] += skip * strides[t].back();
      fn(static_cast<const int64_t *>(at), count);
      begin += count;
    }
  }

  static constexpr size_t kMaxTensors = 4;

private:
  ops::Shape sizes; ///< never empty
  std::vector<std::vector<int64_t>> strides;
  int64_t outerCount = 1;
};

/// The number of threads to use for this many elements of cheap work.
int threadsFor(int64_t elements, int threads);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_LOOPS_H
