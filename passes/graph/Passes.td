//===- Passes.td - passes over the `graph` dialect -------------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Grouped by what they do, alphabetical inside. Every pass takes a whole module:
// the main graph, and the functions that it calls. What a pass leaves can be
// exported and run by TensorFlow, with the same results.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_PASSES_TD
#define GRAFT_PASSES_GRAPH_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Making the graph smaller
//===----------------------------------------------------------------------===//

def EliminateDeadOutputs
    : Pass<"graph-eliminate-dead-outputs", "::mlir::ModuleOp"> {
  let summary = "remove nodes, results and functions that no fetch needs";
  let description = [{
    A worklist goes from what is wanted along data and control edges to their
    sources; what it does not reach is erased. Wanted are
    - in the main graph the fetched nodes. Without fetches the nodes that nobody
      reads are wanted, so nothing goes;
    - in a function the nodes behind results and control results, and those with an
      effect on the world, because a function runs as a whole.

    The walk stops at a fed node: the user gives its value. If it has inputs, it
    becomes a `Placeholder` of its name, so that nothing has to feed it.

    Afterwards nodes whose trailing results nobody reads take the form of their
    operator without them: `MaxPoolWithArgmax` becomes `MaxPool`,
    `UniqueWithCounts` becomes `Unique`, `NonMaxSuppressionV4` becomes
    `NonMaxSuppressionV3`, `IdentityN` loses the pairs. Results of training that
    have no such form, those of `FusedBatchNormV3` for example, stay unread.

    A function stays if the main graph or a function that stays names it: as an
    operator, in an attribute of kind func however deep, or as the gradient of one
    that stays.
  }];
}

#endif // GRAFT_PASSES_GRAPH_PASSES_TD
