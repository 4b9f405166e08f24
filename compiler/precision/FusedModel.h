//===- FusedModel.h - what plans of every precision are made of -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibration and the search of precisions make many plans of one model. It is
// imported and fused once; each plan begins with a copy of that, which shares
// the weights.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_PRECISION_FUSEDMODEL_H
#define GRAFT_COMPILER_PRECISION_FUSEDMODEL_H

#include "compiler/Compilation.h"
#include "compiler/Engine.h"
#include "passes/nn/RangeTable.h"

namespace graft {

class FusedModel {
public:
  /// `options` say what becomes an engine, and outlive the object. The work has
  /// two steps, one more where they prepare, and `furtherSteps` of the
  /// caller's.
  FusedModel(const ModelSource &model, const Progress &progress,
             const ConvertOptions &options, int furtherSteps)
      : path(model.path), options(options),
        work(model, progress, (options.prepare ? 3 : 2) + furtherSteps) {}

  /// Imports the model and makes one fused function of it, or of the part that
  /// engines can compute from its inputs; with `equalize` behind nn-equalize.
  Status load(const ShapeMap &shapes, bool equalize);

  /// Whether the model says itself how its tensors are rounded. Then there is
  /// nothing to choose.
  bool statesRanges() const { return stated; }
  const std::string &getPath() const { return path; }
  Compilation &getWork() { return work; }

  /// A layer that a narrower precision always gains by: its kind, as launches
  /// have it, and one of its nodes, which no other layer has.
  struct Layer {
    std::string kind, node;
  };
  std::vector<Layer> listLayers();

  /// An engine with the precisions that `table` says.
  Expected<LoadedEngine> build(const EngineOptions &options,
                               const nn::RangeTable &table);
  /// One in f32 that has its tensors' ranges for further outputs. Of the `last`
  /// plan the model itself is made, and its memory goes back.
  Expected<LoadedEngine> buildInstrumented(bool last);

private:
  Expected<LoadedEngine>
  build(const nn::RangeTable *table, bool last,
        llvm::function_ref<void(mlir::OpPassManager &)> populate);

  std::string path;
  const ConvertOptions &options;
  Compilation work;
  bool stated = false;
};

/// The same of a module that has not left the `graph` dialect.
bool statesRanges(mlir::ModuleOp module);

} // namespace graft

#endif // GRAFT_COMPILER_PRECISION_FUSEDMODEL_H
