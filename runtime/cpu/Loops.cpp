//===- Loops.cpp - walks over strided tensors -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Loops.h"

#include <algorithm>

using namespace graft::runtime;
using namespace graft::runtime::cpu;

StridedLoop::StridedLoop(const ops::Shape &shape,
                         const std::vector<std::vector<int64_t>> &given)
    : strides(given.size()) {
  // Starts at the innermost dimension and reverses the list at the end.
  for (size_t d = shape.size(); d-- > 0;) {
    if (shape[d] == 1)
      continue;
    bool merges = !sizes.empty();
    for (size_t t = 0; t < given.size() && merges; ++t)
      merges = given[t][d] == strides[t].back() * sizes.back();
    if (merges) {
      sizes.back() *= shape[d];
      continue;
    }
    sizes.push_back(shape[d]);
    for (size_t t = 0; t < given.size(); ++t)
      strides[t].push_back(given[t][d]);
  }
  if (sizes.empty()) {
    sizes.push_back(1);
    for (std::vector<int64_t> &row : strides)
      row.push_back(1);
  }
  std::reverse(sizes.begin(), sizes.end());
  for (std::vector<int64_t> &row : strides)
    std::reverse(row.begin(), row.end());
  for (size_t d = 0; d + 1 < sizes.size(); ++d)
    outerCount *= sizes[d];
}

void StridedLoop::offsets(int64_t index, int64_t *result) const {
  std::fill(result, result + strides.size(), 0);
  for (size_t d = sizes.size() - 1; d-- > 0;) {
    int64_t at = index % sizes[d];
    index /= sizes[d];
    for (size_t t = 0; t < strides.size(); ++t)
      result[t] += at * strides[t][d];
  }
}

int cpu::threadsFor(int64_t elements, int threads) {
  // Sharing a launch among threads costs as much as about ten thousand
  // elements.
  constexpr int64_t kPerThread = 16384;
  return int(std::clamp<int64_t>(elements / kPerThread, 1, threads));
}
