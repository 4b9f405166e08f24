//===- Placement.h - where tensors lie in each other ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Follows views to the tensor that owns the memory, when shapes are known.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_PLACEMENT_H
#define GRAFT_RUNTIME_CORE_PLACEMENT_H

#include "runtime/core/Plan.h"

namespace graft::runtime {

/// A tensor's place in the memory of its root, which has no parent.
struct Placement {
  uint32_t root = 0;
  uint64_t byteOffset = 0;
  std::vector<int64_t> strides; ///< in elements
  bool dense = true;            ///< adjacent and row-major
  /// The dense tensor that contains the view as a box, and the box's first
  /// corner in it.
  uint32_t base = 0;
  std::vector<int64_t> corner;
};

/// Places `index`, whose parent, if it has one, has been placed in
/// `placements`. Both shapes must be static. Fails if a view exceeds its
/// parent.
Status placeTensor(const Plan &plan, const std::vector<ops::Shape> &shapes,
                   uint32_t index, std::vector<Placement> &placements);

/// How two tensors share memory.
enum class Sharing { None, Same, Partial };
Sharing compareMemory(const Plan &plan, const std::vector<ops::Shape> &shapes,
                      const std::vector<Placement> &placements, uint32_t a,
                      uint32_t b);

/// "tensor 7 'name'", for messages.
std::string describeTensor(const Plan &plan, uint32_t index);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_PLACEMENT_H
