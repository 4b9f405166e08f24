//===- Session.h - one model on its way to plans --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model is imported, cleaned and fused once. Calibration and the search of
// precisions run copies of it, which share the weights; the model itself is
// written at the end.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_SESSION_H
#define GRAFT_COMPILER_SESSION_H

#include "calibration/RangeTable.h"
#include "compiler/Compilation.h"
#include "compiler/formats/Emitter.h"
#include "engine/Engine.h"

namespace graft {

/// What a session fuses.
enum class SessionGoal {
  Plan,       ///< the whole graph, into one function
  Conversion, ///< each segment that an engine runs, into a function of its own
  Calibration ///< the part that engines can compute from the inputs alone
};

/// An engine that was built of a copy.
struct TrialEngine {
  EnginePtr engine;
  /// The nodes that each launch stands for.
  std::vector<std::vector<std::string>> nodes;
};

class Session {
public:
  /// `options` outlive the object. `steps` are all that will begin.
  Session(const ModelSource &model, const Progress &progress,
          const ConvertOptions &options, SessionGoal goal, int steps)
      : model(model), options(options), goal(goal),
        work(model, progress, steps) {}

  const ModelSource &getModel() const { return model; }
  const ConvertOptions &getOptions() const { return options; }
  const ShapeMap &getShapes() const { return shapes; }
  /// What the user states of inputs, whether load() or prepare() applies it.
  const ShapeMap &getStatedShapes() const {
    return shapes.empty() ? options.shapes : shapes;
  }
  Compilation &getWork() { return work; }

  /// Import the model, a step; `open`, all of it.
  Status load(const ShapeMap &shapes);
  Status load(const OpenModel &open);
  /// Changes the graph as the options say: a step where they do.
  Status prepare();

  bool isForCalibration() const { return goal == SessionGoal::Calibration; }
  /// A session for calibration has steps where that of others is one.
  Status beginCalibrationStep(llvm::StringRef name) {
    return isForCalibration() ? work.beginStep(name) : Status();
  }

  /// Whether the graph itself states how its tensors are quantized. Then there
  /// is nothing to choose.
  bool statesRanges() const { return stated; }
  /// Whether calibration runs another graph than the one that is written: one
  /// signature of several, or in fp32 what is written in quantized values. It
  /// needs a session of its own.
  bool calibratesApart() const { return apart; }

  /// Cleans and fuses, once: nothing if that is done. A part of the step.
  Status fuse();
  /// Whether fuse(), of a session for calibration, or build() failed because
  /// engines compute nothing from the model's inputs alone.
  bool isUncomputable() const { return uncomputable; }
  /// Releases the OS pages of the model's file. Fused weights are read again
  /// only when the model is written.
  void rest();

  /// A layer that a lower precision always speeds up: its kind, as launches
  /// have it, and one of its nodes, which no other layer has.
  struct Layer {
    std::string kind, node;
  };
  /// Of what build() compiles, in the order of their work.
  Expected<std::vector<Layer>> listLayers();
  /// An engine of the fused model with the precisions that `table` says. Where
  /// nodes stay native, it is what engines compute without them.
  Expected<TrialEngine> build(const RangeTable &table);
  /// One in fp32 that has its tensors' ranges for further outputs; behind
  /// nn-equalize where the options want it. Of the `last` engine the model
  /// itself is made, and its memory goes back.
  Expected<TrialEngine> buildInstrumented(bool last);

  /// From the fused model to finished engines in its module, or, of a plan's
  /// session, only as far as the emitter wants it. A part of the step.
  Status compile(Emitter::Stage stage = Emitter::Stage::Plan);

private:
  /// The function that calibration and trials compile, in a module.
  Expected<mlir::OwningOpRef<mlir::ModuleOp>> copyFused();
  Expected<TrialEngine>
  build(mlir::ModuleOp module,
        llvm::function_ref<void(mlir::OpPassManager &)> populate,
        ByteBuffer &plan);
  Expected<TrialEngine>
  buildCopy(const RangeTable *table,
            llvm::function_ref<void(mlir::OpPassManager &)> populate);

  ModelSource model;
  const ConvertOptions &options;
  SessionGoal goal;
  Compilation work;
  ShapeMap shapes;
  bool stated = false, apart = false, fused = false, uncomputable = false;
};

} // namespace graft

#endif // GRAFT_COMPILER_SESSION_H
