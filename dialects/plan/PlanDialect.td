//===- PlanDialect.td - what runs, where and when ----------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_PLAN_PLANDIALECT_TD
#define GRAFT_DIALECTS_PLAN_PLANDIALECT_TD

include "mlir/IR/OpBase.td"

def Plan_Dialect : Dialect {
  let name = "plan";
  let cppNamespace = "::graft::plan";
  let summary = "the schedule of an engine";
  let description = [{
    The `plan` dialect answers one question: what runs, where, in which buffer?
    An engine is a straight list of kernel launches in destination-passing style.
    Values are buffers, not tensors: a launch reads the buffers of `ins` and
    writes those of `outs`, so the order of the operations is their meaning.

    A schedule passes through four states, and each pass checks that the one
    before it has run:

    | after | a launch has | a buffer has |
    |---|---|---|
    | `convert-nn-to-plan` | kind, attributes, epilogues | shape, element type |
    | `plan-assign-layouts` | | a layout |
    | `plan-select-tactics` | provider, tactic, precision | constants in their packed form |
    | `plan-assign-buffers` | | an offset, or a view of another buffer |

    The location of a launch names the TensorFlow nodes that it came from.
    Nothing here needs MLIR to run: exporters/plan writes an engine to a file.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerTypes();
    void registerAttributes();
  }];
}

#endif // GRAFT_DIALECTS_PLAN_PLANDIALECT_TD
