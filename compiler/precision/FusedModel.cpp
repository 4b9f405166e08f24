//===- FusedModel.cpp - what plans of every precision are made of ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/precision/FusedModel.h"

#include "dialects/plan/Describe.h"
#include "exporters/plan/PlanExporter.h"
#include "passes/graph/Passes.h"
#include "passes/graph_to_nn/Codes.h"
#include "passes/nn/LayerPrecisions.h"
#include "passes/nn/Passes.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace graft;

bool graft::statesRanges(ModuleOp module) {
  return module
      .walk([](graph::NodeOp node) {
        return simulatesQuantization(node.getOp()) ? WalkResult::interrupt()
                                                   : WalkResult::advance();
      })
      .wasInterrupted();
}

Status FusedModel::load(const ShapeMap &shapes, bool equalize) {
  GRAFT_RETURN_IF_ERROR(work.load(shapes));
  if (options.prepare)
    GRAFT_RETURN_IF_ERROR(options.prepare(work));
  stated = graft::statesRanges(work.getModule());
  // Nodes that no engine takes need TensorFlow, and what reads them does, too.
  auto addComputablePart = [&](ExtensionPoint point, OpPassManager &pm) {
    if (point != ExtensionPoint::AfterGraphCleanup)
      return;
    ConvertPipelineOptions pipeline;
    setOptions(pipeline, options);
    addSegmentation(pm, pipeline, /*fetchFed=*/true);
    pm.addPass(graph::createEliminateDeadOutputs());
  };
  return work.run("fuse", [&](OpPassManager &pm) {
    addFusedFunctions(pm, EnginePipelineOptions(), addComputablePart);
    if (equalize)
      pm.addPass(nn::createEqualize());
  });
}

std::vector<FusedModel::Layer> FusedModel::listLayers() {
  std::vector<Layer> layers;
  llvm::StringSet<> taken;
  work.getModule().walk<WalkOrder::PreOrder>([&](nn::PrecisionOpInterface op) {
    if (op.getPrecisionClass() != nn::PrecisionClass::Allow)
      return;
    for (std::string &node : plan::collectNodes(op.getLoc()))
      if (taken.insert(node).second) {
        layers.push_back({op->getName().stripDialect().str(), std::move(node)});
        return;
      }
  });
  return layers;
}

Expected<LoadedEngine>
FusedModel::build(const nn::RangeTable *table, bool last,
                  llvm::function_ref<void(OpPassManager &)> populate) {
  LoadedEngine loaded;
  {
    OwningOpRef<ModuleOp> copy;
    ModuleOp module = work.getModule();
    if (!last) {
      copy = module.clone();
      module = *copy;
    }
    if (table)
      nn::holdTable(module, *table);
    GRAFT_RETURN_IF_ERROR(work.runOn(module, "compile", populate));
    Expected<plan::EngineOp> engine = plan::findEngine(module);
    GRAFT_RETURN_IF_ERROR(engine.status());
    GRAFT_RETURN_IF_ERROR(
        plan::exportPlan(*engine, [&](std::string_view piece) {
          return loaded.planBytes.write(piece);
        }));
    if (last)
      module.getBody()->clear();
  }
  // The weights that only the copy had.
  GRAFT_RETURN_IF_ERROR(
      work.runOn(work.getModule(), "release", [](OpPassManager &pm) {
        pm.addPass(createReleaseResources());
      }));
  GRAFT_RETURN_IF_ERROR(loadEngine(loaded));
  return loaded;
}

Expected<LoadedEngine> FusedModel::build(const EngineOptions &options,
                                         const nn::RangeTable &table) {
  EnginePipelineOptions pipeline;
  setOptions(pipeline, options);
  pipeline.precision = "best";
  pipeline.release = false;
  return build(&table, /*last=*/false, [&](OpPassManager &pm) {
    addLowering(pm, pipeline);
    addPlanning(pm, pipeline);
  });
}

Expected<LoadedEngine> FusedModel::buildInstrumented(bool last) {
  // The same kernels, which round alike, whatever the number of threads.
  EnginePipelineOptions pipeline;
  pipeline.threads = 1;
  pipeline.release = last;
  return build(/*table=*/nullptr, last, [&](OpPassManager &pm) {
    pm.addPass(nn::createInstrumentRanges());
    addPlanning(pm, pipeline);
  });
}
