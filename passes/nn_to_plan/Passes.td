//===- Passes.td - from `nn` to `plan` ---------------------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_TO_PLAN_PASSES_TD
#define GRAFT_PASSES_NN_TO_PLAN_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertNNToPlan : Pass<"convert-nn-to-plan", "::mlir::ModuleOp"> {
  let summary = "turn functions of nn operations into engines of launches";
  let description = [{
    Every `func.func` with a body becomes a `plan.engine` of the same name. Each
    operation becomes one launch that writes into a buffer of its own; the buffer
    of a result that the function returns is the engine's output itself. Arguments
    and results are the ports, named by their attribute `nn.name`, else `input_0`,
    `output_0` and so on.

    A copy is launched where a result cannot be written directly: an argument or a
    constant that is returned, and a value that is returned twice. A copy is a
    launch of `identity`.

    The order of the launches is the one of three topological orders (as written,
    greedy, depth-first by need) with the lowest peak of live bytes. It depends on
    nothing but the function.

    Sizes that an operation's type leaves open, but that follow from the sizes
    before it and from constants, are filled in: buffers need not agree with the
    types of a function's signature.

    Constants keep their attribute: weights are handed on, not copied. One whose
    resource is named anywhere else in the module is marked `shared`.
  }];
  let options = [
    Option<"target", "target", "std::string", "::graft::plan::getDefaultTarget().str()",
           "where the engine is to run">,
    Option<"precision", "precision", "std::string", "\"f32\"",
           "the precision that was asked for, recorded in the engine">
  ];
  let dependentDialects = ["::graft::plan::PlanDialect"];
}

#endif // GRAFT_PASSES_NN_TO_PLAN_PASSES_TD
