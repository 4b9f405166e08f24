//===- Launch.h - a launch as providers see it ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes and the executor describe launches with the same structs. Strides
// and result types of launches are computed here.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_LAUNCH_H
#define GRAFT_RUNTIME_CORE_LAUNCH_H

#include "runtime/ops/OpDesc.h"
#include "runtime/ops/Tensor.h"
#include "support/Status.h"

#include <string>
#include <vector>

namespace graft::runtime {

/// One input or output of a launch.
struct Slot {
  ops::TensorType type;         ///< static when a kernel is created
  std::vector<int64_t> strides; ///< in elements; empty means dense row-major
  /// Of a packed constant: the provider's layout name, else empty.
  std::string layout;
  uint64_t bytes = 0; ///< of a packed constant: its size
  bool constant = false;
  /// Contents of a constant, in its packed form if it has one; they outlive the
  /// kernel. Null at build time.
  const void *data = nullptr;
};

struct LaunchDesc {
  ops::OpDesc op;
  std::string tactic; ///< empty while tactics are still to be chosen
  std::vector<Slot> inputs;
  std::vector<Slot> outputs;
};

/// Whether the slot has strides of its own.
bool isSlice(const Slot &slot);

/// Whether the slot's memory is dense and row-major.
bool isDense(const Slot &slot);
bool isDense(const LaunchDesc &launch);

/// The slot's strides, row-major by default.
std::vector<int64_t> stridesOf(const Slot &slot);

/// Strides of `slot` at the positions of `to`, 0 along repeated dimensions.
/// False if it does not broadcast to that shape.
bool broadcastStrides(const Slot &slot, const ops::Shape &to,
                      std::vector<int64_t> &strides);

/// Bytes from the slot's first element to the end of its last. False if they
/// overflow.
bool countSpan(const Slot &slot, uint64_t &bytes);

/// Result types of `launch` from its inputs, by their operation's rules.
Status inferTypes(const LaunchDesc &launch,
                  std::vector<ops::TensorType> &results);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_LAUNCH_H
