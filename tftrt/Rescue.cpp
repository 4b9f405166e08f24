//===- Rescue.cpp - models that TF-TRT wrote, native again ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tftrt/Rescue.h"

#include "compiler/Compilation.h"
#include "compiler/formats/GraphModels.h"
#include "compiler/formats/ModelWriter.h"
#include "dialects/graph/GraphAttributes.h"
#include "passes/graph/Inliner.h"
#include "passes/graph/Passes.h"
#include "tftrt/EngineNodes.h"
#include "tftrt/Passes.h"
#include "tftrt/SerializedSegments.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

/// The engines of the module, and how many nodes each stands for.
static std::vector<RestoredEngine> listEngines(ModuleOp module) {
  Library library(module);
  std::vector<RestoredEngine> engines;
  for (Operation *container : getContainers(module)) {
    auto function = dyn_cast<FuncOp>(container);
    for (auto node : getBody(container).getOps<NodeOp>()) {
      if (!tftrt::isEngine(node))
        continue;
      RestoredEngine &engine = engines.emplace_back();
      engine.name = node.getName().str();
      engine.function = function ? function.getSymName().str() : "";
      if (FuncOp native = library.nativeSegment(node))
        engine.nodes = llvm::range_size(native.getBlock()->getOps<NodeOp>());
    }
  }
  return engines;
}

/// Puts the native segments in the place of their engines.
static Expected<std::vector<RestoredEngine>>
restoreEngines(Compilation &work, const std::string &path, bool keepDevices) {
  ModuleOp module = work.getModule();
  if (Status status = functionsFromSerializedSegments(module, path); !status)
    return status;
  std::vector<RestoredEngine> engines = listEngines(module);
  if (engines.empty())
    return Status::badInput(path + ": the model must have an engine of TF-TRT "
                                   "(TRTEngineOp) to be rescued, got none");
  Status status = work.run("restore", [&](OpPassManager &pm) {
    tftrt::RestoreSegmentsOptions options;
    options.keepDevices = keepDevices;
    pm.addPass(tftrt::createRestoreSegments(options));
  });
  GRAFT_RETURN_IF_ERROR(status);
  return engines;
}

/// A SavedModel is written without a checkpoint: what saves and restores goes,
/// and where there are variables they become constants.
static Status prepareForSaving(Compilation &work) {
  bool hasVariables = false;
  work.getModule().walk(
      [&](NodeOp node) { hasVariables |= node->hasAttr(kVariableValueAttr); });
  return work.run("clean", [&](OpPassManager &pm) {
    if (hasVariables)
      addFreezing(pm);
    else
      pm.addPass(createEliminateDeadOutputs());
  });
}

Expected<RescueReport> graft::rescueModel(const ModelSource &model,
                                          const RescueOptions &options,
                                          const Output &output,
                                          const Progress &progress) {
  RescueReport report;
  if (options.conversion) {
    ConvertOptions conversion = *options.conversion;
    conversion.prepare = [&](Compilation &work) {
      Expected<std::vector<RestoredEngine>> engines =
          restoreEngines(work, model.path, options.keepDevices);
      if (!engines)
        return engines.status();
      report.engines = *std::move(engines);
      return Status();
    };
    Expected<ConversionReport> converted =
        convertModel(model, conversion, output, progress);
    if (!converted)
      return converted.status();
    report.conversion = *std::move(converted);
    return report;
  }

  // Outlives the module.
  Expected<ModelWriter> writer = ModelWriter::create(model, output, "rescue");
  GRAFT_RETURN_IF_ERROR(writer.status());
  const bool isSaved = isSavedModel(model);
  Compilation work(model, progress, /*steps=*/isSaved ? 4 : 3);
  const OpenModel *open = writer->getOpenModel();
  GRAFT_RETURN_IF_ERROR(open ? work.load(*open, /*shapes=*/{})
                             : work.load(ShapeMap()));
  Expected<std::vector<RestoredEngine>> engines =
      restoreEngines(work, model.path, options.keepDevices);
  if (!engines)
    return engines.status();
  report.engines = *std::move(engines);
  if (isSaved)
    GRAFT_RETURN_IF_ERROR(prepareForSaving(work));
  GRAFT_RETURN_IF_ERROR(writer->check(work.getModule()));
  if (Status status = work.beginStep("write"); !status)
    return status;
  GRAFT_RETURN_IF_ERROR(writer->write(work.getModule()));
  return report;
}
