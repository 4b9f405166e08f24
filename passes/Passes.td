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
    weights in a mapped file are unmapped when the last of them goes. For
    a nested module, those around it count. Attributes outside the outermost module
    are not seen: run it on the only module of a context.
  }];
}

def ForEachSegment : Pass<"for-each-segment", "::mlir::ModuleOp"> {
  let summary = "run a pipeline on the engine of each segment by itself";
  let description = [{
    For each `graph.segment` that names an engine, a function or a `plan.engine`, the
    pass puts the engine into a module of its own, with the attributes of the module
    around it, runs `pipeline` on that, and takes out what it has become.

    Where the pipeline fails, the others are not affected: that engine goes, and the
    nodes of its segments return to the graph, each with the first error as the
    reason why it is native.

    Passes of the pipeline that free resources see one engine: `release-resources`
    belongs behind this pass, not into it.
  }];
  let options = [
    Option<"pipelineText", "pipeline", "std::string", "\"\"",
           "the passes to run, as a textual pipeline on a module">,
  ];
}

#endif // GRAFT_PASSES_PASSES_TD
