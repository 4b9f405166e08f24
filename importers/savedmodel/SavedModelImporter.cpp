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
#include "dialects/graph/GraphAttributes.h"
#include "dialects/graph/TensorData.h"
#include "importers/graphdef/GraphDefImporter.h"
#include "proto/saved_model.pb.h"
#include "tftrt/RestoreAssets.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

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

/// The first ports under the names of the signature.
static ArrayAttr renamePorts(ArrayAttr ports,
                             const std::vector<std::string> &names) {
  SmallVector<Attribute> renamed(ports.begin(), ports.end());
  // What comes after them, assets and nodes to run, keep theirs.
  for (auto [attr, name] : llvm::zip(renamed, names)) {
    auto port = cast<PortAttr>(attr);
    attr = PortAttr::get(ports.getContext(),
                         StringAttr::get(ports.getContext(), name),
                         port.getNode(), port.getIndex());
  }
  return ArrayAttr::get(ports.getContext(), renamed);
}

namespace {
/// Tensors of several signatures, each once, under different names.
class TensorUnion {
public:
  void add(const std::string &signature, const std::string &key,
           const tensorflow::TensorInfo &info) {
    forEachTensor(info, [&](const std::string &tensor) {
      StringRef text(tensor);
      text.consume_back(":0");
      auto [known, isNew] = seen.try_emplace(text);
      if (isNew) {
        tensors.push_back(text.str());
        names.push_back(claim(signature, key));
        known->second = names.back();
      }
      qualified[signature + "/" + key] = {known->second, key};
    });
  }

  std::vector<std::string> tensors, names;
  struct Meaning {
    std::string name, key;
  };
  /// What each "SIGNATURE/KEY" means.
  std::map<std::string, Meaning> qualified;

private:
  std::string claim(const std::string &signature, const std::string &key) {
    std::string name = key;
    if (taken.contains(name))
      name = signature + "/" + key;
    // The second component of a composite tensor.
    for (unsigned i = 1; !taken.insert(name).second; ++i)
      name = signature + "/" + key + "/" + std::to_string(i);
    return name;
  }

  llvm::StringMap<std::string> seen; ///< names of tensors
  llvm::StringSet<> taken;
};
} // namespace

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
    const Variable &variable = *found->second;
    const BundleTensor &value = variable.value;
    auto type = RankedTensorType::get(value.shape,
                                      typeFromNumber(value.dtype, context));
    SmallVector<StringRef> strings(variable.strings.begin(),
                                   variable.strings.end());
    ElementsAttr elements =
        value.dtype == tensorflow::DT_STRING
            ? ElementsAttr(
                  strings.empty()
                      ? DenseElementsAttr::get(type, ArrayRef<Attribute>())
                      : DenseStringElementsAttr::get(type, strings))
            : makeTensorView(type,
                             ArrayRef(value.bytes.data(), value.bytes.size()),
                             value.file, variable.node);
    node->setDiscardableAttr(kVariableValueAttr, elements);
  }
}

/// What the whole model takes and gives: the default signature's tensors first,
/// then those of the others that it has not. A twin has none of its own, unless
/// it is `separated`.
static void uniteSignatures(const SavedModel &model,
                            const std::set<std::string> &separated,
                            TensorUnion &feeds, TensorUnion &fetches) {
  const auto &signatures = model.metaGraph().signature_def();
  auto add = [](const std::string &signature, const auto &tensors,
                TensorUnion &result) {
    using Entry = std::pair<std::string, const tensorflow::TensorInfo *>;
    std::vector<Entry> sorted;
    for (const auto &[key, info] : tensors)
      sorted.emplace_back(key, &info);
    llvm::sort(sorted);
    for (const auto &[key, info] : sorted)
      result.add(signature, key, *info);
  };
  for (const std::string &name : model.signatureOrder()) {
    if (model.twins().count(name) != 0 && separated.count(name) == 0)
      continue;
    add(name, signatures.at(name).inputs(), feeds);
    add(name, signatures.at(name).outputs(), fetches);
  }
  for (const auto &[twin, original] : model.twins())
    if (separated.count(twin) == 0)
      for (const auto &[key, info] : signatures.at(original).inputs())
        if (auto known = feeds.qualified.find(original + "/" + key);
            known != feeds.qualified.end())
          feeds.qualified[twin + "/" + key] = known->second;
}

/// Records which feed each input of each signature is.
static void setQualifiedNames(GraphOp graph, const TensorUnion &feeds) {
  Builder builder(graph.getContext());
  NamedAttrList names;
  for (const auto &[qualified, meaning] : feeds.qualified)
    names.append(qualified,
                 builder.getStrArrayAttr({meaning.name, meaning.key}));
  if (!names.empty())
    graph->setDiscardableAttr(kSignatureInputsAttr,
                              names.getDictionary(graph.getContext()));
}

/// The tensors that the signature takes and gives, under its names. Error:
/// BadInput if one of those asked for is no plain tensor.
static Status readSignature(const SavedModel &model, const Signature &signature,
                            TensorUnion *feeds, TensorUnion *fetches) {
  auto read = [&](const std::vector<SignatureTensor> &tensors, const char *role,
                  TensorUnion *result) {
    if (!result)
      return Status();
    auto names = tensorsOf(model, signature, tensors, role);
    if (!names)
      return names.status();
    result->tensors = *std::move(names);
    for (const SignatureTensor &tensor : tensors) {
      result->names.push_back(tensor.name);
      result->qualified[signature.name + "/" + tensor.name] = {tensor.name,
                                                               tensor.name};
    }
    return Status();
  };
  if (Status status = read(signature.inputs, "input", feeds); !status)
    return status;
  return read(signature.outputs, "output", fetches);
}

/// The user's tensors as the graph calls them. What `tensors` of the signature
/// has keeps that name; what it does not have is a tensor of the graph.
static std::vector<std::string>
resolveNames(const std::vector<std::string> &wanted,
             const std::vector<SignatureTensor> &tensors) {
  std::vector<std::string> resolved;
  for (const std::string &name : wanted) {
    auto known = llvm::find_if(tensors, [&](const SignatureTensor &tensor) {
      return tensor.name == name && !tensor.tensor.empty();
    });
    resolved.push_back(known == tensors.end() ? name : known->tensor);
  }
  return resolved;
}

/// ", the signature 'serving_default' has 'a', 'b'".
static std::string listNames(const Signature &signature,
                             const std::vector<SignatureTensor> &tensors) {
  std::string names;
  for (const SignatureTensor &tensor : tensors)
    names += (names.empty() ? "'" : ", '") + tensor.name + "'";
  return "; the signature '" + signature.name + "' has " +
         (names.empty() ? "none" : names);
}

Expected<OwningOpRef<ModuleOp>>
graft::importSavedModel(const SavedModel &model,
                        const SavedModelImportOptions &options,
                        MLIRContext *context) {
  GraphDefImportOptions graphOptions;
  graphOptions.feeds = options.feeds;
  graphOptions.fetches = options.fetches;
  if (Expected<const Signature *> chosen = model.signature(options.signature)) {
    graphOptions.feeds = resolveNames(options.feeds, (*chosen)->inputs);
    graphOptions.fetches = resolveNames(options.fetches, (*chosen)->outputs);
    graphOptions.knownFeeds = listNames(**chosen, (*chosen)->inputs);
    graphOptions.knownFetches = listNames(**chosen, (*chosen)->outputs);
  }
  graphOptions.customOps =
      &model.metaGraph().meta_info_def().stripped_op_list();

  TensorUnion feeds, fetches;
  bool choosesNothing = options.signature.empty() && options.feeds.empty() &&
                        options.fetches.empty();
  // The user's tensors take the place of the signature's.
  bool namesFeeds = options.feeds.empty(),
       namesFetches = options.fetches.empty();
  if (options.allSignatures && choosesNothing && !model.signatures().empty()) {
    uniteSignatures(model, options.separated, feeds, fetches);
  } else if (namesFeeds || namesFetches) {
    Expected<const Signature *> chosen = model.signature(options.signature);
    // Tensors to fetch are enough for a model without a signature.
    if (!chosen && (!options.signature.empty() || namesFetches))
      return chosen.status();
    namesFeeds &= chosen.ok();
    namesFetches &= chosen.ok();
    if (chosen)
      if (Status status =
              readSignature(model, **chosen, namesFeeds ? &feeds : nullptr,
                            namesFetches ? &fetches : nullptr);
          !status)
        return status;
  }
  if (namesFeeds)
    graphOptions.feeds = feeds.tensors;
  graphOptions.feedsFromModel = namesFeeds;
  if (namesFetches)
    graphOptions.fetches = fetches.tensors;
  graphOptions.fetchesFromModel = namesFetches;
  if (options.allSignatures && !model.initNode().empty())
    graphOptions.targets.push_back(model.initNode());
  // TensorFlow feeds an asset's path to its constant, which so keeps its name.
  SmallVector<Attribute> assets;
  if (options.allSignatures && (namesFeeds || !graphOptions.feeds.empty()))
    for (const Asset &asset : model.assets()) {
      graphOptions.feeds.push_back(asset.tensor);
      assets.push_back(
          StringAttr::get(context, StringRef(asset.tensor).split(':').first));
    }

  const SerializedGraph &bytes = model.graph();
  Expected<OwningOpRef<ModuleOp>> module = importGraphDefBytes(
      StringRef(bytes.bytes), bytes.owner, model.file(), graphOptions, context);
  if (!module)
    return module;
  GraphOp graph = *(*module)->getOps<GraphOp>().begin();
  // Without inputs every placeholder is a feed, to the GraphDef importer; the
  // signature knows better.
  if (namesFeeds)
    graph.setFeedsAttr(graphOptions.feeds.empty()
                           ? Builder(context).getArrayAttr({})
                           : renamePorts(graph.getFeedsAttr(), feeds.names));
  else if (!options.feeds.empty())
    graph.setFeedsAttr(renamePorts(graph.getFeedsAttr(), options.feeds));
  graph.setFetchesAttr(renamePorts(
      graph.getFetchesAttr(), namesFetches ? fetches.names : options.fetches));
  setQualifiedNames(graph, feeds);
  if (!assets.empty())
    graph->setDiscardableAttr(kAssetsAttr, ArrayAttr::get(context, assets));
  setValues(graph, model.variables());
  if (Status status = restoreEngineAssets(**module, model); !status)
    return status;
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
