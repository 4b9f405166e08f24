//===- ModelLoader.cpp - a module out of whatever the user named ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/ModelLoader.h"

#include "formats/savedmodel/Checkpoint.h"
#include "importers/graphdef/GraphDefImporter.h"
#include "importers/savedmodel/SavedModelImporter.h"
#include "passes/graph/GraphUtils.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

bool graft::isSavedModel(const ModelSource &model) {
  return !model.bytes && llvm::sys::fs::is_directory(model.path) &&
         !isCheckpoint(model.path);
}

bool graft::namesGraphDef(const std::string &path) {
  StringRef name(path);
  return name.ends_with(".pb") || name.ends_with(".pbtxt") ||
         name.ends_with(".prototxt");
}

GraphOp graft::getMainGraph(ModuleOp module) {
  auto graphs = module.getOps<GraphOp>();
  return graphs.empty() ? GraphOp() : *graphs.begin();
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

/// The placeholders of a training graph are inputs where an output needs them.
static void keepNeededFeeds(GraphOp graph) {
  NodeIndex index(*graph.getBlock());
  DenseSet<Operation *> needed = findNeeded(graph);
  SmallVector<Attribute> feeds;
  for (auto feed : graph.getFeeds().getAsRange<PortAttr>())
    if (needed.contains(index.lookup(feed.getNode())))
      feeds.push_back(feed);
  graph.setFeedsAttr(ArrayAttr::get(graph.getContext(), feeds));
}

Expected<OwningOpRef<ModuleOp>> graft::loadModel(const ModelSource &model,
                                                 MLIRContext *context) {
  const bool fromCheckpoint = !model.bytes && isCheckpoint(model.path);
  auto import = [&]() -> Expected<OwningOpRef<ModuleOp>> {
    if (fromCheckpoint || isSavedModel(model)) {
      SavedModelImportOptions options;
      options.signature = model.signature;
      options.feeds = model.inputs;
      options.fetches = model.outputs;
      if (fromCheckpoint) {
        Expected<SavedModel> saved = SavedModel::loadCheckpoint(model.path);
        if (!saved)
          return saved.status();
        return importSavedModel(*saved, options, context);
      }
      return importSavedModel(model.path, options, context);
    }
    // A path that leads nowhere is the first thing to say.
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
  };
  Expected<OwningOpRef<ModuleOp>> module = import();
  if (!module)
    return module;
  GraphOp graph = getMainGraph(**module);
  if (graph.getFetches().empty())
    GRAFT_RETURN_IF_ERROR(fetchSinks(graph, model.path));
  if (fromCheckpoint && model.inputs.empty())
    keepNeededFeeds(graph);
  return module;
}
