//===- EngineAssets.cpp - engines to the assets of a SavedModel -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The nodes that fill engines in are TF-TRT's; those that restore constants are
// TensorFlow's own, so that any TensorFlow runs a native segment. The path of
// the checkpoint is known when the model is loaded: the initialiser leaves it
// in a variable, as TensorFlow 2 does with the paths of assets.
//===----------------------------------------------------------------------===//
#include "tftrt/EngineAssets.h"

#include "dialects/graph/TensorData.h"
#include "exporters/graphdef/Rope.h"
#include "formats/savedmodel/SavedModel.h"
#include "formats/savedmodel/TensorBundleWriter.h"
#include "support/Crc32c.h"
#include "tftrt/Names.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

//===----------------------------------------------------------------------===//
// Out of the module
//===----------------------------------------------------------------------===//

/// Calls `visit` with the bytes of a string attribute, piece by piece.
static void forEachPiece(Attribute bytes,
                         llvm::function_ref<void(StringRef)> visit) {
  if (auto text = dyn_cast<StringAttr>(bytes))
    return visit(text.getValue());
  for (ElementsAttr piece : cast<BytesAttr>(bytes).getPieces())
    if (std::optional<TensorData> data = TensorData::get(piece))
      visit({data->bytes().data(), data->bytes().size()});
}

/// A name that models with other plans do not use: in one process TensorFlow
/// keeps the resources of all.
static std::string resourceName(NodeOp engine, Attribute plan) {
  std::string hashes;
  auto add = [&](StringRef bytes) {
    llvm::XXH128_hash_t hash = llvm::xxh3_128bits(ArrayRef(
        reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
    hashes += llvm::utohexstr(hash.high64, /*LowerCase=*/true, 16) +
              llvm::utohexstr(hash.low64, /*LowerCase=*/true, 16);
  };
  forEachPiece(plan, add);
  std::string pieces = std::move(hashes);
  hashes.clear();
  add(pieces);
  return engine.getName().str() + "-" + hashes;
}

namespace graft {

class EngineTaker {
public:
  EngineTaker(ModuleOp module, GraphOp graph, EngineAssets &result)
      : graph(graph), result(result), builder(module.getContext()) {
    builder.setInsertionPointToEnd(graph.getBlock());
  }

  void takePlan(NodeOp engine);
  void takeConstants(FuncOp function);
  void addInitializer(const std::string &initNode);

private:
  NodeOp add(StringRef name, StringRef op, TypeRange types, ValueRange inputs,
             ArrayRef<NamedAttribute> attrs, ValueRange controls = {}) {
    std::string full = (tftrt::kScope + name).str();
    return NodeOp::create(builder, NameLoc::get(builder.getStringAttr(full)),
                          types, op, inputs, controls, full,
                          builder.getDictionaryAttr(attrs));
  }
  NamedAttribute type(StringRef name, Type element) {
    return builder.getNamedAttr(name, TypeAttr::get(element));
  }
  RankedTensorType scalar(Type element) {
    return RankedTensorType::get({}, element);
  }
  Value addStrings(StringRef name, RankedTensorType type,
                   ArrayRef<StringRef> values);
  Value addPath(StringRef name, StringRef file);
  Value addPathVariable(StringRef name);

  GraphOp graph;
  EngineAssets &result;
  OpBuilder builder;
  StringType string = builder.getType<StringType>();
  ResourceType resource = builder.getType<ResourceType>();
  SmallVector<Value> filled; ///< controls that the initialiser waits for
};

} // namespace graft

Value EngineTaker::addStrings(StringRef name, RankedTensorType type,
                              ArrayRef<StringRef> values) {
  auto value = DenseStringElementsAttr::get(type, values);
  return add(name, "Const", TypeRange(type), {},
             {this->type("dtype", string),
              builder.getNamedAttr(
                  "value",
                  TensorAttr::get(builder.getContext(), value,
                                  TensorEncoding::Values,
                                  static_cast<int64_t>(values.size())))})
      .getOutputs()[0];
}

/// The constant that TensorFlow feeds the path of the asset `file`.
Value EngineTaker::addPath(StringRef name, StringRef file) {
  result.files.emplace_back((tftrt::kScope + name).str(), file.str());
  return addStrings(name, scalar(string), {file});
}

/// The variable with the path of the checkpoint; here or in a function, it is
/// the same.
Value EngineTaker::addPathVariable(StringRef name) {
  return add(name, "VarHandleOp", TypeRange(scalar(resource)), {},
             {builder.getNamedAttr("container", builder.getStringAttr("")),
              type("dtype", string),
              builder.getNamedAttr(
                  "shape", ShapeAttr::get(builder.getContext(), {}, true)),
              builder.getNamedAttr(
                  "shared_name",
                  builder.getStringAttr("graft_native_segments"))})
      .getOutputs()[0];
}

void EngineTaker::takePlan(NodeOp engine) {
  std::string name = engine.getName().str();
  Attribute plan = engine.getAttrs().get(tftrt::kSerializedSegment);
  std::string file = tftrt::kEngineFile + name;
  std::string resourceOf = resourceName(engine, plan);
  result.plans.push_back({file, plan});
  NamedAttrList attrs(engine.getAttrs());
  attrs.set(tftrt::kSerializedSegment, builder.getStringAttr(""));
  attrs.set(tftrt::kStaticEngine, builder.getBoolAttr(false));
  attrs.set(tftrt::kResource, builder.getStringAttr(resourceOf));
  engine.setAttrsAttr(attrs.getDictionary(builder.getContext()));

  Value path = addPath(name + "/path", file);
  NodeOp handle = add(name + "/handle", tftrt::kCreateHandleOp,
                      TypeRange(scalar(resource)), {},
                      {builder.getNamedAttr(
                          "resource_name", builder.getStringAttr(resourceOf))});
  NodeOp fill = add(
      name + "/fill", tftrt::kInitializeOp, {}, {handle.getOutputs()[0], path},
      {builder.getNamedAttr("max_cached_engines_count",
                            engine.getAttrs().get("max_cached_engines_count")),
       builder.getNamedAttr(tftrt::kResource,
                            builder.getStringAttr(resourceOf))});
  filled.push_back(fill.getControl());
}

void EngineTaker::takeConstants(FuncOp function) {
  SmallVector<NodeOp> large;
  for (auto node : function.getBlock()->getOps<NodeOp>()) {
    ElementsAttr value = node.getConstantValue();
    std::optional<TensorData> data =
        value ? TensorData::get(value) : std::nullopt;
    if (data && data->bytes().size() >= kInlineTensorBytes && !data->isSplat())
      large.push_back(node);
  }
  if (large.empty())
    return;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(function.getBlock());
  SmallVector<Type> types;
  SmallVector<Attribute> elements;
  std::vector<std::string> keys;
  for (NodeOp node : large) {
    ElementsAttr value = node.getConstantValue();
    types.push_back(value.getType());
    elements.push_back(TypeAttr::get(value.getElementType()));
    keys.push_back((function.getSymName() + "/" + node.getName()).str());
    result.constants.push_back({keys.back(), value});
  }
  auto list =
      RankedTensorType::get({static_cast<int64_t>(keys.size())}, string);
  SmallVector<StringRef> names(keys.begin(), keys.end());
  SmallVector<StringRef> whole(keys.size(), "");
  NodeOp path = add("path", "ReadVariableOp", TypeRange(scalar(string)),
                    addPathVariable("variable"), {type("dtype", string)});
  NodeOp restore = add("restore", "RestoreV2", types,
                       {path.getOutputs()[0], addStrings("names", list, names),
                        addStrings("slices", list, whole)},
                       {builder.getNamedAttr(
                           "dtypes", ListAttr::get(builder.getContext(),
                                                   ListKind::Type, elements))});
  for (auto [node, value] : llvm::zip(large, restore.getOutputs())) {
    node.getOutputs()[0].replaceAllUsesWith(value);
    node.getControl().replaceAllUsesWith(restore.getControl());
    node.erase();
  }
}

void EngineTaker::addInitializer(const std::string &initNode) {
  if (!result.constants.empty()) {
    std::string prefix = tftrt::kSegmentWeights;
    Value index = addPath("weights/index", prefix + ".index");
    addPath("weights/data", prefix + ".data-00000-of-00001");
    NodeOp path = add(
        "weights/prefix", "StaticRegexReplace", TypeRange(scalar(string)),
        index,
        {builder.getNamedAttr("pattern", builder.getStringAttr("\\.index$")),
         builder.getNamedAttr("rewrite", builder.getStringAttr("")),
         builder.getNamedAttr("replace_global", builder.getBoolAttr(false))});
    NodeOp assign = add(
        "weights/assign", "AssignVariableOp", {},
        {addPathVariable("weights/variable"), path.getOutputs()[0]},
        {type("dtype", string),
         builder.getNamedAttr("validate_shape", builder.getBoolAttr(false))});
    filled.push_back(assign.getControl());
  }
  for (auto node : graph.getOps<NodeOp>())
    if (!initNode.empty() && node.getName() == initNode)
      filled.push_back(node.getControl());
  StringRef name(tftrt::kInitNode);
  name.consume_front(tftrt::kScope);
  add(name, "NoOp", {}, {}, {}, filled);
}

EngineAssets EngineAssets::take(ModuleOp module, const std::string &initNode) {
  EngineAssets result;
  SmallVector<NodeOp> engines;
  bool isTaken = false;
  module.walk([&](NodeOp node) {
    isTaken |= node.getName().starts_with(tftrt::kScope);
    Attribute plan = node.getAttrs().get(tftrt::kSerializedSegment);
    auto text = dyn_cast_or_null<StringAttr>(plan);
    if (node.is(tftrt::kEngineOp) && plan &&
        !(text && text.getValue().empty()) &&
        node.getBoolAttr(tftrt::kStaticEngine, true))
      engines.push_back(node);
  });
  auto graphs = module.getOps<GraphOp>();
  if (isTaken || engines.empty() || graphs.empty())
    return result;
  EngineTaker taker(module, *graphs.begin(), result);
  SymbolTable symbols(module);
  llvm::SmallPtrSet<Operation *, 4> done;
  for (NodeOp engine : engines) {
    taker.takePlan(engine);
    auto native = engine.getNodeAttr<FuncAttr>(tftrt::kSegmentFunction);
    auto function =
        native ? symbols.lookup<FuncOp>(native.getName()) : FuncOp();
    if (function && done.insert(function).second)
      taker.takeConstants(function);
  }
  taker.addInitializer(initNode);
  return result;
}

//===----------------------------------------------------------------------===//
// To the files
//===----------------------------------------------------------------------===//

/// A TFRecord of a TRTEngineInstance, which has the plan in field 2. The plan
/// itself says which shapes it takes.
Status EngineAssets::writePlan(const std::string &folder,
                               const Plan &plan) const {
  Expected<AtomicFile> file = AtomicFile::create(folder + "/" + plan.file);
  if (!file)
    return file.status();
  uint64_t size = 0;
  forEachPiece(plan.bytes, [&](StringRef piece) { size += piece.size(); });
  Rope message;
  message.header(2, size);
  std::string head = message.str();
  std::string length;
  for (int i = 0; i < 8; ++i)
    length += static_cast<char>((head.size() + size) >> (8 * i));
  std::string start = length;
  putFixed32(start, maskCrc32c(crc32c(length)));
  Status status = file->write(start + head);
  uint32_t checksum = crc32c(head);
  forEachPiece(plan.bytes, [&](StringRef piece) {
    checksum = crc32c(piece, checksum);
    if (status)
      status = file->write({piece.data(), piece.size()});
  });
  std::string end;
  putFixed32(end, maskCrc32c(checksum));
  if (status)
    status = file->write(end);
  return status ? file->commit() : status;
}

Status EngineAssets::write(const std::string &folder) const {
  for (const Plan &plan : plans)
    if (Status status = writePlan(folder, plan); !status)
      return status;
  return constants.empty()
             ? Status()
             : writeBundle(folder + "/" + tftrt::kSegmentWeights, constants);
}
