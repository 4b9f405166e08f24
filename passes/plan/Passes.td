//===- Passes.td - passes over the `plan` dialect ----------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In the order in which they run. Each takes one engine.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PLAN_PASSES_TD
#define GRAFT_PASSES_PLAN_PASSES_TD

include "mlir/Pass/PassBase.td"

def AssignLayouts : Pass<"plan-assign-layouts", "::graft::plan::EngineOp"> {
  let summary = "give every buffer a physical layout";
  let description = [{
    Asks the engine's target for the layout of each buffer that launches exchange.
    This is the seam where a target's preferences enter: the CPU wants row-major,
    which for images is NHWC. A buffer that has a layout keeps it.
  }];
}

def SelectTactics : Pass<"plan-select-tactics", "::graft::plan::EngineOp"> {
  let summary = "choose who runs each launch, and how";
  let description = [{
    Every provider of the target is asked for its tactics for each launch; where sizes are
    dynamic, with representative ones. A provider must also take the launch with
    other sizes: a column of one row looks like one value. The tactic with the
    lowest cost wins, the earlier provider on a tie, so the choice depends on
    nothing but the engine, the number of threads and the target, whose features the
    engine lists from then on.

    Representative sizes are those that all launches take: a window is larger than
    an image of one pixel, a product wants the depth of its weights, a reshape an
    even number. The first launch that refuses its sizes is asked with others, the
    smallest first, until it takes them, while those before it must go on taking
    theirs. A launch for which none are found is given to `reference`, and the
    executor, which knows the sizes, asks the other providers again.

    By default the cost is the providers' estimate. A tactic that cannot write into
    a slice pays for the copy into a `concat` that it makes necessary, and one that
    cannot read a slice for the copy out of it, since `plan-assign-buffers` makes
    those copies disappear for the others.

    With `tune`, candidates are run on this machine and the fastest wins. What was
    measured goes into `timing-cache`, keyed by the kernel's signature, the CPU and
    the number of threads, and is not measured again. A cache that cannot be read
    or makes no sense counts as empty, with a warning; a file of another kind is an
    error.

    Constants then get the layout that the chosen tactic requires. The same constant in
    the same form is packed and kept once, and the original is dropped with its
    last use.
  }];
  let options = [
    Option<"tune", "tune", "bool", "false",
           "run candidates instead of trusting the cost model">,
    Option<"timingCache", "timing-cache", "std::string", "\"\"",
           "file with measured times, read and extended">,
    Option<"threads", "threads", "int", "0",
           "threads that a launch may use; 0: all cores">,
    Option<"representativeSize", "representative-size", "int64_t", "1",
           "the size that stands for a dynamic dimension of an input, where "
           "the launches take it">,
    Option<"releaseConstants", "release-constants", "bool", "false",
           "free the resource of a constant once it is packed, unless it is "
           "marked as shared">
  ];
}

def AssignBuffers : Pass<"plan-assign-buffers", "::graft::plan::EngineOp"> {
  let summary = "share memory between buffers and remove copies";
  let description = [{
    Six steps, each in the order of the launches:

    1. A `reshape`, `expand_dims`, `squeeze` or `identity` becomes a `plan.alias`
       of its input, or of the engine's output that it would have written.
    2. A `concat` along any axis disappears: its operands become views of its
       result, and their producers write straight into it. An operand stays a
       copy where it is an engine's input or a constant, where it already lies in
       another result, or where one of the kernels that touch it cannot work on a
       slice. Nested concatenations become views of views.
    3. A `slice` along one axis becomes a view, where those that read it can. With
       dynamic sizes, 2 and 3 query kernels for two sets of sizes.
    4. A launch writes over its input, if its tactic allows it or each
       element depends on the same element alone, the input has no later use, and
       both have the same size.
    5. A buffer whose pixels would fall into the same few sets of the first-level
       cache, because a pixel takes a multiple of 2 KB, gets a line more for each
       pixel and is used through a view, where its kernels can.
    6. In an engine with static shapes, buffers get offsets in one arena, so that
       those with overlapping lifetimes do not overlap. The lifetime of a buffer
       goes from its first to its last use, through all views of it.

    An engine with dynamic shapes gets no offsets: its executor does step 6, with
    the same planner.
  }];
  let options = [
    Option<"threads", "threads", "int", "0",
           "the number of threads that tactics were chosen for">,
    Option<"representativeSize", "representative-size", "int64_t", "1",
           "the size that stands for a dynamic dimension of an input, where "
           "the launches take it">
  ];
}

#endif // GRAFT_PASSES_PLAN_PASSES_TD
