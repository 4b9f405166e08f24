//===- Passes.td - the interpreter as a pass ---------------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_REFERENCE_PASSES_TD
#define GRAFT_DIALECTS_NN_REFERENCE_PASSES_TD

include "mlir/Pass/PassBase.td"

def Interpret : Pass<"nn-interpret", "::mlir::ModuleOp"> {
  let summary = "run functions of `nn` operations, slowly and right";
  let description = [{
    The oracle of tests. Every function without arguments is run by the reference
    kernels, and its body becomes the constants that it gives, so that a test
    compares what a function computes before and after a pass.

    With `inputs`, a NumPy archive whose keys are the names of arguments
    (`nn.name`), the function `function` is run on it instead, and its results go
    into the archive `outputs`. The module stays as it is.
  }];
  let options = [
    Option<"function", "function", "std::string", "\"main\"",
           "The function to run on files">,
    Option<"inputs", "inputs", "std::string", "\"\"",
           "NumPy archive of the inputs by name">,
    Option<"outputs", "outputs", "std::string", "\"\"",
           "NumPy archive to write the results to">
  ];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

#endif // GRAFT_DIALECTS_NN_REFERENCE_PASSES_TD
