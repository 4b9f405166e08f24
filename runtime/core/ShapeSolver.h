//===- ShapeSolver.h - all shapes from those of the inputs ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Applies the shape functions to the launches in their order. A shape may
// depend on values, such as those of shape arithmetic: launches whose inputs
// are small and known are therefore evaluated with the reference kernels.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_SHAPESOLVER_H
#define GRAFT_RUNTIME_CORE_SHAPESOLVER_H

#include "runtime/core/PlanCheck.h"

namespace graft::runtime {

struct ShapeSolution {
  /// The shape of each tensor. Before: the plan's, with those of the inputs
  /// filled in.
  std::vector<ops::Shape> shapes;
  std::vector<Placement> placements; ///< of each tensor that a launch uses
  /// For each launch, whether its results are in `values` and it need not run.
  std::vector<bool> done;
  /// Contents of roots in the arena that are known before any run, by root; in
  /// ascending order.
  std::vector<std::pair<uint32_t, std::vector<std::byte>>> values;
};

/// Replaces every kDynamic in the solution's shapes, and finds the rest of it.
/// Fails (Usage) if the inputs' shapes do not fit each other or the plan, or if
/// a shape depends on the inputs' contents.
Status solveShapes(const Plan &plan, const PlanFacts &facts,
                   std::string_view weights, ShapeSolution &solution);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_SHAPESOLVER_H
