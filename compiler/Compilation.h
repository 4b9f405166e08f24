//===- Compilation.h - the work on one model ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_COMPILATION_H
#define GRAFT_COMPILER_COMPILATION_H

#include "compiler/Compiler.h"
#include "compiler/Diagnostics.h"
#include "compiler/ModelLoader.h"
#include "dialects/nn/NN.h"
#include "dialects/plan/Plan.h"
#include "importers/savedmodel/SavedModelImporter.h"
#include "passes/Pipelines.h"
#include "passes/graph_to_nn/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"

namespace graft {

/// The work on one model: its context, its module and where it stands.
class Compilation {
public:
  Compilation(const ModelSource &model, const Progress &progress, int steps)
      : model(model), progress(progress), steps(steps) {
    // The work on one model is done by one thread: results do not depend on
    // scheduling, and small passes gain nothing from more.
    context.disableMultithreading();
    mlir::DialectRegistry registry;
    registry.insert<graph::GraphDialect, nn::NNDialect, plan::PlanDialect,
                    mlir::func::FuncDialect>();
    registerNodeSemantics(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  mlir::ModuleOp getModule() { return *module; }

  void beginStep(llvm::StringRef name) {
    if (progress)
      progress(++step, steps, name);
  }

  Status load(const ShapeMap &shapes) {
    beginStep("import");
    Expected<mlir::OwningOpRef<mlir::ModuleOp>> imported =
        loadModel(model, &context);
    if (!imported)
      return imported.status();
    module = *std::move(imported);
    return applyShapes(getMainGraph(*module), shapes);
  }

  /// The same of a SavedModel that is already read, with all its signatures.
  Status load(const SavedModel &saved) {
    beginStep("import");
    SavedModelImportOptions options;
    options.allSignatures = true;
    options.signature = model.signature;
    options.feeds = model.inputs;
    options.fetches = model.outputs;
    Expected<mlir::OwningOpRef<mlir::ModuleOp>> imported =
        importSavedModel(saved, options, &context);
    if (!imported)
      return imported.status();
    module = *std::move(imported);
    return Status();
  }

  /// Runs what `populate` adds.
  Status run(llvm::StringRef name,
             llvm::function_ref<void(mlir::OpPassManager &)> populate) {
    beginStep(name);
    mlir::PassManager pm(&context);
    pm.enableVerifier(false); // Each pass is tested with it; here time counts.
    populate(pm);
    DiagnosticCollector diagnostics(&context);
    if (mlir::failed(pm.run(*module)))
      return diagnostics.toStatus(model.path,
                                  ("the phase '" + name + "' failed").str());
    return Status();
  }

private:
  ModelSource model;
  Progress progress;
  int steps;
  int step = 0;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// The user's choices as the pipelines take them.
inline void setOptions(EnginePipelineOptions &pipeline,
                       const EngineOptions &options) {
  pipeline.precision = options.precision;
  pipeline.tune = options.tune;
  pipeline.timingCache = options.timingCache;
  pipeline.threads = options.threads;
}

} // namespace graft

#endif // GRAFT_COMPILER_COMPILATION_H
