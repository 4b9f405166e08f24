//===- Passes.td - passes over what TF-TRT wrote -----------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TFTRT_PASSES_TD
#define GRAFT_TFTRT_PASSES_TD

include "mlir/Pass/PassBase.td"

def RestoreSegments : Pass<"graph-restore-segments", "::mlir::ModuleOp"> {
  let summary = "put the native segments back in the place of TF-TRT's engines";
  let description = [{
    TF-TRT keeps the nodes that an engine replaced as a function of the library, to
    fall back on. In every body, the main graph and functions, the pass inlines that
    function in the place of its engine:
    - `TRTEngineOp` of TensorFlow 1.8 to 2.17, whose function is in `segment_func` or,
      before 1.14, in `segment_funcdef_name`;
    - `TRTCalibOp` of 1.8 and 1.9. That of 1.7 stands before nodes that are still
      there, and passes its inputs on.

    The nodes have the names that they had before TF-TRT took them, with the first free
    "_<n>" where another node has that name now: a constant that was copied into several
    segments. What an engine has serialized is never read.

    Nodes that create, fill and write the engines of TF-TRT's cache go, and those that
    read its calibration: `CreateTRTResourceHandle`, `InitializeTRTResource`,
    `SerializeTRTResource`, `GetCalibrationDataOp` and what they were called in
    TensorFlow 2.0. To that end calls of functions that have such nodes are inlined
    first. Variables that only hold the paths of the cache's files go, too. What waited
    for one of them waits for what it waited for. Functions that nothing names any more
    go, too.

    TF-TRT placed what it saw on a GPU. Devices that name one are taken off all nodes,
    unless `keep-devices`: TensorFlow takes a GPU where it has one.

    An engine whose function is not in the module is an error that names it.
  }];
  let options = [
    Option<"keepDevices", "keep-devices", "bool", "false",
           "leave nodes on the GPU that the file names">,
  ];
}

#endif // GRAFT_TFTRT_PASSES_TD
