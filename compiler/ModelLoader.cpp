//===- ModelLoader.cpp - a module out of whatever the user named ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/ModelLoader.h"

#include "compiler/Compilation.h"
#include "compiler/ModelInputs.h"

#include "dialects/graph/SizeRanges.h"
#include "importers/graphdef/GraphDefImporter.h"
#include "importers/savedmodel/Checkpoint.h"
#include "importers/savedmodel/SavedModelImporter.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"

#include <set>

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
    if (!node->use_empty() || node.is("Placeholder") || node.is("Const"))
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
    return Status::usage(path + ": no node's result is unread; name the wanted "
                                "tensors with --outputs");
  graph.setFetchesAttr(ArrayAttr::get(context, fetches));
  return Status();
}

Expected<OwningOpRef<ModuleOp>> graft::loadModel(const ModelSource &model,
                                                 MLIRContext *context) {
  auto import = [&]() -> Expected<OwningOpRef<ModuleOp>> {
    bool fromCheckpoint = !model.bytes && isCheckpoint(model.path);
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
                           ": a GraphDef has no signatures; name tensors with "
                           "--inputs and --outputs");
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
    if (Status status = fetchSinks(graph, model.path); !status)
      return status;
  return module;
}

static bool isLimited(const DimRange &dim) { return dim.max != kUnlimited; }

static std::string describe(ArrayRef<DimRange> dims) {
  std::string text = "[";
  for (auto [i, dim] : llvm::enumerate(dims)) {
    text += i ? ", " : "";
    if (!isLimited(dim) && dim.min == 0)
      text += "?";
    else
      text += std::to_string(dim.min);
    if (!dim.isFixed() && isLimited(dim))
      text += ".." + std::to_string(dim.max);
    else if (!isLimited(dim) && dim.min > 0)
      text += "..";
  }
  return text + "]";
}

/// Narrows the type of the fed tensor by `dims`.
static Status applyShape(NodeOp node, int64_t index, StringRef name,
                         ArrayRef<DimRange> dims) {
  Value tensor = node.getOutputs()[index];
  auto known = dyn_cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape;
  bool fits = !known || known.getRank() == static_cast<int64_t>(dims.size());
  for (size_t d = 0; fits && d < dims.size(); ++d) {
    bool settled = known && !known.isDynamicDim(d);
    // Any size is no statement: what the model says stays.
    bool isAny = !isLimited(dims[d]) && dims[d].min == 0;
    fits = !settled || isAny ||
           (dims[d].isFixed() && dims[d].min == known.getDimSize(d));
    shape.push_back(settled             ? known.getDimSize(d)
                    : dims[d].isFixed() ? dims[d].min
                                        : ShapedType::kDynamic);
  }
  if (!fits) {
    std::string type;
    llvm::raw_string_ostream(type) << known;
    return Status::usage("the shape of input '" + name.str() + "' must fit " +
                         type + ", got " + describe(dims));
  }
  Type element = cast<TensorType>(tensor.getType()).getElementType();
  tensor.setType(RankedTensorType::get(shape, element));
  if (node.is("Placeholder")) {
    for (int64_t &dim : shape)
      dim = ShapedType::isDynamic(dim) ? -1 : dim;
    NamedAttrList attrs(node.getAttrs());
    attrs.set("shape", ShapeAttr::get(node.getContext(), shape, true));
    attrs.erase("_output_shapes");
    node.setAttrsAttr(attrs.getDictionary(node.getContext()));
  }
  return Status();
}

/// The dimensions that the user states for a feed, or null. The same argument
/// of another signature is "SIGNATURE/NAME".
static const std::vector<DimRange> *
findShape(const ShapeMap &shapes, StringRef feed, std::set<std::string> &used) {
  for (StringRef name : {feed, feed.split('/').second}) {
    auto found = shapes.find(name.str());
    if (name.empty() || found == shapes.end())
      continue;
    used.insert(found->first);
    return &found->second;
  }
  return nullptr;
}

Status graft::applyShapes(GraphOp graph, const ShapeMap &shapes) {
  if (shapes.empty())
    return Status();
  llvm::StringMap<NodeOp> nodes;
  for (NodeOp node : graph.getOps<NodeOp>())
    nodes[node.getName()] = node;
  Builder builder(graph.getContext());
  std::set<std::string> used;
  NamedAttrList ranges;
  for (auto feed : graph.getFeeds().getAsRange<PortAttr>()) {
    StringRef name = feed.getName().getValue();
    const std::vector<DimRange> *wanted = findShape(shapes, name, used);
    if (!wanted)
      continue;
    if (Status status = applyShape(nodes.lookup(feed.getNode()),
                                   feed.getIndex(), name, *wanted);
        !status)
      return status;
    SmallVector<int64_t> limits;
    bool isStated = false; // beyond what the type says
    for (const DimRange &dim : *wanted) {
      limits.append({dim.min, isLimited(dim) ? dim.max : -1});
      isStated |= !dim.isFixed() && (dim.min > 0 || isLimited(dim));
    }
    if (isStated)
      ranges.set(name, builder.getDenseI64ArrayAttr(limits));
  }
  graph->setDiscardableAttr(kSizeRangesAttr,
                            ranges.getDictionary(graph.getContext()));
  if (used.size() == shapes.size())
    return Status();
  std::string names;
  for (auto feed : graph.getFeeds().getAsRange<PortAttr>())
    names += (names.empty() ? "'" : ", '") + feed.getName().str() + "'";
  return Status::usage(
      "a shape must be of an input of the model, got one of "
      "'" +
      llvm::find_if(shapes,
                    [&](const auto &entry) { return !used.count(entry.first); })
          ->first +
      "'; it has " + names);
}

std::function<Status(Compilation &)> graft::stateShapes(ShapeMap shapes) {
  if (shapes.empty())
    return {};
  return [shapes = std::move(shapes)](Compilation &work) {
    GRAFT_RETURN_IF_ERROR(work.beginStep("shapes"));
    return applyShapes(getMainGraph(work.getModule()), shapes);
  };
}

bool graft::choosesNoInputs(const ModelSource &model) {
  return model.inputs.empty() && !isSavedModel(model);
}

void graft::settleSwitches(GraphOp graph) {
  SmallVector<NodeOp> switches;
  for (NodeOp node : graph.getOps<NodeOp>())
    if (node.is("PlaceholderWithDefault") && node.getInputs().size() == 1 &&
        getElementTypeOrSelf(node.getOutputs()[0].getType()).isInteger(1))
      switches.push_back(node);
  if (switches.empty())
    return;
  DenseSet<StringAttr> names;
  for (NodeOp node : switches) {
    names.insert(node.getNameAttr());
    node.getOutputs()[0].replaceAllUsesWith(node.getInputs()[0]);
  }
  SmallVector<Attribute> feeds;
  for (auto feed : graph.getFeeds().getAsRange<PortAttr>())
    if (!names.contains(feed.getNode()))
      feeds.push_back(feed);
  graph.setFeedsAttr(ArrayAttr::get(graph.getContext(), feeds));
}
