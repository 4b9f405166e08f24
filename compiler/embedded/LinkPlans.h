//===- LinkPlans.h - several plans become one -------------------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A converted model has engines here and there in its graph. Their plans, and
// those of what is between them, are joined to one: the same launches by the
// same kernels, with tensors where the output of one plan is the input of
// another.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_EMBEDDED_LINKPLANS_H
#define GRAFT_COMPILER_EMBEDDED_LINKPLANS_H

#include "runtime/core/Engine.h"
#include "support/ByteBuffer.h"

#include <optional>

namespace graft {

/// Plans and the values between them, which are numbers below `values`.
struct PlanNetwork {
  struct Constant {
    size_t value = 0;
    ops::TensorType type;
    std::string_view bytes; ///< outlive the linking
  };
  /// A value under the user's name.
  struct Port {
    std::string name;
    size_t value = 0;
    ops::TensorType type;        ///< of an input
    std::vector<int64_t> limits; ///< of an input, as PlanTensor has them
    /// Of an input: what stands for it where nobody gives it.
    std::optional<Constant> fallback;
  };
  /// A plan with the values that it takes and gives, in its ports' order.
  struct Part {
    std::shared_ptr<const runtime::Engine> engine;
    std::vector<size_t> inputs, outputs;
  };

  size_t values = 0;
  std::vector<Port> inputs;
  std::vector<Constant> constants;
  std::vector<Part> parts; ///< each after those whose results it takes
  std::vector<Port> outputs;
};

/// Where a plan does not take what it would get.
struct LinkError {
  size_t part = 0;
  std::string reason;
};

/// Writes the plan that computes `network`. Parts whose ports do not fit their
/// values are no failure of the call but its result, and nothing is written
/// then; those behind such a part are not looked at. Errors: Exhausted.
Expected<std::vector<LinkError>> linkPlans(const PlanNetwork &network,
                                           ByteBuffer &output);

} // namespace graft

#endif // GRAFT_COMPILER_EMBEDDED_LINKPLANS_H
