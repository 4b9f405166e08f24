//===- GraphModels.cpp - TensorFlow's models as rows ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/formats/GraphModels.h"

#include "compiler/ModelInputs.h"
#include "exporters/graphdef/GraphDefExporter.h"
#include "exporters/savedmodel/SavedModelExporter.h"
#include "formats/savedmodel/Checkpoint.h"
#include "importers/graphdef/GraphDefImporter.h"
#include "importers/savedmodel/SavedModelImporter.h"
#include "passes/graph/GraphUtils.h"
#include "passes/graph_to_nn/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

//===----------------------------------------------------------------------===//
// In
//===----------------------------------------------------------------------===//

bool graft::isCheckpointModel(const ModelSource &model) {
  return !model.bytes && isCheckpoint(model.path);
}

bool graft::isSavedModel(const ModelSource &model) {
  return !model.bytes && llvm::sys::fs::is_directory(model.path) &&
         !isCheckpoint(model.path);
}

void graft::registerGraphDialect(DialectRegistry &registry) {
  registry.insert<GraphDialect>();
  registerNodeSemantics(registry);
}

Expected<OwningOpRef<ModuleOp>> graft::importGraphDef(const ModelSource &model,
                                                      MLIRContext *context) {
  // First reports a path that does not exist.
  if (!model.signature.empty() &&
      (model.bytes || llvm::sys::fs::exists(model.path)))
    return Status::usage(model.path +
                         ": a GraphDef has no signatures; name tensors by "
                         "options 'inputs' and 'outputs'");
  GraphDefImportOptions options;
  options.feeds = model.inputs;
  options.fetches = model.outputs;
  if (model.bytes)
    return importGraphDefBytes(*model.bytes, /*owner=*/nullptr, model.path,
                               options, context);
  return importGraphDef(model.path, options, context);
}

static SavedModelImportOptions optionsFor(const ModelSource &model) {
  SavedModelImportOptions options;
  options.signature = model.signature;
  options.feeds = model.inputs;
  options.fetches = model.outputs;
  return options;
}

Expected<OwningOpRef<ModuleOp>>
graft::importSavedModel(const ModelSource &model, MLIRContext *context) {
  return importSavedModel(model.path, optionsFor(model), context);
}

Expected<OwningOpRef<ModuleOp>>
graft::importCheckpoint(const ModelSource &model, MLIRContext *context) {
  Expected<SavedModel> saved = SavedModel::loadCheckpoint(model.path);
  GRAFT_RETURN_IF_ERROR(saved.status());
  return importSavedModel(*saved, optionsFor(model), context);
}

/// Fetches every result of the nodes that nobody reads.
static Status fetchSinks(GraphOp graph, const std::string &path) {
  MLIRContext *context = graph.getContext();
  SmallVector<Attribute> fetches;
  for (NodeOp node : graph.getOps<NodeOp>()) {
    if (!node->use_empty() || node.is("Placeholder") ||
        node.is("PlaceholderWithDefault") || node.is("Const"))
      continue;
    for (size_t i = 0; i < node.getOutputs().size(); ++i) {
      std::string name = node.getName().str();
      if (i > 0)
        name += ":" + std::to_string(i);
      fetches.push_back(PortAttr::get(context, StringAttr::get(context, name),
                                      node.getNameAttr(), i));
    }
  }
  if (fetches.empty())
    return Status::usage(path +
                         ": no node's result is unread; name the tensors "
                         "to compute by option 'outputs'");
  graph.setFetchesAttr(ArrayAttr::get(context, fetches));
  return Status();
}

static void keepNeededFeeds(GraphOp graph) {
  NodeIndex index(*graph.getBlock());
  DenseSet<Operation *> needed = findNeeded(graph);
  SmallVector<Attribute> feeds;
  for (auto feed : graph.getFeeds().getAsRange<PortAttr>())
    if (needed.contains(index.lookup(feed.getNode())))
      feeds.push_back(feed);
  graph.setFeedsAttr(ArrayAttr::get(graph.getContext(), feeds));
}

Status graft::settleGraph(ModuleOp module, const ModelSource &model,
                          const ShapeMap &stated) {
  GraphOp graph = getMainGraph(module);
  if (graph.getFetches().empty())
    GRAFT_RETURN_IF_ERROR(fetchSinks(graph, model.path));
  GRAFT_RETURN_IF_ERROR(applyShapes(graph, stated));
  return settleSizes(graph, model);
}

Status graft::settleCheckpoint(ModuleOp module, const ModelSource &model,
                               const ShapeMap &stated) {
  GraphOp graph = getMainGraph(module);
  if (graph.getFetches().empty())
    GRAFT_RETURN_IF_ERROR(fetchSinks(graph, model.path));
  if (model.inputs.empty())
    keepNeededFeeds(graph);
  return settleGraph(module, model, stated);
}

//===----------------------------------------------------------------------===//
// Out
//===----------------------------------------------------------------------===//

namespace {
/// A SavedModel with all its signatures.
class OpenSavedModel : public OpenModel {
public:
  explicit OpenSavedModel(SavedModel saved) : saved(std::move(saved)) {}

  Expected<OwningOpRef<ModuleOp>> import(const ModelSource &source,
                                         const ShapeMap &stated,
                                         MLIRContext *context) const override {
    SavedModelImportOptions options = optionsFor(source);
    options.allSignatures = true;
    options.separated = findSeparated(saved, stated);
    return importSavedModel(saved, options, context);
  }
  size_t countSignatures() const override { return saved.signatures().size(); }
  void rest() override { saved.forgetFunctions(); }

  SavedModel saved;
};
} // namespace

Expected<std::unique_ptr<OpenModel>>
graft::openSavedModel(const ModelSource &model) {
  Expected<SavedModel> saved = SavedModel::load(model.path);
  GRAFT_RETURN_IF_ERROR(saved.status());
  return std::unique_ptr<OpenModel>(
      std::make_unique<OpenSavedModel>(*std::move(saved)));
}

Status graft::checkGraphDef(const Output &output) {
  return checkOutput(output, graphDefFile(output.path));
}

Status graft::writeGraphDef(ModuleOp module, const OpenModel *,
                            const Output &output) {
  if (!output.buffer)
    return exportGraphDef(module, output.path);
  return exportGraphDef(module, [&](StringRef piece) {
    return output.buffer->write({piece.data(), piece.size()});
  });
}

// A folder that is not empty is an error of the exporter's.
Status graft::checkSavedModel(const Output &) { return Status(); }

Status graft::writeSavedModel(ModuleOp module, const OpenModel *model,
                              const Output &output) {
  return exportSavedModel(static_cast<const OpenSavedModel *>(model)->saved,
                          module, output.path);
}

Status graft::checkFrozen(ModuleOp module, const std::string &path) {
  NodeOp left;
  module.walk([&](NodeOp node) {
    if (!node.is("VarHandleOp") && !node.is("VariableV2") &&
        !node.is("Variable"))
      return WalkResult::advance();
    left = node;
    return WalkResult::interrupt();
  });
  return left ? Status::failed(
                    path + ": variable '" + left.getName().str() +
                    "' must have a value in the checkpoint and be only read, "
                    "to be frozen; choose outputs that do not need it")
              : Status();
}
