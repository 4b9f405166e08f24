//===- LayerPrecisions.h - what a table says of each layer ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Access of passes to the calibration table and its choices of precision:
// nn-quantize skips layers that are in f32 or bf16, and nn-lower-precision
// converts those that are in bf16.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_LAYERPRECISIONS_H
#define GRAFT_PASSES_NN_LAYERPRECISIONS_H

#include "calibration/RangeTable.h"

#include "mlir/IR/Operation.h"
#include "mlir/Pass/AnalysisManager.h"
#include "llvm/ADT/StringMap.h"

namespace graft::nn {

/// Module attribute that holds the text of a table, for nn-quantize.
inline constexpr char kRangesAttr[] = "nn.ranges";

/// The table that a module holds: an analysis, so that all passes of a pipeline
/// read it once. None of them changes the attribute.
class HeldTable {
public:
  explicit HeldTable(mlir::Operation *op);
  bool isInvalidated(const mlir::AnalysisManager::PreservedAnalyses &) const {
    return false;
  }

  /// The one of the pass on `op` whose analyses these are. A module in another
  /// one has its table.
  static const HeldTable &of(mlir::AnalysisManager analyses,
                             mlir::Operation *op);

  /// The table, or null where the module has none. A failure is a diagnostic at
  /// `op`.
  llvm::FailureOr<const RangeTable *> get(mlir::Operation *op) const;

private:
  std::optional<Expected<RangeTable>> table;
};

/// Gives a module the table.
void holdTable(mlir::Operation *module, const RangeTable &table);

/// Reads a table. A failure is a diagnostic at `op`, with `prefix` in front.
llvm::FailureOr<RangeTable> readTable(mlir::Operation *op, llvm::StringRef text,
                                      const llvm::Twine &prefix = "");

/// The precisions of the layers that a table has as wide.
class LayerPrecisions {
public:
  LayerPrecisions() = default;
  explicit LayerPrecisions(const RangeTable &table);

  /// FP32 or BF16 if a node of the operation is listed.
  std::optional<Precision> find(mlir::Operation *op) const;

private:
  llvm::StringMap<Precision> precisions;
};

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_LAYERPRECISIONS_H
