//===- MetaGraph.cpp - what a SavedModel says about its graph -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The graph passes keep the name and number of every tensor that is fed or
// fetched. So what the source says of such a tensor is still true; what it says
// of others, of objects and of its checkpoint is dropped.
//===----------------------------------------------------------------------===//
#include "exporters/savedmodel/MetaGraph.h"

#include "dialects/graph/DataTypes.h"
#include "dialects/graph/GraphAttributes.h"
#include "dialects/graph/OpTable.h"
#include "dialects/graph/codec/SignatureCodec.h"
#include "tftrt/Names.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <map>
#include <set>

using namespace mlir;
using namespace graft;
using namespace graft::graph;
using tensorflow::AssetFileDef;
using tensorflow::MetaGraphDef;
using tensorflow::SignatureDef;
using tensorflow::TensorInfo;

namespace {

class MetaGraphBuilder {
public:
  MetaGraphBuilder(const SavedModel &source, ModuleOp module, GraphOp graph,
                   const EngineAssets &engines, const KeptVariables &variables)
      : source(source), from(source.metaGraph()), module(module), graph(graph),
        engines(engines), variables(variables) {}

  Expected<MetaGraph> build();

private:
  using Tensor = std::pair<std::string, int64_t>;

  void readGraph();
  void addInfo();
  void addInitializer();
  void setMainOp(const char *collection, const std::string &name);
  void addEngines();
  void addAssets();
  bool holds(const SignatureDef &signature) const;
  void addSignatures();
  Status addMissingInputs();
  void narrowInputs();
  Status addChosenSignature();
  Expected<TensorInfo> describe(PortAttr port);
  static Tensor split(StringRef text);

  const SavedModel &source;
  const MetaGraphDef &from;
  ModuleOp module;
  GraphOp graph;
  const EngineAssets &engines;
  const KeptVariables &variables;
  MetaGraph result;
  llvm::StringMap<NodeOp> nodes;
  std::map<std::string, const tensorflow::OpDef *> ops; ///< those in use
  std::set<Tensor> fetched;
};

} // namespace

MetaGraphBuilder::Tensor MetaGraphBuilder::split(StringRef text) {
  auto [name, port] = text.rsplit(':');
  int64_t number = 0;
  if (port.empty() || port.getAsInteger(10, number))
    return {text.str(), 0};
  return {name.str(), number};
}

void MetaGraphBuilder::readGraph() {
  auto see = [&](NodeOp node) { ops.try_emplace(node.getOp().str(), nullptr); };
  for (NodeOp node : graph.getBlock()->getOps<NodeOp>()) {
    nodes[node.getName()] = node;
    see(node);
  }
  for (auto function : module.getOps<FuncOp>())
    for (NodeOp node : function.getBlock()->getOps<NodeOp>())
      see(node);
  for (auto port : graph.getFetches().getAsRange<PortAttr>())
    fetched.emplace(port.getNode().str(), port.getIndex());
}

//===----------------------------------------------------------------------===//
// Signatures
//===----------------------------------------------------------------------===//

/// A signature holds if the module gives all its outputs; the passes saw to it
/// that they depend on the same inputs.
bool MetaGraphBuilder::holds(const SignatureDef &signature) const {
  bool all = true;
  for (const auto &[key, info] : signature.outputs())
    forEachTensor(info, [&](const std::string &tensor) {
      all &= fetched.count(split(tensor)) != 0;
    });
  return all;
}

void MetaGraphBuilder::addSignatures() {
  for (const Signature &signature : source.signatures()) {
    SignatureDef def = from.signature_def().at(signature.name);
    auto twin = source.twins().find(signature.name);
    if (!holds(def) && twin != source.twins().end()) {
      const SignatureDef &other = from.signature_def().at(twin->second);
      *def.mutable_inputs() = other.inputs();
      *def.mutable_outputs() = other.outputs();
    }
    if (holds(def))
      (*result.def.mutable_signature_def())[signature.name] = std::move(def);
  }
}

/// The placeholders of inputs that no output needs: the user gives them all the
/// same. Error: Failed for such an input that is computed.
Status MetaGraphBuilder::addMissingInputs() {
  llvm::StringSet<> missing;
  for (const auto &[name, signature] : result.def.signature_def())
    for (const auto &[key, info] : signature.inputs())
      forEachTensor(info, [&](const std::string &tensor) {
        std::string node = split(tensor).first;
        if (!nodes.contains(node))
          missing.insert(node);
      });
  for (const tensorflow::NodeDef &node : from.graph_def().node()) {
    if (!missing.contains(node.name()))
      continue;
    if (!node.input().empty())
      return Status::failed(source.file() + ": input '" + node.name() + "' (" +
                            node.op() +
                            ") of a signature is computed, and nothing reads "
                            "it; save the model without it");
    *result.def.mutable_graph_def()->add_node() = node;
    ops.try_emplace(node.op(), nullptr);
  }
  return Status();
}

/// Shapes that the user stated hold for whoever calls a signature.
void MetaGraphBuilder::narrowInputs() {
  if (!graph->hasAttr(kSizeRangesAttr))
    return;
  for (auto &[name, signature] : *result.def.mutable_signature_def())
    for (auto &[key, info] : *signature.mutable_inputs()) {
      NodeOp node = nodes.lookup(split(info.name()).first);
      auto shape = node ? node.getNodeAttr<ShapeAttr>("shape") : ShapeAttr();
      if (!shape || !shape.getHasRank())
        continue;
      info.clear_tensor_shape();
      for (int64_t dim : shape.getDims())
        info.mutable_tensor_shape()->add_dim()->set_size(dim);
    }
}

/// The tensor of a port as a signature describes it.
Expected<TensorInfo> MetaGraphBuilder::describe(PortAttr port) {
  TensorInfo info;
  std::string name = port.getNode().str();
  info.set_name(name + ":" + std::to_string(port.getIndex()));
  NodeOp node = nodes.lookup(name);
  auto type =
      node && port.getIndex() < static_cast<int64_t>(node.getOutputs().size())
          ? dyn_cast<ShapedType>(node.getOutputs()[port.getIndex()].getType())
          : ShapedType();
  std::optional<int32_t> number =
      type ? numberFromType(type.getElementType()) : std::nullopt;
  if (!number || *number == 0)
    return Status::failed(source.file() + ": the type of '" + info.name() +
                          "' must be known to be part of a signature");
  info.set_dtype(static_cast<tensorflow::DataType>(*number));
  auto &shape = *info.mutable_tensor_shape();
  shape.set_unknown_rank(!type.hasRank());
  if (type.hasRank())
    for (int64_t dim : type.getShape())
      shape.add_dim()->set_size(ShapedType::isDynamic(dim) ? -1 : dim);
  return info;
}

/// The tensors that the user chose; assets are fed by TensorFlow.
Status MetaGraphBuilder::addChosenSignature() {
  llvm::StringSet<> given;
  for (const Asset &asset : source.assets())
    given.insert(split(asset.tensor).first);
  SignatureDef signature;
  signature.set_method_name("tensorflow/serving/predict");
  for (bool isInput : {true, false})
    for (auto port : (isInput ? graph.getFeeds() : graph.getFetches())
                         .getAsRange<PortAttr>()) {
      StringRef node = port.getNode();
      if (port.getIndex() < 0 ||
          (isInput && (!nodes.contains(node) || given.contains(node))))
        continue;
      Expected<TensorInfo> info = describe(port);
      if (!info)
        return info.status();
      auto &tensors =
          isInput ? *signature.mutable_inputs() : *signature.mutable_outputs();
      tensors[port.getName().str()] = *std::move(info);
    }
  (*result.def.mutable_signature_def())["serving_default"] =
      std::move(signature);
  return Status();
}

//===----------------------------------------------------------------------===//
// What else there is
//===----------------------------------------------------------------------===//

/// The initializer, unless nothing is left for it to do. TensorFlow 2 has a
/// signature for it, but where it loads a model without objects it wants every
/// signature to be complete, and this one needs assets: so the older place.
void MetaGraphBuilder::addInitializer() {
  const std::string &name = source.initNode();
  if (name.empty() || !fetched.count({name, -1}))
    return;
  NodeOp node = nodes.lookup(name);
  if (node && !(node.is("NoOp") && node.getControls().empty()))
    setMainOp("saved_model_main_op", name);
}

void MetaGraphBuilder::setMainOp(const char *collection,
                                 const std::string &name) {
  auto &list =
      *(*result.def.mutable_collection_def())[collection].mutable_node_list();
  list.clear_value();
  if (!name.empty())
    list.add_value(name);
}

/// Engines are filled in by an initialiser of their own, which runs the
/// model's.
void MetaGraphBuilder::addEngines() {
  if (engines.empty())
    return;
  auto before = result.def.collection_def().find("saved_model_main_op");
  setMainOp(tftrt::kInitNode, before == result.def.collection_def().end()
                                  ? std::string()
                                  : before->second.node_list().value(0));
  setMainOp("saved_model_main_op", tftrt::kInitNode);
  for (const auto &[node, file] : engines.assets()) {
    AssetFileDef &asset = *result.def.add_asset_file_def();
    asset.mutable_tensor_info()->set_name(node + ":0");
    asset.set_filename(file);
  }
}

void MetaGraphBuilder::addAssets() {
  auto isUsed = [&](const AssetFileDef &asset) {
    return nodes.contains(split(asset.tensor_info().name()).first);
  };
  for (const AssetFileDef &asset : from.asset_file_def()) {
    if (!isUsed(asset))
      continue;
    *result.def.add_asset_file_def() = asset;
    if (!llvm::is_contained(result.assets, asset.filename()))
      result.assets.push_back(asset.filename());
  }
  auto collection = from.collection_def().find("saved_model_assets");
  if (collection == from.collection_def().end())
    return;
  tensorflow::CollectionDef kept;
  for (const auto &any : collection->second.any_list().value()) {
    // Its type's name is TensorFlow's.
    AssetFileDef asset;
    if (StringRef(any.type_url()).ends_with("/tensorflow.AssetFileDef") &&
        asset.ParseFromString(any.value()) && isUsed(asset))
      *kept.mutable_any_list()->add_value() = any;
  }
  if (kept.has_any_list())
    (*result.def.mutable_collection_def())["saved_model_assets"] = kept;
}

/// Tags and versions are the source's, the list of operators is the module's.
void MetaGraphBuilder::addInfo() {
  auto &info = *result.def.mutable_meta_info_def();
  info = from.meta_info_def();
  info.clear_function_aliases();
  info.clear_stripped_op_list();
  for (const tensorflow::OpDef &op :
       from.meta_info_def().stripped_op_list().op())
    if (auto used = ops.find(op.name()); used != ops.end())
      used->second = &op;
  for (const auto &[name, def] : ops) {
    if (def)
      *info.mutable_stripped_op_list()->add_op() = *def;
    else if (const OpSignature *signature = OpTable::builtin(name))
      *info.mutable_stripped_op_list()->add_op() = encodeSignature(*signature);
  }
}

Expected<MetaGraph> MetaGraphBuilder::build() {
  readGraph();
  addSignatures();
  if (Status status = addMissingInputs(); !status)
    return status;
  narrowInputs();
  if (result.def.signature_def().empty())
    if (Status status = addChosenSignature(); !status)
      return status;
  addInitializer();
  addAssets();
  addEngines();
  if (!variables.empty())
    *result.def.mutable_saver_def() = variables.saver();
  addInfo();
  return std::move(result);
}

Expected<MetaGraph> graft::buildMetaGraph(const SavedModel &source,
                                          ModuleOp module,
                                          const EngineAssets &engines,
                                          const KeptVariables &variables) {
  auto graphs = module.getOps<GraphOp>();
  if (graphs.empty())
    return Status::failed("a SavedModel has a graph.graph, got none");
  return MetaGraphBuilder(source, module, *graphs.begin(), engines, variables)
      .build();
}
