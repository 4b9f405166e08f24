//===- Passes.td - from graph to nn ------------------------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_TO_NN_PASSES_TD
#define GRAFT_PASSES_GRAPH_TO_NN_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertGraphToNN : Pass<"convert-graph-to-nn", "::mlir::ModuleOp"> {
  let summary = "convert the nodes of a graph to nn operations";
  let description = [{
    Every `graph.segment` gets a `func.func` of `nn` operations that computes the
    same; the segment names it in `engine` and keeps its body, as the native
    function to fall back on. Port names are those of the segment's description.
    A segment that cannot be converted returns to the graph, with the reason on its
    nodes.

    A module without segments is converted as a whole: what the fetches need
    becomes the function `main`, whose arguments are the feeds, or, without
    feeds, the placeholders. The graph is erased. Port names are the user's.

    Nodes are visited in topological order. Each operator's converter, found in a
    table by the operator's name, checks and builds at once; a node of a whole graph
    that cannot be converted is an error. So is one whose result has a shape that
    depends on the contents of an input: an engine works out all shapes before it
    runs. Constants are passed on without copies.

    Simulated quantization becomes the arithmetic by which TensorFlow rounds, bit
    for bit. With `keep-quantized` it becomes a `quantize` and a `dequantize` of 8 bits,
    for a plan that computes with the quantized values in between.
  }];
  let dependentDialects = ["::graft::nn::NNDialect",
                           "::mlir::func::FuncDialect"];
  let options = [
    Option<"segmentsOnly", "segments-only", "bool", "false",
           "leave a graph without segments as it is">,
    Option<"keepQuantized", "keep-quantized", "bool", "false",
           "simulated quantization keeps its int8 or uint8 values">,
  ];
}

#endif // GRAFT_PASSES_GRAPH_TO_NN_PASSES_TD
