//===- Compiler.cpp - from a model to a plan or a converted model ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/CompilePlan.h"
#include "compiler/ModelInputs.h"
#include "compiler/formats/Emitter.h"
#include "compiler/formats/GraphModels.h"
#include "compiler/precision/Calibrate.h"
#include "passes/Pipelines.h"
#include "passes/graph/GraphUtils.h"
#include "passes/plan/TimingCache.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace graft;

Status graft::checkTimingCache(const EngineOptions &options) {
  return options.timingCache.empty()
             ? Status()
             : checkReplaces(options.timingCache, plan::kTimingCacheFile);
}

Status graft::buildPlan(const ModelSource &model, const ShapeMap &shapes,
                        const EngineOptions &options, const Output &output,
                        const Progress &progress) {
  const Emitter &emitter =
      findEmitter(Emitter::Stage::Functions, output, kPlanEmitter);
  GRAFT_RETURN_IF_ERROR(emitter.check(output));
  GRAFT_RETURN_IF_ERROR(checkTimingCache(options));
  ConvertOptions conversion;
  conversion.engine = options;
  Session session(model, progress, conversion, SessionGoal::Plan,
                  3 + countCalibrationSteps(options));
  GRAFT_RETURN_IF_ERROR(session.load(shapes));
  Status status = compilePlan(session, emitter, output);
  session.getWork().tellWarnings(options);
  return status;
}

Status graft::compilePlan(Session &session, const Emitter &emitter,
                          const Output &output) {
  Compilation &work = session.getWork();
  settleSwitches(work, session.getModel());
  GRAFT_RETURN_IF_ERROR(session.prepare());
  GRAFT_RETURN_IF_ERROR(provideRanges(session));
  GRAFT_RETURN_IF_ERROR(work.beginStep("compile"));
  GRAFT_RETURN_IF_ERROR(session.compile(emitter.stage));
  if (Status status = work.beginStep("write"); !status)
    return status;
  return emitter.write(work.getModule(), /*model=*/nullptr, output);
}

Status graft::freezeModel(const ModelSource &model, const Output &output,
                          const Progress &progress) {
  GRAFT_RETURN_IF_ERROR(checkHasGraph(model, "freeze"));
  GRAFT_RETURN_IF_ERROR(checkGraphDef(output));
  Compilation work(model, progress, /*steps=*/3);
  if (Status status = work.load({}); !status)
    return status;
  if (Status status = work.run("freeze", addFreezing); !status)
    return status;
  if (Status status = checkFrozen(work.getModule(), model.path); !status)
    return status;
  if (Status status = work.beginStep("write"); !status)
    return status;
  return writeGraphDef(work.getModule(), /*model=*/nullptr, output);
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

Expected<ModelSummary> graft::summarizeModel(const ModelSource &model,
                                             const Progress &progress) {
  GRAFT_RETURN_IF_ERROR(checkHasGraph(model, "inspect"));
  Compilation work(model, progress, /*steps=*/1);
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
  graph::GraphOp graph = graph::getMainGraph(module);
  summary.inputs = describePorts(graph, graph.getFeeds());
  summary.outputs = describePorts(graph, graph.getFetches());
  return summary;
}

Expected<std::vector<GraphNode>> graft::listNodes(const ModelSource &model,
                                                  const Progress &progress) {
  GRAFT_RETURN_IF_ERROR(checkHasGraph(model, "inspect"));
  Compilation work(model, progress, /*steps=*/1);
  if (Status status = work.load({}); !status)
    return status;
  llvm::DenseMap<Operation *, size_t> index;
  std::vector<GraphNode> nodes;
  graph::GraphOp graph = graph::getMainGraph(work.getModule());
  for (graph::NodeOp node : graph.getOps<graph::NodeOp>()) {
    index[node] = nodes.size();
    nodes.push_back({node.getName().str(), node.getOp().str(), {}});
  }
  for (graph::NodeOp node : graph.getOps<graph::NodeOp>())
    for (Value operand : node->getOperands())
      if (Operation *source = operand.getDefiningOp())
        nodes[index[node]].inputs.push_back(index[source]);
  return nodes;
}
