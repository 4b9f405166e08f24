//===- Passes.td - passes over the `graph` dialect ---------*- tablegen -*-===//
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

    The walk stops at a fed node: the user gives its value. If it has inputs or is a
    constant, it becomes a `Placeholder` of its name, so that nothing has to feed it,
    and nothing takes it for a constant.

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

def Simplify : Pass<"graph-simplify", "::mlir::ModuleOp"> {
  let summary = "remove nodes that only pass on, and control edges without effect";
  let description = [{
    One sweep in topological order decides, a second one rewrites:
    - `Identity`, `IdentityN`, `Snapshot`, `StopGradient` and `PreventGradient` give
      way to their inputs, `NoOp` to its control inputs;
    - with `drop-assertions` an `Assert` becomes a `NoOp` that waits for what the
      `Assert` waited for, and `CheckNumerics` an `Identity`;
    - a control edge goes if nobody could see its absence: if neither its source nor
      anything before the source has state or steers execution. A repeated edge
      goes, and one beside a data edge from the same node.

    A node that dissolves hands its control inputs on to its readers, unless that
    would add edges on balance or a reader cannot wait (a `Merge`, a function's
    result); then it stays. An `Identity` behind a `Switch` stays if control edges
    start from it: it marks the branch.

    Names that the user knows stay. A fetched `Identity` goes if the node behind it
    can take the name over, else it stays. `PlaceholderWithDefault`, reads of
    references and what nobody reads are left alone. Pure nodes that lose their last
    reader in this go, too.
  }];
  let options = [
    Option<"dropAssertions", "drop-assertions", "bool", "true",
           "remove Assert and CheckNumerics">,
  ];
}

//===----------------------------------------------------------------------===//
// Functions and variables
//===----------------------------------------------------------------------===//

def FreezeVariables : Pass<"graph-freeze-variables", "::mlir::ModuleOp"> {
  let summary = "turn reads of variables that nothing writes into constants";
  let description = [{
    An importer that knows a variable's value puts it on the node that creates the
    variable, as `graph.value`. For each such variable the pass follows the handle to
    all users that run: through nodes that pass it on, through `Switch`, `Merge`,
    `Enter`, `NextIteration` and `Exit`, and into and out of the functions of `While`,
    `If`, `Case` and calls. Handles of one container and shared name are one variable.
    If every user only reads it, and nothing else arrives where its handle does:
    - `ReadVariableOp` becomes a `Const` of its name; further reads become an
      `Identity` of that constant, so that the file holds the weights once;
    - `ResourceGather` becomes `GatherV2`, `ResourceGatherNd` `GatherNd`,
      `VarIsInitializedOp` and `VariableShape` a `Const`;
    - what passed the handle on passes the value, and the attributes that describe it
      (`T`, `Tin`, `_input_shapes`, `output_shapes`, `_read_only_resource_inputs` and
      their like) say so; a function whose arguments have changed is marked with
      `graph.retyped`, which has the exporter leave out what the file says of handles;
    - a `VariableV2` becomes a `Const` of its name.
    Otherwise the variable stays as it is.

    A function that gets different variables from different callers is copied first,
    once for each choice of variables. The copies have at most as many nodes as the
    module, or 10,000; functions beyond that stay shared, and their variables stay.

    Run it after `graph-inline-calls` and `graph-eliminate-dead-outputs`.
  }];
}

def InlineCalls : Pass<"graph-inline-calls", "::mlir::ModuleOp"> {
  let summary = "put function bodies in the place of their calls";
  let description = [{
    A worklist of nodes; a body that takes the place of a call puts its own nodes on
    it. Inlined are `PartitionedCall`, `StatefulPartitionedCall`, operators that name
    a function of the library, and where the predicate is constant the branch of
    `If` and `Case` (stateless or not); a `While` whose condition is never true gives
    its inputs. A function that calls itself, directly or not, is never inlined. A
    `TRTEngineOp` is a call of its native segment: so Graft compiles converted models, its
    own and TF-TRT's, anew. The segment's nodes keep the names that they had before the
    conversion, by which a table of ranges knows them. A call with the attribute
    `graph.kept_call` stays: an engine that is to run as it is.

    A node gets the name "<call>/<node>", with the first free "_<n>" if that is
    taken, the call's device if it has none, and the call's values for attribute
    placeholders. The first nodes of a body wait for the call's control inputs. An
    `Identity`, `IdentityN` or `NoOp` of the call's name stays where the user knows
    that name, where control edges start from the call, and where its effects must
    happen before its results are read.

    Functions that nothing calls any more are erased. The result has as many nodes as
    the inlined calls have; more than `max-nodes` is an error, because a chain of
    functions that each call the next one twice doubles with every link. Every 128
    characters of a call's name count once more, because names nest, too.
  }];
  let options = [
    Option<"maxNodes", "max-nodes", "int64_t", "1000000",
           "give up when more nodes than this are inlined">,
  ];
}

//===----------------------------------------------------------------------===//
// Knowing more
//===----------------------------------------------------------------------===//

def FoldConstants : Pass<"graph-fold-constants", "::mlir::ModuleOp"> {
  let summary = "turn nodes whose value is known into constants";
  let description = [{
    One sweep in topological order. The value of a node is known
    - if it follows from shapes: elements of integer scalars and vectors are followed,
      each known or not, from `Shape`, `Size` and `Rank` of what the types say, through
      slices, `Pack`, `ConcatV2`, `GatherV2` and arithmetic. So the height of an image is
      folded although the batch is not known;
    - if all inputs are constants: the node becomes `nn` operations, and the reference
      interpreter runs them (the `NodeSemantics` interface), if every one of them gives
      the very bits that TensorFlow gives, and no result is larger than both `max-bytes`
      and the inputs together. In one module this reads and writes at most 512 MiB and
      eight times the module's constants; what would cost more stays as it is.

    The constant has the node's name; further results get "<name>/output_<n>". It keeps
    the control inputs, and takes over those of the constants that it is made of.
    Stateful and random nodes, fed nodes, and nodes behind control
    flow are left alone. Constants that nobody reads any more go.
  }];
  let options = [
    Option<"maxBytes", "max-bytes", "int64_t", "1048576",
           "fold to larger results only where the inputs are as large">,
  ];
}

def InferShapes : Pass<"graph-infer-shapes", "::mlir::ModuleOp"> {
  let summary = "refine the types of results";
  let description = [{
    One sweep in topological order, then more while loops tell their first nodes
    something new; functions before those that call them. An operator that has a
    conversion to `nn` takes the types that its operations infer (the `NodeSemantics`
    interface), with the constants among its operands; what is known of a partly known
    shape operand, of `Reshape` for example, is added. The graph itself knows inputs,
    constants, nodes that pass on, control flow and calls, and of operators that stay
    native what an engine behind them has to know (NativeShapes.h). A `Merge` has what all
    of its inputs have in common, so the types around a loop are what holds in every
    iteration; so have calls whose branch is not known, and loops.

    Shapes and values are found together: small nodes of constants are computed on the
    way, as `graph-fold-constants` does it later, because the next shape may follow from
    them.

    A second sweep takes the file's hints, `_output_shapes`, and `output_shapes` of
    operators with functions, where they fill in what the first one left open. A hint
    that contradicts what follows from the graph is dropped.

    A type is only ever refined. One that contradicts what was known is not taken: such
    a graph fails when it runs.
  }];
}

def ResolveConditions : Pass<"graph-resolve-conditions", "::mlir::ModuleOp"> {
  let summary = "take the branches that constant conditions take";
  let description = [{
    A condition on a shape is constant once shapes are. Then
    - of `If`, `Case` and `While`, stateless or not, `graph-inline-calls` takes the branch;
    - a `Switch` becomes an `Identity` of its data. The nodes behind its other output
      never run and go, up to a `Merge` of which one input is left: it becomes an
      `Identity` of that. Nothing is done to a body where a fetched node would never run.

    After each change the passes from `graph-inline-calls` to `graph-fold-constants` run
    again, because the branch has shapes, constants and conditions of its own. Conditions
    that nest deeper than 16 stay.
  }];
  let dependentDialects = ["GraphDialect"];
}

//===----------------------------------------------------------------------===//
// Towards engines
//===----------------------------------------------------------------------===//

def Segment : Pass<"graph-segment", "::mlir::ModuleOp"> {
  let summary = "choose the nodes that become engines";
  let description = [{
    Every node of the main graph is a candidate unless the user feeds it, it or its
    operator is denied, it steers execution or is part of a loop, or the conversion to `nn`
    refuses it (the `NodeSemantics` interface says why). Candidates become segments:

    1. The level of a node is the largest number of times that a path to it leaves
       candidates for another node. Candidates of one level are convex, so
       neighbours among them are joined; linear in edges.
    2. Edges between the groups are contracted, those with most bytes first, where no
       other path joins their ends. The search is kept between the two places in a
       topological order of the groups, which is repaired after each contraction;
       all searches together are bounded by a multiple of the graph's size.
    3. A group goes if fewer than `minimum-segment-size` of its nodes do work
       (`Identity` and its like, and constants, do not), if nothing but constants
       goes in, or if it is not among the `maximum-engines` largest.

    A node whose result has a shape that depends on contents which enter its group as
    data, such as the size of a Resize that the user feeds, is no candidate: an engine
    works out all shapes before it runs, and would never run. Nor is a node that has a
    tensor at its group's border of a type that the engine operator lacks, such as the
    cast of a picture of bytes. The others are grouped again.

    Only nodes that run under the same conditions of TensorFlow 1's Switch and Merge
    are joined, because an engine runs as a whole.

    What is left is wrapped: see `graph.segment`. Constants are copied into the
    segments that read them. A fetched node in a segment leaves an `Identity` of its
    name outside. Every node outside gets `graph.native`, a code and a reason.

    With `whole` everything but inputs must be one segment, whatever its size; each
    node that cannot be is an error.

    With `fetch-fed` no segment is built. Where nodes are left outside, the graph is made
    to give what the segments would compute that only inputs and other such segments
    lead to: so much of a model can be run without TensorFlow, as calibration does.
  }];
  let options = [
    Option<"minimumSegmentSize", "minimum-segment-size", "int64_t", "3",
           "fewest working nodes of a segment">,
    Option<"maximumEngines", "maximum-engines", "int64_t", "0",
           "keep this many of the largest segments; 0 keeps all">,
    Option<"takeConstants", "take-constants", "bool", "false",
           "segments that read constants only stay">,
    ListOption<"deny", "deny", "std::string",
               "operators that stay with TensorFlow">,
    ListOption<"denyNodes", "deny-nodes", "std::string",
               "names of nodes that stay with TensorFlow">,
    ListOption<"convertible", "convertible", "std::string",
               "take these operators for convertible and no others, for "
               "experiments">,
    Option<"whole", "whole", "bool", "false",
           "everything must be one segment">,
    Option<"fetchFed", "fetch-fed", "bool", "false",
           "fetch what segments compute from the inputs alone; build none">,
  ];
}

#endif // GRAFT_PASSES_GRAPH_PASSES_TD
