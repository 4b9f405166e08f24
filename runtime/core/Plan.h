//===- Plan.h - a plan in memory ------------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The metadata of plan.fbs as plain structs: the exporter writes them, the
// executor and `graft inspect` read them. See plan.fbs for the fields.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_PLAN_H
#define GRAFT_RUNTIME_CORE_PLAN_H

#include "runtime/core/Device.h"
#include "runtime/ops/OpDesc.h"
#include "runtime/ops/Tensor.h"
#include "support/Status.h"

#include <string>
#include <string_view>
#include <vector>

namespace graft::runtime {

/// Where a tensor's memory is. The values are written to plan files.
enum class Storage : uint8_t {
  Input = 0,    ///< the caller's, to be read
  Output = 1,   ///< the caller's, to be written
  Constant = 2, ///< in the section of weights
  Arena = 3,    ///< in the context's arena
  View = 4      ///< in another tensor
};

struct PlanTensor {
  ops::TensorType type;
  Storage storage = Storage::Arena;
  uint64_t offset = 0; ///< Constant: in the weights; Arena: in a static arena
  uint64_t bytes = 0;  ///< Constant: its stored size
  std::string layout; ///< Constant: the provider's layout name of a packed form
  /// View: the slice [start, start + size) of `axis` of an earlier tensor, or
  /// with an axis of -1 all of a dense one under another shape.
  int32_t parent = -1;
  int32_t axis = 0;
  int64_t start = 0;
  std::string name; ///< Input, Output: the user's name for it
  /// Input: the smallest and the largest size of each dimension, -1 for no
  /// largest one; empty if any sizes of the type will do.
  std::vector<int64_t> limits;

  /// Input: the constant that is its default, or -1.
  int32_t fallback = -1;
  /// Where launches find it. A view shares its parent's memory.
  MemorySpace space = MemorySpace::Host;

  /// Whether a shape matches the type and the limits.
  bool takes(const ops::Shape &shape) const;
  /// "1..8x224x224x3xf32": the type, with the limits.
  std::string describe() const;
};

struct PlanLaunch {
  std::string name; ///< unique in the plan
  ops::OpDesc op;
  std::string provider;
  std::string tactic;
  std::string precision; ///< its name; of integers' arithmetic, their type's
  std::vector<uint32_t> inputs;  ///< tensors
  std::vector<uint32_t> outputs; ///< tensors
  std::vector<std::string> nodes;
};

struct Plan {
  std::string producer;
  std::string name;
  std::string precision; ///< by name; "mixed" where engines are joined
  std::string target;    ///< "name" or "name:architecture"; empty in old files
  std::vector<std::string> features; ///< that the hardware must have
  std::vector<PlanTensor> tensors;   ///< a view comes after its parent
  std::vector<uint32_t> inputs;      ///< tensors
  std::vector<uint32_t> outputs;     ///< tensors
  std::vector<PlanLaunch> launches;  ///< in the order of execution
  uint64_t arenaBytes = 0;           ///< of a static plan

  /// Whether all shapes are known, and so all offsets.
  bool isStatic() const;
};

/// The section of metadata for `plan`. Equal plans have equal bytes.
std::string encodePlan(const Plan &plan);

/// Reads a section of metadata. Checks that the bytes are well formed, not that
/// they make sense: that is checkPlan().
Expected<Plan> decodePlan(std::string_view metadata);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_PLAN_H
