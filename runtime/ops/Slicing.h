//===- Slicing.h - which part of a tensor a slice keeps -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Both kinds of slice as a start, a step and a count per dimension.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_SLICING_H
#define GRAFT_RUNTIME_OPS_SLICING_H

#include "runtime/ops/OpDesc.h"
#include "runtime/ops/Tensor.h"
#include "support/Status.h"

#include <vector>

namespace graft::ops {

/// The part of one dimension that a slice keeps.
struct Range {
  int64_t start = 0;
  int64_t step = 1;
  int64_t count = 0; ///< kDynamic if the size is unknown
  bool dropped = false;
};

/// The parts that `op`, a slice or a strided_slice, keeps of a tensor of
/// `shape`, one a dimension. Fails if a rule is broken.
Status slicedRanges(const OpDesc &op, const Shape &shape,
                    std::vector<Range> &ranges);

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_SLICING_H
