//===- EmbedEngines.h - segments become engine nodes ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TFTRT_EMBEDENGINES_H
#define GRAFT_TFTRT_EMBEDENGINES_H

#include "dialects/graph/Graph.h"
#include "support/Precision.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <memory>

namespace graft {

/// Bytes in several places, which stay there for as long as `owner` lives.
struct SharedPieces {
  mlir::SmallVector<mlir::ArrayRef<char>> pieces;
  std::shared_ptr<const void> owner;
};

/// The operator takes and gives few element types. A segment with another one
/// at its border is no engine: its nodes return to the graph, each with the
/// reason.
void dissolveMisfits(mlir::ModuleOp module);

/// Replaces every `graph.segment` by one `TRTEngineOp` node with the attributes
/// that TF-TRT writes, and keeps the segment's nodes as the library function
/// "<engine>_native_segment", which TensorFlow falls back on. `getPlan` gives
/// the serialized plan of a segment, which is kept as resources, not copied.
/// `target` is empty for the default. No segment may be a misfit.
mlir::LogicalResult
embedEngines(mlir::ModuleOp module, Precision precision, llvm::StringRef target,
             llvm::function_ref<mlir::FailureOr<SharedPieces>(graph::SegmentOp)>
                 getPlan);

} // namespace graft

#endif // GRAFT_TFTRT_EMBEDENGINES_H
