//===- Session.cpp - one model on its way to plans ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Session.h"

#include "compiler/precision/JoinSegments.h"
#include "dialects/graph/GraphAttributes.h"
#include "dialects/plan/Describe.h"
#include "exporters/plan/PlanExporter.h"
#include "passes/graph/GraphUtils.h"
#include "passes/graph/Passes.h"
#include "passes/graph_to_nn/SimulatedQuantization.h"
#include "passes/nn/LayerPrecisions.h"
#include "passes/nn/Passes.h"
#include "support/MappedFile.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace graft;

//===----------------------------------------------------------------------===//
// From the file to fused functions
//===----------------------------------------------------------------------===//

Status Session::load(const ShapeMap &wanted) {
  shapes = wanted;
  return work.load(shapes);
}

Status Session::load(const OpenModel &open) {
  bool choosesNothing =
      model.signature.empty() && model.inputs.empty() && model.outputs.empty();
  apart = choosesNothing && open.countSignatures() > 1;
  return work.load(open, options.shapes);
}

static bool anyNode(ModuleOp module,
                    llvm::function_ref<bool(graph::NodeOp)> holds) {
  return module
      .walk([&](graph::NodeOp node) {
        return holds(node) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

Status Session::prepare() {
  if (options.prepare)
    GRAFT_RETURN_IF_ERROR(options.prepare(work));
  stated = anyNode(work.getModule(), [](graph::NodeOp node) {
    return simulatesQuantization(node.getOp());
  });
  // Fusion for int8 keeps quantized values that it makes real ones for fp32.
  apart |= stated || anyNode(work.getModule(), [](graph::NodeOp node) {
             return node.getOp().contains("uantize");
           });
  return Status();
}

/// Nodes that no engine takes need TensorFlow, and what reads them does, too.
static void addComputablePart(OpPassManager &pm,
                              const ConvertOptions &options) {
  ConvertPipelineOptions pipeline;
  setOptions(pipeline, options);
  addSegmentation(pm, pipeline, /*fetchFed=*/true);
  pm.addPass(graph::createEliminateDeadOutputs());
}

Status Session::fuse() {
  if (fused)
    return Status();
  ConvertPipelineOptions pipeline;
  setOptions(pipeline, options);
  Status done = work.runOn(work.getModule(), "fuse", [&](OpPassManager &pm) {
    if (goal == SessionGoal::Conversion)
      return addFusedSegments(pm, pipeline);
    const FrontEnd &frontEnd = work.getFrontEnd();
    if (goal == SessionGoal::Plan) {
      frontEnd.addFunctions(pm, pipeline, /*extension=*/{});
      return addFusion(pm, pipeline);
    }
    EnginePipelineOptions plain;
    frontEnd.addFunctions(pm, plain,
                          [&](ExtensionPoint point, OpPassManager &pm) {
                            if (point == ExtensionPoint::AfterGraphCleanup)
                              addComputablePart(pm, options);
                          });
    addFusion(pm, plain);
  });
  fused = done.ok();
  if (graph::GraphOp graph = graph::getMainGraph(work.getModule()))
    uncomputable = graph->hasAttr(graph::kNothingFedAttr);
  return done;
}

void Session::rest() {
  AttrTypeWalker walker;
  walker.addWalk([](DenseResourceElementsAttr attr) {
    if (AsmResourceBlob *blob = attr.getRawHandle().getBlob())
      returnPages({blob->getData().data(), blob->getData().size()});
  });
  work.getModule()->walk(
      [&](Operation *op) { walker.walk(op->getAttrDictionary()); });
}

//===----------------------------------------------------------------------===//
// Engines of copies
//===----------------------------------------------------------------------===//

Expected<OwningOpRef<ModuleOp>> Session::copyFused() {
  ModuleOp module = work.getModule();
  if (goal != SessionGoal::Conversion)
    return OwningOpRef<ModuleOp>(module.clone());
  OwningOpRef<ModuleOp> joined = joinSegments(module);
  uncomputable = !joined;
  if (!joined)
    return Status::failed(model.path +
                          ": a node that can be part of an engine must be "
                          "computed from the inputs alone, got none");
  return joined;
}

Expected<std::vector<Session::Layer>> Session::listLayers() {
  Expected<OwningOpRef<ModuleOp>> copy = copyFused();
  GRAFT_RETURN_IF_ERROR(copy.status());
  std::vector<Layer> layers;
  llvm::StringSet<> taken;
  (*copy)->walk<WalkOrder::PreOrder>([&](nn::PrecisionOpInterface op) {
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

/// `plan` gets the bytes that the engine is to be loaded of.
Expected<TrialEngine>
Session::build(ModuleOp module,
               llvm::function_ref<void(OpPassManager &)> populate,
               ByteBuffer &plan) {
  GRAFT_RETURN_IF_ERROR(work.runOn(module, "compile", populate));
  Expected<plan::EngineOp> engine = plan::findEngine(module);
  GRAFT_RETURN_IF_ERROR(engine.status());
  GRAFT_RETURN_IF_ERROR(plan::exportPlan(
      *engine, [&](std::string_view piece) { return plan.write(piece); }));
  TrialEngine trial;
  for (auto launch : engine->getBlock()->getOps<plan::LaunchOp>()) {
    auto &nodes = trial.nodes.emplace_back();
    for (std::string &node : plan::collectNodes(launch.getLoc()))
      nodes.push_back(std::move(node));
  }
  return trial;
}

Expected<TrialEngine>
Session::buildCopy(const RangeTable *table,
                   llvm::function_ref<void(OpPassManager &)> populate) {
  ByteBuffer plan;
  TrialEngine trial;
  {
    Expected<OwningOpRef<ModuleOp>> copy = copyFused();
    GRAFT_RETURN_IF_ERROR(copy.status());
    if (table)
      nn::holdTable(**copy, *table);
    Expected<TrialEngine> built = build(**copy, populate, plan);
    GRAFT_RETURN_IF_ERROR(built.status());
    trial = *std::move(built);
  }
  // The weights that only the copy had.
  GRAFT_RETURN_IF_ERROR(
      work.runOn(work.getModule(), "release", [](OpPassManager &pm) {
        pm.addPass(createReleaseResources());
      }));
  GRAFT_RETURN_IF_ERROR(loadCopy(plan.bytes(), trial.engine));
  return trial;
}

Expected<TrialEngine> Session::build(const RangeTable &table) {
  EnginePipelineOptions pipeline;
  setOptions(pipeline, options.engine);
  pipeline.precision = Precision::Best;
  pipeline.release = false;
  return buildCopy(&table, [&](OpPassManager &pm) {
    addLowering(pm, pipeline);
    addPlanning(pm, pipeline);
  });
}

Expected<TrialEngine> Session::buildInstrumented(bool last) {
  // The same kernels with the same rounding, for any number of threads.
  EnginePipelineOptions pipeline;
  pipeline.threads = 1;
  pipeline.release = last;
  auto populate = [&](OpPassManager &pm) {
    if (options.engine.equalize)
      pm.addPass(nn::createEqualize());
    pm.addPass(nn::createInstrumentRanges());
    addPlanning(pm, pipeline);
  };
  if (!last)
    return buildCopy(/*table=*/nullptr, populate);
  ModuleOp module = work.getModule();
  ByteBuffer plan;
  Expected<TrialEngine> trial = build(module, populate, plan);
  GRAFT_RETURN_IF_ERROR(trial.status());
  module.getBody()->clear();
  GRAFT_RETURN_IF_ERROR(work.runOn(module, "release", [](OpPassManager &pm) {
    pm.addPass(createReleaseResources());
  }));
  GRAFT_RETURN_IF_ERROR(loadCopy(plan.bytes(), trial->engine));
  return trial;
}

//===----------------------------------------------------------------------===//
// What is written
//===----------------------------------------------------------------------===//

Status Session::compile(Emitter::Stage stage) {
  GRAFT_RETURN_IF_ERROR(fuse());
  ConvertPipelineOptions pipeline;
  setOptions(pipeline, options);
  return work.runOn(work.getModule(), "compile", [&](OpPassManager &pm) {
    if (goal == SessionGoal::Conversion)
      return addSegmentEngines(pm, pipeline);
    addLowering(pm, pipeline);
    if (stage == Emitter::Stage::Plan)
      addPlanning(pm, pipeline);
  });
}
