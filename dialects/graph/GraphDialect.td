//===- GraphDialect.td - what does the file say? -----------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_GRAPHDIALECT_TD
#define GRAFT_DIALECTS_GRAPH_GRAPHDIALECT_TD

include "mlir/IR/OpBase.td"

def Graph_Dialect : Dialect {
  let name = "graph";
  let cppNamespace = "::graft::graph";
  let summary = "a lossless image of a TensorFlow GraphDef";
  let description = [{
    The `graph` dialect answers one question: what does the file say? It holds
    every node of any operator, known or not, with its name, device, control
    edges and attributes, the function library and the versions, so that writing
    a module back gives the bytes that were read. It does not know what an
    operator means; that begins with the `nn` dialect.

    Bodies are graph regions: nodes stand in the order of the file, which need
    not be an order of execution, and cycles through `NextIteration` are legal.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

#endif // GRAFT_DIALECTS_GRAPH_GRAPHDIALECT_TD
