//===- SerializedSegments.h - segments that an engine carries -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TFTRT_SERIALIZEDSEGMENTS_H
#define GRAFT_TFTRT_SERIALIZEDSEGMENTS_H

#include "dialects/graph/Graph.h"
#include "support/Status.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace graft {

/// What an engine node has in `serialized_segment`: a plan, or the graph that
/// one is to be made of. Empty if it has nothing.
std::string serializedSegment(graph::NodeOp engine);

/// TF-TRT of TensorFlow 1.8 to 1.13 made engines at run time out of a GraphDef
/// in `serialized_segment`, where `static_engine` is false. Each engine whose
/// native function the module lacks gets one made of that graph. Engines that
/// carry a plan are left alone. Errors (BadInput) name `file` and the engine.
Status functionsFromSerializedSegments(mlir::ModuleOp module,
                                       const std::string &file);

} // namespace graft

#endif // GRAFT_TFTRT_SERIALIZEDSEGMENTS_H
