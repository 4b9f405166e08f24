//===- Compiler.cpp - from a model to a plan or a converted model ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Compilation.h"
#include "exporters/graphdef/GraphDefExporter.h"
#include "exporters/plan/PlanExporter.h"
#include "passes/Pipelines.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace graft;

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
