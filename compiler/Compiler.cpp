//===- Compiler.cpp - from a model to a plan or a converted model
//-----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Compiler.h"
#include "compiler/Diagnostics.h"
#include "compiler/ModelLoader.h"

#include "dialects/nn/NN.h"
#include "dialects/plan/Plan.h"
#include "exporters/graphdef/GraphDefExporter.h"
#include "exporters/plan/PlanExporter.h"
#include "passes/Pipelines.h"
#include "passes/graph_to_nn/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace graft;

namespace {

/// The work on one model: its context, its module and where it stands.
class Compilation {
public:
  Compilation(const ModelSource &model, const Progress &progress, int steps)
      : model(model), progress(progress), steps(steps) {
    // The work on one model is done by one thread: results do not depend on
    // scheduling, and small passes gain nothing from more.
    context.disableMultithreading();
    DialectRegistry registry;
    registry.insert<graph::GraphDialect, nn::NNDialect, plan::PlanDialect,
                    func::FuncDialect>();
    registerNodeSemantics(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  ModuleOp getModule() { return *module; }

  void beginStep(StringRef name) {
    if (progress)
      progress(++step, steps, name);
  }

  Status load(const ShapeMap &shapes) {
    beginStep("import");
    Expected<OwningOpRef<ModuleOp>> imported = loadModel(model, &context);
    if (!imported)
      return imported.status();
    module = *std::move(imported);
    return applyShapes(getMainGraph(*module), shapes);
  }

  /// Runs what `populate` adds.
  Status run(StringRef name, function_ref<void(OpPassManager &)> populate) {
    beginStep(name);
    PassManager pm(&context);
    pm.enableVerifier(false); // Each pass is tested with it; here time counts.
    populate(pm);
    DiagnosticCollector diagnostics(&context);
    if (failed(pm.run(*module)))
      return diagnostics.toStatus(model.path,
                                  ("the phase '" + name + "' failed").str());
    return Status();
  }

private:
  ModelSource model;
  Progress progress;
  int steps;
  int step = 0;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

} // namespace

static void setOptions(EnginePipelineOptions &pipeline,
                       const EngineOptions &options) {
  pipeline.precision = options.precision;
  pipeline.tune = options.tune;
  pipeline.timingCache = options.timingCache;
  pipeline.threads = options.threads;
}

/// Runs the build pipeline and hands the engine to `write`.
template <typename Write>
static auto build(const ModelSource &model, const ShapeMap &shapes,
                  const EngineOptions &options, const Progress &progress,
                  Write write) -> decltype(write(plan::EngineOp())) {
  Compilation work(model, progress, /*steps=*/3);
  if (Status status = work.load(shapes); !status)
    return status;
  EnginePipelineOptions pipeline;
  setOptions(pipeline, options);
  if (Status status = work.run(
          "compile",
          [&](OpPassManager &pm) { buildBuildPipeline(pm, pipeline); });
      !status)
    return status;
  work.beginStep("write");
  Expected<plan::EngineOp> engine = plan::findEngine(work.getModule());
  return engine ? write(*engine) : engine.status();
}

Expected<std::string> graft::buildPlan(const ModelSource &model,
                                       const ShapeMap &shapes,
                                       const EngineOptions &options,
                                       const Progress &progress) {
  return build(model, shapes, options, progress, [](plan::EngineOp engine) {
    return plan::exportPlanBytes(engine);
  });
}

Status graft::buildPlanFile(const ModelSource &model, const ShapeMap &shapes,
                            const EngineOptions &options,
                            const std::string &output,
                            const Progress &progress) {
  return build(model, shapes, options, progress, [&](plan::EngineOp engine) {
    return plan::exportPlanFile(engine, output);
  });
}

Status graft::freezeModel(const ModelSource &model, const std::string &output,
                          const Progress &progress) {
  Compilation work(model, progress, /*steps=*/3);
  if (Status status = work.load({}); !status)
    return status;
  if (Status status = work.run("freeze", addFreezing); !status)
    return status;
  work.beginStep("write");
  return exportGraphDef(work.getModule(), output);
}

/// "name: type" of each port of the graph.
static std::vector<std::string> describePorts(graph::GraphOp graph,
                                              ArrayAttr ports) {
  llvm::StringMap<graph::NodeOp> nodes;
  for (graph::NodeOp node : graph.getOps<graph::NodeOp>())
    nodes[node.getName()] = node;
  std::vector<std::string> lines;
  for (auto port : ports.getAsRange<graph::PortAttr>()) {
    std::string &line = lines.emplace_back(port.getName().str());
    if (graph::NodeOp node = nodes.lookup(port.getNode()))
      llvm::raw_string_ostream(line)
          << ": " << node.getOutputs()[port.getIndex()].getType();
  }
  return lines;
}

Expected<ModelSummary> graft::summarizeModel(const std::string &path) {
  Compilation work({path, {}, {}, {}}, {}, /*steps=*/1);
  if (Status status = work.load({}); !status)
    return status;
  ModelSummary summary;
  ModuleOp module = work.getModule();
  module.walk([&](graph::NodeOp node) {
    ++summary.nodes;
    ++summary.ops[node.getOp().str()];
  });
  for (graph::FuncOp function : module.getOps<graph::FuncOp>()) {
    (void)function;
    ++summary.functions;
  }
  graph::GraphOp graph = getMainGraph(module);
  summary.inputs = describePorts(graph, graph.getFeeds());
  summary.outputs = describePorts(graph, graph.getFetches());
  return summary;
}
