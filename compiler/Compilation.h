//===- Compilation.h - the work on one model ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_COMPILATION_H
#define GRAFT_COMPILER_COMPILATION_H

#include "compiler/BadAlloc.h"
#include "compiler/Compiler.h"
#include "compiler/Diagnostics.h"
#include "compiler/ModelInputs.h"
#include "compiler/formats/FrontEnd.h"
#include "dialects/nn/NN.h"
#include "dialects/plan/Plan.h"
#include "passes/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Action.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"

namespace graft {

/// The work on one model: its context, its module and its progress.
class Compilation {
public:
  Compilation(const ModelSource &model, const Progress &progress, int steps)
      : model(model), frontEnd(findFrontEnd(model)), progress(progress),
        steps(steps) {
    // The work on one model is done by one thread: results do not depend on
    // scheduling, and small passes gain nothing from more.
    context.disableMultithreading();
    throwBadAllocs();
    mlir::DialectRegistry registry;
    registry
        .insert<nn::NNDialect, plan::PlanDialect, mlir::func::FuncDialect>();
    registerFrontEndDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    if (progress)
      context.registerActionHandler(
          [this](llvm::function_ref<void()> transform,
                 const mlir::tracing::Action &action) {
            if (announce(action))
              transform();
          });
  }

  mlir::ModuleOp getModule() { return *module; }
  const FrontEnd &getFrontEnd() const { return frontEnd; }

  /// Fails when the user cancels.
  Status beginStep(llvm::StringRef name) {
    stepName = name.str();
    cancelled = cancelled || (progress && !progress(++step, steps, stepName));
    return cancelled ? Status::failed(model.path + ": cancelled") : Status();
  }

  Status load(const ShapeMap &shapes) {
    if (Status status = beginStep("import"); !status)
      return status;
    Expected<mlir::OwningOpRef<mlir::ModuleOp>> imported =
        frontEnd.import(model, &context);
    if (!imported)
      return imported.status();
    module = *std::move(imported);
    return frontEnd.settle(*module, model, shapes);
  }

  /// The same of a model that is to be written again: all of it. What computes
  /// the same is there once where `shapes`, which are not applied, state the
  /// same of it.
  Status load(const OpenModel &open, const ShapeMap &shapes) {
    if (Status status = beginStep("import"); !status)
      return status;
    Expected<mlir::OwningOpRef<mlir::ModuleOp>> imported =
        open.import(model, shapes, &context);
    if (!imported)
      return imported.status();
    module = *std::move(imported);
    return Status();
  }

  /// Runs what `populate` adds.
  Status run(llvm::StringRef name,
             llvm::function_ref<void(mlir::OpPassManager &)> populate) {
    if (Status status = beginStep(name); !status)
      return status;
    return runOn(*module, name, populate);
  }

  /// The same on a module of this one's context, as a part of the step.
  Status runOn(mlir::ModuleOp module, llvm::StringRef name,
               llvm::function_ref<void(mlir::OpPassManager &)> populate) {
    mlir::PassManager pm(&context);
    pm.enableVerifier(false); // Each pass is tested with it; here time counts.
    populate(pm);
    std::string failedPass;
    pm.addInstrumentation(std::make_unique<FailedPass>(failedPass));
    DiagnosticCollector diagnostics(&context);
    bool failed = mlir::failed(pm.run(module));
    if (cancelled)
      return Status::failed(model.path + ": cancelled");
    warnings.add(diagnostics.getWarnings());
    if (failed)
      return diagnostics.toStatus(
          model.path, ("pass '" + failedPass + "' of the phase '" + name +
                       "' failed without saying why, which is a bug in Graft")
                          .str());
    return Status();
  }

  /// A callback that shows other work as a part of this step. The work is done
  /// while this lives.
  Progress within() {
    if (!progress)
      return {};
    return [this](int, int, std::string_view name) {
      cancelled = cancelled ||
                  !progress(step, steps, stepName + ": " + std::string(name));
      return !cancelled;
    };
  }

  /// What passes have warned of.
  const Warnings &getWarnings() const { return warnings; }
  /// Adds those of other work on the model.
  void addWarnings(const Warnings &others) { warnings.add(others); }
  /// Tells the user, who has no report of them.
  void tellWarnings(const EngineOptions &options) const {
    if (options.warn)
      for (const std::string &text : warnings.getTexts())
        options.warn(text);
  }

private:
  /// Keeps the name of the first pass that fails.
  struct FailedPass : mlir::PassInstrumentation {
    explicit FailedPass(std::string &name) : name(name) {}
    void runAfterPassFailed(mlir::Pass *pass, mlir::Operation *) override {
      if (name.empty())
        name = pass->getArgument().str();
    }
    std::string &name;
  };

  /// Names the pass that is about to run. False: it must not run.
  bool announce(const mlir::tracing::Action &action) {
    if (cancelled)
      return false;
    if (auto *pass = llvm::dyn_cast<mlir::PassExecutionAction>(&action)) {
      llvm::StringRef name = pass->getPass().getArgument();
      if (!name.empty())
        cancelled = !progress(step, steps, stepName + ": " + name.str());
    }
    return !cancelled;
  }

  ModelSource model;
  const FrontEnd &frontEnd;
  Progress progress;
  int steps;
  int step = 0;
  std::string stepName;
  bool cancelled = false;
  Warnings warnings;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// Checks first that the file of measured times, if there is one, is not of
/// another kind.
Status checkTimingCache(const EngineOptions &options);

/// The user's choices as the pipelines take them.
inline void setOptions(EnginePipelineOptions &pipeline,
                       const EngineOptions &options) {
  pipeline.target = options.target;
  pipeline.precision = options.precision;
  pipeline.keep = options.keepWide;
  pipeline.tune = options.tune;
  pipeline.timingCache = options.timingCache;
  pipeline.threads = options.threads;
}

inline void setOptions(ConvertPipelineOptions &pipeline,
                       const ConvertOptions &options) {
  setOptions(pipeline, options.engine);
  pipeline.minimumSegmentSize = options.minimumSegmentSize;
  pipeline.maximumEngines = options.maximumEngines;
  pipeline.deny = options.deny;
  pipeline.denyNodes = options.denyNodes;
}

} // namespace graft

#endif // GRAFT_COMPILER_COMPILATION_H
