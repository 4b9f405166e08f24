//===- SavedModelImporter.cpp - SavedModel to the graph dialect -----------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The GraphDef importer does the work; what a SavedModel adds is put on top.
//
//===----------------------------------------------------------------------===//

#include "importers/savedmodel/SavedModelImporter.h"

#include "dialects/graph/DataTypes.h"
#include "dialects/graph/Graph.h"
#include "dialects/graph/TensorData.h"
#include "importers/graphdef/GraphDefImporter.h"
#include "proto/saved_model.pb.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

/// The names by which the graph knows a signature's tensors.
static Expected<std::vector<std::string>>
tensorsOf(const SavedModel &model, const Signature &signature,
          const std::vector<SignatureTensor> &tensors, const char *role) {
  std::vector<std::string> names;
  for (const SignatureTensor &tensor : tensors) {
    if (tensor.tensor.empty())
      return Status::badInput(
          "'" + model.file() + "': " + role + " '" + tensor.name +
          "' of signature '" + signature.name +
          "' must be one tensor, got a sparse or composite one; choose another "
          "signature or name tensors instead");
    names.push_back(tensor.tensor);
  }
  return names;
}

/// The ports under the names that the signature gives them.
static ArrayAttr renamePorts(ArrayAttr ports,
                             const std::vector<SignatureTensor> &tensors) {
  Builder b(ports.getContext());
  SmallVector<Attribute> renamed;
  for (auto [attr, tensor] : llvm::zip_equal(ports, tensors)) {
    auto port = cast<PortAttr>(attr);
    renamed.push_back(PortAttr::get(b.getContext(),
                                    b.getStringAttr(tensor.name),
                                    port.getNode(), port.getIndex()));
  }
  return b.getArrayAttr(renamed);
}

/// Puts the values on the variables' nodes.
static void setValues(GraphOp graph, const std::vector<Variable> &variables) {
  llvm::StringMap<const Variable *> byNode;
  for (const Variable &variable : variables)
    byNode.try_emplace(variable.node, &variable);
  MLIRContext *context = graph.getContext();
  for (NodeOp node : graph.getBlock()->getOps<NodeOp>()) {
    auto found = byNode.find(node.getName());
    if (found == byNode.end())
      continue;
    const BundleTensor &value = found->second->value;
    auto type = RankedTensorType::get(value.shape,
                                      typeFromNumber(value.dtype, context));
    node->setDiscardableAttr(
        kVariableValueAttr,
        makeTensorView(type, ArrayRef(value.bytes.data(), value.bytes.size()),
                       value.file, found->second->node));
  }
}

Expected<OwningOpRef<ModuleOp>>
graft::importSavedModel(const SavedModel &model,
                        const SavedModelImportOptions &options,
                        MLIRContext *context) {
  GraphDefImportOptions graphOptions;
  graphOptions.feeds = options.feeds;
  graphOptions.fetches = options.fetches;
  graphOptions.customOps =
      &model.metaGraph().meta_info_def().stripped_op_list();

  const Signature *signature = nullptr;
  if (options.feeds.empty() || options.fetches.empty()) {
    Expected<const Signature *> chosen = model.signature(options.signature);
    // Tensors to fetch are enough for a model without a signature.
    if (!chosen && (!options.signature.empty() || options.fetches.empty()))
      return chosen.status();
    if (chosen)
      signature = *chosen;
  }
  bool feedsOfSignature = signature && options.feeds.empty();
  bool fetchesOfSignature = signature && options.fetches.empty();
  if (feedsOfSignature) {
    auto names = tensorsOf(model, *signature, signature->inputs, "input");
    if (!names)
      return names.status();
    graphOptions.feeds = *std::move(names);
  }
  if (fetchesOfSignature) {
    auto names = tensorsOf(model, *signature, signature->outputs, "output");
    if (!names)
      return names.status();
    graphOptions.fetches = *std::move(names);
  }

  const SerializedGraph &bytes = model.graph();
  Expected<OwningOpRef<ModuleOp>> module = importGraphDefBytes(
      StringRef(bytes.bytes), bytes.owner, model.file(), graphOptions, context);
  if (!module)
    return module;
  GraphOp graph = *(*module)->getOps<GraphOp>().begin();
  // Without inputs every placeholder is a feed, to the GraphDef importer; the
  // signature knows better.
  if (feedsOfSignature)
    graph.setFeedsAttr(
        signature->inputs.empty()
            ? Builder(context).getArrayAttr({})
            : renamePorts(graph.getFeedsAttr(), signature->inputs));
  if (fetchesOfSignature)
    graph.setFetchesAttr(
        renamePorts(graph.getFetchesAttr(), signature->outputs));
  setValues(graph, model.variables());
  return module;
}

Expected<OwningOpRef<ModuleOp>>
graft::importSavedModel(const std::string &path,
                        const SavedModelImportOptions &options,
                        MLIRContext *context) {
  Expected<SavedModel> model = SavedModel::load(path, options.tags);
  if (!model)
    return model.status();
  return importSavedModel(*model, options, context);
}
