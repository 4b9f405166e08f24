//===- Passes.td - passes that belong to no dialect --------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PASSES_TD
#define GRAFT_PASSES_PASSES_TD

include "mlir/Pass/PassBase.td"

def ReleaseResources : Pass<"release-resources", "::mlir::ModuleOp"> {
  let summary = "give back the memory of constants that nothing names any more";
  let description = [{
    A context keeps every dense resource for as long as it lives. Fusions make new
    weights out of old ones, so without this pass several versions of a model's
    weights are in memory at once.

    The pass visits all attributes of the module, however deep, and frees the
    contents of each resource of the builtin dialect that none of them names;
    weights in a mapped file are unmapped when the last of them goes. Attributes
    outside the module are not seen: run it on the only module of a context.
  }];
}

#endif // GRAFT_PASSES_PASSES_TD
