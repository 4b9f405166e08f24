//===- RestoreAssets.cpp - engines in the assets of a SavedModel ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tftrt/RestoreAssets.h"

#include "dialects/graph/DataTypes.h"
#include "dialects/graph/Graph.h"
#include "dialects/graph/TensorData.h"
#include "formats/wire/WireReader.h"
#include "tftrt/Names.h"

#include "mlir/IR/Builders.h"

#include "llvm/ADT/StringMap.h"

#include <map>

using namespace mlir;
using namespace graft;
using namespace graft::graph;

namespace {

class Restorer {
public:
  Restorer(ModuleOp module, const SavedModel &model)
      : module(module), model(model), context(module.getContext()) {}

  Status run();

private:
  void findResources(GraphOp graph);
  Status restorePlan(NodeOp engine);
  Status restoreConstants(FuncOp function);
  Expected<std::string> bundlePrefix();

  ModuleOp module;
  const SavedModel &model;
  MLIRContext *context;
  llvm::StringMap<std::string> files; ///< by resource
  std::optional<TensorBundle> bundle;
};

} // namespace

static bool isInScope(StringRef name) {
  return name.starts_with(tftrt::kScope);
}

/// The plan in a TFRecord file of one TRTEngineInstance: a length and its
/// checksum, the message, the message's checksum. Empty if it is none.
static StringRef planIn(StringRef file) {
  constexpr size_t head = 12, tail = 4;
  if (file.size() < head + tail)
    return {};
  uint64_t length = 0;
  for (size_t i = 0; i < 8; ++i)
    length |= uint64_t(static_cast<unsigned char>(file[i])) << (8 * i);
  if (length != file.size() - head - tail)
    return {};
  WireReader reader(file.substr(head, length));
  WireField field;
  StringRef plan;
  while (reader.next(field))
    if (field.number == 2 && field.isBytes)
      plan = field.bytes;
  return reader.damaged() ? StringRef() : plan;
}

/// InitializeTRTResource(CreateTRTResourceHandle, Const), whose constant
/// TensorFlow feeds the path of an asset.
void Restorer::findResources(GraphOp graph) {
  llvm::StringMap<std::string> paths;
  for (const Asset &asset : model.engineAssets())
    paths[StringRef(asset.tensor).split(':').first] = asset.path;
  for (auto node : graph.getOps<NodeOp>()) {
    if (!node.is(tftrt::kInitializeOp) || !isInScope(node.getName()) ||
        node.getInputs().size() != 2)
      continue;
    auto handle = node.getInputs()[0].getDefiningOp<NodeOp>();
    auto path = node.getInputs()[1].getDefiningOp<NodeOp>();
    if (handle && path && handle.is(tftrt::kCreateHandleOp))
      files[handle.getStringAttr("resource_name")] =
          paths.lookup(path.getName());
  }
}

Status Restorer::restorePlan(NodeOp engine) {
  std::string path = files.lookup(engine.getStringAttr(tftrt::kResource));
  if (path.empty())
    return Status::badInput(model.file() + ": engine '" +
                            engine.getName().str() +
                            "' must have an asset with its plan, got none");
  Expected<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.status();
  auto mapped = std::make_shared<const MappedFile>(*std::move(file));
  StringRef plan = planIn(mapped->bytes());
  if (plan.empty())
    return Status::badInput(path + ": must be one record with the plan of '" +
                            engine.getName().str() + "', got another file");
  NamedAttrList attrs(engine.getAttrs());
  attrs.set(tftrt::kSerializedSegment,
            makeString(context, ArrayRef(plan.data(), plan.size()), mapped,
                       engine.getName()));
  attrs.set(tftrt::kStaticEngine, BoolAttr::get(context, true));
  attrs.erase(tftrt::kResource);
  engine.setAttrsAttr(attrs.getDictionary(context));
  return Status();
}

Expected<std::string> Restorer::bundlePrefix() {
  std::string wanted = std::string(tftrt::kSegmentWeights) + ".index";
  for (const Asset &asset : model.engineAssets()) {
    StringRef path(asset.path);
    if (path.ends_with("/" + wanted))
      return path.drop_back(StringRef(".index").size()).str();
  }
  return Status::badInput(model.file() +
                          ": native segments must have their "
                          "constants in the asset '" +
                          wanted + "', got none");
}

Status Restorer::restoreConstants(FuncOp function) {
  SmallVector<NodeOp> scope;
  NodeOp restore;
  for (auto node : function.getBlock()->getOps<NodeOp>())
    if (isInScope(node.getName())) {
      scope.push_back(node);
      if (node.is("RestoreV2"))
        restore = node;
    }
  if (!restore)
    return Status();
  if (!bundle) {
    Expected<std::string> prefix = bundlePrefix();
    if (!prefix)
      return prefix.status();
    Expected<TensorBundle> opened = TensorBundle::open(*prefix);
    if (!opened)
      return opened.status();
    bundle.emplace(*std::move(opened));
  }
  auto names = restore.getInputs().size() == 3
                   ? restore.getInputs()[1].getDefiningOp<NodeOp>()
                   : NodeOp();
  auto keys =
      names
          ? dyn_cast_or_null<DenseStringElementsAttr>(names.getConstantValue())
          : DenseStringElementsAttr();
  size_t count = restore.getOutputs().size();
  if (!keys || static_cast<size_t>(keys.getNumElements()) != count)
    return Status::badInput(model.file() + ": native segment '" +
                            function.getSymName().str() +
                            "' must restore constants by " +
                            std::to_string(count) + " names, got others");
  OpBuilder builder(context);
  builder.setInsertionPointToStart(function.getBlock());
  SmallVector<StringRef> all(keys.getValues<StringRef>());
  for (auto [output, key] : llvm::zip(restore.getOutputs(), all)) {
    Expected<BundleTensor> tensor = bundle->read({key.data(), key.size()});
    if (!tensor)
      return tensor.status();
    auto type = RankedTensorType::get(tensor->shape,
                                      typeFromNumber(tensor->dtype, context));
    // "FUNCTION/NODE"
    StringRef name = key;
    name.consume_front((function.getSymName() + "/").str());
    ElementsAttr value = makeTensorView(
        type, ArrayRef(tensor->bytes.data(), tensor->bytes.size()),
        tensor->file, name);
    NamedAttribute attrs[] = {
        builder.getNamedAttr("dtype", TypeAttr::get(type.getElementType())),
        builder.getNamedAttr(
            "value",
            TensorAttr::get(context, value, TensorEncoding::Content, 0))};
    auto constant =
        NodeOp::create(builder, NameLoc::get(builder.getStringAttr(name)),
                       TypeRange(type), "Const", ValueRange(), ValueRange(),
                       name, builder.getDictionaryAttr(attrs));
    output.replaceAllUsesWith(constant.getOutputs()[0]);
  }
  for (NodeOp node : llvm::reverse(scope))
    node->dropAllReferences();
  for (NodeOp node : scope) {
    if (!node->use_empty())
      return Status::badInput(model.file() + ": nothing but native segment '" +
                              function.getSymName().str() +
                              "' itself must read its node '" +
                              node.getName().str() + "'");
    node.erase();
  }
  return Status();
}

Status Restorer::run() {
  GraphOp graph = *module.getOps<GraphOp>().begin();
  findResources(graph);
  Status failure;
  module.walk([&](NodeOp node) {
    if (!node.is(tftrt::kEngineOp) || !node.getAttrs().get(tftrt::kResource))
      return WalkResult::advance();
    failure = restorePlan(node);
    return failure ? WalkResult::advance() : WalkResult::interrupt();
  });
  if (!failure)
    return failure;
  for (auto function : module.getOps<FuncOp>())
    if (Status status = restoreConstants(function); !status)
      return status;
  // What filled them has nothing left to do.
  SmallVector<NodeOp> scope;
  for (auto node : graph.getOps<NodeOp>())
    if (isInScope(node.getName()))
      scope.push_back(node);
  for (NodeOp node : scope)
    node->dropAllReferences();
  for (NodeOp node : scope) {
    if (!node->use_empty())
      return Status::badInput(model.file() +
                              ": nothing but the initialiser "
                              "must read node '" +
                              node.getName().str() + "'");
    node.erase();
  }
  return Status();
}

Status graft::restoreEngineAssets(ModuleOp module, const SavedModel &model) {
  if (model.engineAssets().empty())
    return Status();
  return Restorer(module, model).run();
}
