//===- RestoreAssets.h - engines in the assets of a SavedModel ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A converted graph holds the weights twice: packed in its plans, and in the
// native segments. TensorFlow copies a graph's nodes and functions some fifteen
// times while it loads it. So a converted SavedModel keeps both in its assets,
// where TF-TRT keeps its engines:
//
//   assets/trt-serialized-engine.ENGINE  a TFRecord file of one
//                                        TRTEngineInstance: the plan
//   assets/native-segments.index         a checkpoint: the large constants of
//   assets/native-segments.data-...      the native segments
//
// An engine node names a resource, which the model's initialiser fills from the
// first. A native segment restores its constants from the others, whose place
// the initialiser leaves in a variable. That is a matter of the files: a module
// has the plans and the constants in their nodes, before and after.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TFTRT_RESTOREASSETS_H
#define GRAFT_TFTRT_RESTOREASSETS_H

#include "formats/savedmodel/SavedModel.h"
#include "support/Status.h"

#include "mlir/IR/BuiltinOps.h"

namespace graft {

/// Puts plans and constants back in the nodes that they were taken from, and
/// drops the scope. Error: BadInput for a file that is missing or damaged.
Status restoreEngineAssets(mlir::ModuleOp module, const SavedModel &model);

} // namespace graft

#endif // GRAFT_TFTRT_RESTOREASSETS_H
