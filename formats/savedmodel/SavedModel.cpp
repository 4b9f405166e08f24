//===- SavedModel.cpp - A SavedModel on disk ------------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parsing and choosing; the checkpoint is read by TensorBundle, and
// RestoreGraph says which of its tensors fills which variable.
//
//===----------------------------------------------------------------------===//

#include "formats/savedmodel/SavedModel.h"

#include "formats/savedmodel/Checkpoint.h"
#include "formats/savedmodel/GraphSpan.h"
#include "formats/savedmodel/LeanGraph.h"
#include "formats/savedmodel/RestoreGraph.h"
#include "formats/savedmodel/TwinSignatures.h"
#include "formats/text/TextReader.h"
#include "proto/saved_model.pb.h"
#include "support/ForeignFile.h"
#include "support/MappedFile.h"
#include "tftrt/Names.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <filesystem>

using namespace graft;
namespace fs = std::filesystem;

static constexpr std::string_view kDefaultSignature = "serving_default";

struct SavedModel::State {
  std::string directory;
  std::string file;
  std::string bundle; ///< the prefix of the variables' files
  tensorflow::MetaGraphDef metaGraph;
  int metaGraphIndex = 0;
  SerializedGraph graph;
  std::vector<Signature> signatures;
  std::vector<std::string> signatureOrder;
  std::map<std::string, std::string> twins;
  std::vector<Asset> assets, engineAssets;
  std::string initNode;
  std::vector<Variable> variables;

  Status chooseGraph(tensorflow::SavedModel &model,
                     const std::vector<std::string> &tags);
  /// The graph in the file, whose pieces it is.
  void setGraph(std::shared_ptr<const MappedFile> mapped,
                const std::vector<std::string_view> &pieces);
  /// The graph that was read from a text.
  void setGraphOfText();
  void readSignatures();
  void readInitNode();
  Status readAssets();
  Status readVariables();
  Status readVariable(const tensorflow::NodeDef &node, const std::string &key,
                      const std::string &slice, TensorBundle &bundle);
};

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

/// Parses the whole file, a binary one without its large contents. `kind` names
/// the message: "SavedModel".
template <typename Message>
static Status parse(const MappedFile &file, bool isText, const char *kind,
                    Message &model) {
  const std::string &path = file.path();
  if (isText)
    return parseText(file.bytes(), path, kind, model);
  // Protobuf writes to stderr what the status says anyway.
  google::protobuf::LogSilencer silencer;
  bool parsed = parseLean(file.bytes(), model);
  if (!parsed && file.size() > INT_MAX)
    return Status::badInput("'" + path + "' must be undamaged and smaller " +
                            "than 2 GB without its constants, got " +
                            std::to_string(file.size()) + " bytes");
  if (!parsed)
    return Status::badInput("'" + path + "' is damaged or no " + kind +
                            "; restore the file");
  return {};
}

static std::string joined(const std::vector<std::string> &words) {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "" : ",") + word;
  return text.empty() ? "none" : text;
}

Status SavedModel::State::chooseGraph(tensorflow::SavedModel &model,
                                      const std::vector<std::string> &tags) {
  if (model.saved_model_schema_version() > 1)
    return Status::badInput("'" + file + "' has schema version " +
                            std::to_string(model.saved_model_schema_version()) +
                            ", the newest one known is 1");
  if (model.meta_graphs().empty())
    return Status::badInput("'" + file + "' must hold a graph, got none; " +
                            "save the model again");
  std::vector<std::string> wanted = tags;
  if (wanted.empty())
    wanted.emplace_back("serve");
  std::sort(wanted.begin(), wanted.end());
  tensorflow::MetaGraphDef *chosen = nullptr;
  std::string there;
  for (int i = 0; i < model.meta_graphs_size(); ++i) {
    tensorflow::MetaGraphDef &graph = *model.mutable_meta_graphs(i);
    const auto &graphTags = graph.meta_info_def().tags();
    std::vector<std::string> has(graphTags.begin(), graphTags.end());
    std::sort(has.begin(), has.end());
    if (!chosen && has == wanted) {
      chosen = &graph;
      metaGraphIndex = i;
    }
    there += (there.empty() ? "" : " | ") + joined(has);
  }
  if (!chosen && tags.empty() && model.meta_graphs_size() == 1)
    chosen = model.mutable_meta_graphs(0);
  if (!chosen)
    return Status::usage("'" + file + "' has no graph tagged " +
                         joined(wanted) + "; its graphs are tagged " + there);
  metaGraph.Swap(chosen);
  return {};
}

void SavedModel::State::setGraph(std::shared_ptr<const MappedFile> mapped,
                                 const std::vector<std::string_view> &pieces) {
  if (pieces.size() == 1) {
    graph = {pieces.front(), std::move(mapped)};
    return;
  }
  auto joined = std::make_shared<std::string>();
  for (std::string_view piece : pieces)
    *joined += piece;
  graph = {*joined, joined};
}

void SavedModel::State::setGraphOfText() {
  auto copy = std::make_shared<std::string>();
  {
    google::protobuf::io::StringOutputStream stream(copy.get());
    google::protobuf::io::CodedOutputStream coded(&stream);
    // Else attributes come in the order of a hash table.
    coded.SetSerializationDeterministic(true);
    metaGraph.graph_def().SerializeToCodedStream(&coded);
  }
  graph = {*copy, copy};
}

//===----------------------------------------------------------------------===//
// Signatures and assets
//===----------------------------------------------------------------------===//

static SignatureTensor makeTensor(const std::string &name,
                                  const tensorflow::TensorInfo &info) {
  SignatureTensor tensor;
  tensor.name = name;
  tensor.tensor = info.name(); // empty unless it is a dense tensor
  tensor.dtype = info.dtype();
  tensor.hasRank =
      info.has_tensor_shape() && !info.tensor_shape().unknown_rank();
  if (tensor.hasRank)
    for (const auto &dim : info.tensor_shape().dim())
      tensor.shape.push_back(std::max<int64_t>(dim.size(), -1));
  return tensor;
}

template <typename T>
static void sortByName(std::vector<T> &range) {
  std::sort(range.begin(), range.end(),
            [](const T &a, const T &b) { return a.name < b.name; });
}

void SavedModel::State::readSignatures() {
  for (const auto &[name, def] : metaGraph.signature_def()) {
    if (!isCallable(name))
      continue;
    Signature signature;
    signature.name = name;
    signature.methodName = def.method_name();
    for (const auto &[key, info] : def.inputs())
      signature.inputs.push_back(makeTensor(key, info));
    for (const auto &[key, info] : def.outputs())
      signature.outputs.push_back(makeTensor(key, info));
    sortByName(signature.inputs);
    sortByName(signature.outputs);
    signatures.push_back(std::move(signature));
  }
  sortByName(signatures);
  for (const Signature &signature : signatures)
    signatureOrder.push_back(signature.name);
  // The usual one first, if it is there; the others stay in their order.
  auto usual = std::find(signatureOrder.begin(), signatureOrder.end(),
                         kDefaultSignature);
  if (usual != signatureOrder.end())
    std::rotate(signatureOrder.begin(), usual, std::next(usual));
  twins = findTwinSignatures(metaGraph, signatureOrder);
}

bool graft::isCallable(std::string_view signature) {
  return signature != "__saved_model_init_op" &&
         signature != "__saved_model_train_op";
}

void graft::forEachTensor(
    const tensorflow::TensorInfo &info,
    const std::function<void(const std::string &)> &visit) {
  std::vector<const tensorflow::TensorInfo *> pending{&info};
  while (!pending.empty()) {
    const tensorflow::TensorInfo &next = *pending.back();
    pending.pop_back();
    if (!next.name().empty())
      visit(next.name());
    if (next.has_coo_sparse())
      for (const std::string *name :
           {&next.coo_sparse().values_tensor_name(),
            &next.coo_sparse().indices_tensor_name(),
            &next.coo_sparse().dense_shape_tensor_name()})
        visit(*name);
    for (const auto &component : next.composite_tensor().components())
      pending.push_back(&component);
  }
}

/// TF2 has a signature for it, TF1 a collection.
void SavedModel::State::readInitNode() {
  auto before = metaGraph.collection_def().find(tftrt::kInitNode);
  if (before != metaGraph.collection_def().end()) {
    for (const std::string &name : before->second.node_list().value())
      initNode = name;
    return;
  }
  static const std::string key = "__saved_model_init_op";
  auto signature = metaGraph.signature_def().find(key);
  if (signature != metaGraph.signature_def().end()) {
    auto output = signature->second.outputs().find(key);
    if (output != signature->second.outputs().end())
      initNode = output->second.name();
    return;
  }
  for (const char *name : {"saved_model_main_op", "legacy_init_op"}) {
    auto collection = metaGraph.collection_def().find(name);
    if (collection == metaGraph.collection_def().end() ||
        collection->second.node_list().value().empty())
      continue;
    initNode = collection->second.node_list().value(0);
    return;
  }
}

Status SavedModel::State::readAssets() {
  for (const tensorflow::AssetFileDef &asset : metaGraph.asset_file_def()) {
    // A model must not make its user read files outside of it.
    fs::path name(asset.filename());
    bool escapes = name.empty() || name.is_absolute();
    for (const fs::path &part : name)
      escapes |= part == "..";
    if (escapes)
      return Status::badInput("'" + file + "': asset '" + asset.filename() +
                              "' must be a file in the assets folder; save "
                              "the model again");
    const std::string &tensor = asset.tensor_info().name();
    bool isEngine =
        std::string_view(tensor).substr(
            0, std::string_view(tftrt::kScope).size()) == tftrt::kScope;
    (isEngine ? engineAssets : assets)
        .push_back({tensor, (fs::path(directory) / "assets" / name).string()});
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

/// Checks that `id` is one of the `count` objects of a graph. `owner` says who
/// refers to it, and as what.
static Status checkReference(int64_t id, int count, const std::string &path,
                             const std::string &owner) {
  if (id >= 0 && id < count)
    return Status();
  return Status::badInput("'" + path + "': " + owner + " must be one of the " +
                          std::to_string(count) + " nodes, got node " +
                          std::to_string(id) + "; restore the file");
}

/// Checks that the objects of a graph refer to each other by numbers that there
/// are. `path` names the file that the graph is in.
template <typename Objects>
static Status checkReferences(const Objects &nodes, const std::string &path) {
  auto check = [&](int owner, const std::string &role, int64_t id) {
    return checkReference(id, nodes.size(), path,
                          "node " + std::to_string(owner) +
                              " of the object graph: " + role);
  };
  for (int i = 0; i < nodes.size(); ++i) {
    for (const auto &child : nodes[i].children())
      GRAFT_RETURN_IF_ERROR(
          check(i, "child '" + child.local_name() + "'", child.node_id()));
    // Only a SavedModel's own objects have these.
    if constexpr (std::is_same_v<typename Objects::value_type,
                                 tensorflow::SavedObject>)
      for (const auto &other : nodes[i].dependencies())
        GRAFT_RETURN_IF_ERROR(check(
            i, "dependency '" + other.local_name() + "'", other.node_id()));
    for (const auto &slot : nodes[i].slot_variables())
      for (int64_t id :
           {slot.original_variable_node_id(), slot.slot_variable_node_id()})
        GRAFT_RETURN_IF_ERROR(check(i, "slot '" + slot.slot_name() + "'", id));
  }
  return {};
}

/// The same for a SavedModel's own graph, whose functions refer to the objects
/// that they capture.
static Status checkObjectGraph(const tensorflow::SavedObjectGraph &graph,
                               const std::string &path) {
  GRAFT_RETURN_IF_ERROR(checkReferences(graph.nodes(), path));
  // The message must not hang on the order of a hash table.
  std::vector<std::string> names;
  for (const auto &entry : graph.concrete_functions())
    names.push_back(entry.first);
  std::sort(names.begin(), names.end());
  for (const std::string &name : names)
    for (int64_t id : graph.concrete_functions().at(name).bound_inputs())
      GRAFT_RETURN_IF_ERROR(checkReference(
          id, graph.nodes_size(), path,
          "function '" + name + "' of the object graph: a bound input"));
  return {};
}

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

/// Reads "6 2 0,2:-": the shape of the whole, then for each dimension what is
/// taken of it.
static std::optional<TensorSlice> parseSlice(std::string_view text) {
  std::vector<int64_t> shape;
  auto number = [&](std::string_view digits) -> std::optional<int64_t> {
    int64_t value;
    const char *end = digits.data() + digits.size();
    auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || stop != end || value < 0)
      return std::nullopt;
    return value;
  };
  for (size_t space; (space = text.find(' ')) != std::string_view::npos;
       text.remove_prefix(space + 1)) {
    std::optional<int64_t> dim = number(text.substr(0, space));
    if (!dim)
      return std::nullopt;
    shape.push_back(*dim);
  }
  TensorSlice slice;
  for (int64_t dim : shape) {
    std::string_view part = text.substr(0, text.find(':'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    size_t comma = part.find(',');
    std::optional<int64_t> start = 0, length = dim;
    if (part != "-") {
      if (comma == std::string_view::npos)
        return std::nullopt;
      start = number(part.substr(0, comma));
      length = number(part.substr(comma + 1));
    }
    if (!start || !length)
      return std::nullopt;
    slice.starts.push_back(*start);
    slice.lengths.push_back(*length);
  }
  if (!text.empty())
    return std::nullopt;
  return slice;
}

static std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text;
  for (int64_t dim : shape)
    text += (text.empty() ? "" : "x") + std::to_string(dim);
  return text.empty() ? "scalar" : text;
}

/// True if a tensor of that shape can be the value of a variable declared with
/// `declared`, which may leave dimensions open.
static bool fits(const std::vector<int64_t> &shape,
                 const tensorflow::TensorShapeProto &declared) {
  if (declared.unknown_rank())
    return true;
  if (static_cast<size_t>(declared.dim_size()) != shape.size())
    return false;
  for (int i = 0; i < declared.dim_size(); ++i)
    if (declared.dim(i).size() >= 0 && declared.dim(i).size() != shape[i])
      return false;
  return true;
}

Status SavedModel::State::readVariable(const tensorflow::NodeDef &node,
                                       const std::string &key,
                                       const std::string &slice,
                                       TensorBundle &bundle) {
  auto dtype = node.attr().find("dtype");
  bool isString = dtype != node.attr().end() &&
                  dtype->second.type() == tensorflow::DT_STRING;
  // Other values that are no plain arrays stay with TensorFlow.
  if (dtype == node.attr().end() ||
      (dataTypeSize(dtype->second.type()) == 0 && !isString))
    return {};
  // A name alone may lead to the value of another: the path of an asset is a
  // variable of strings that nothing restores.
  if (isString && (!slice.empty() || !bundle.holdsStrings(key)))
    return {};
  auto where = [&] {
    return "'" + file + "': variable '" + node.name() + "' ";
  };
  std::vector<std::string> strings;
  Expected<BundleTensor> value = [&]() -> Expected<BundleTensor> {
    if (isString) {
      Expected<BundleStrings> tensor = bundle.readStrings(key);
      if (!tensor)
        return tensor.status();
      strings.assign(tensor->elements.begin(), tensor->elements.end());
      return BundleTensor{tensorflow::DT_STRING, tensor->shape, {}, nullptr};
    }
    if (slice.empty())
      return bundle.read(key);
    std::optional<TensorSlice> parsed = parseSlice(slice);
    if (!parsed)
      return Status::badInput(where() + "is restored from the slice '" + slice +
                              "', which does not parse; save the model again");
    return bundle.readSlice(key, *parsed);
  }();
  if (!value)
    return value.status();
  if (value->dtype != dtype->second.type())
    return Status::badInput(
        where() + "has DataType " + std::to_string(dtype->second.type()) +
        ", its value '" + key + "' in '" + bundle.indexPath() + "' has " +
        std::to_string(value->dtype) + "; the two belong to different models");
  auto shape = node.attr().find("shape");
  if (shape != node.attr().end() && !fits(value->shape, shape->second.shape()))
    return Status::badInput(where() + "does not have the shape of its value '" +
                            key + "' in '" + bundle.indexPath() +
                            "', which is " + shapeText(value->shape) +
                            "; the two belong to different models");
  variables.push_back(
      {node.name(), key, *std::move(value), std::move(strings)});
  return {};
}

Status SavedModel::State::readVariables() {
  const auto &nodes = metaGraph.graph_def().node();
  if (std::none_of(nodes.begin(), nodes.end(),
                   [](const auto &node) { return isVariableOp(node.op()); }))
    return {};
  // Without a saver nothing restores the variables.
  const std::string &prefix = bundle;
  std::error_code error;
  bool hasRestore = !metaGraph.saver_def().restore_op_name().empty();
  if (!hasRestore && !fs::exists(prefix + ".index", error))
    return {};
  if (!fs::exists(prefix + ".index", error) && fs::exists(prefix, error))
    return Status::badInput("'" + prefix +
                            "' is a checkpoint of version 1, "
                            "which is not read; save the model again");
  Expected<TensorBundle> bundle = TensorBundle::open(prefix);
  if (!bundle)
    return bundle.status();

  Expected<RestoreMap> sources = readRestoreGraph(metaGraph);
  if (!sources)
    return Status(sources.status().code(),
                  "'" + file + "': " + sources.status().message());
  static constexpr const char *objectGraphKey = "_CHECKPOINTABLE_OBJECT_GRAPH";
  if (bundle->contains(objectGraphKey)) {
    Expected<BundleStrings> text = bundle->readStrings(objectGraphKey);
    if (!text)
      return text.status();
    tensorflow::TrackableObjectGraph objects;
    google::protobuf::LogSilencer silencer;
    const auto &elements = text->elements;
    if (elements.size() != 1 || elements.front().size() > INT_MAX ||
        !objects.ParseFromArray(elements.front().data(),
                                elements.front().size()))
      return Status::badInput("'" + bundle->indexPath() + "': tensor '" +
                              objectGraphKey +
                              "' does not parse; restore the file");
    GRAFT_RETURN_IF_ERROR(
        checkReferences(objects.nodes(), bundle->indexPath()));
    addFromCaptures(metaGraph, objects, *sources);
    addFromObjectGraph(metaGraph, objects, *sources);
  }
  for (const tensorflow::NodeDef &node : nodes) {
    auto source = sources->find(node.name());
    if (!isVariableOp(node.op()) || source == sources->end())
      continue;
    if (Status status = readVariable(node, source->second.key,
                                     source->second.slice, *bundle);
        !status)
      return status;
  }
  return {};
}

//===----------------------------------------------------------------------===//
// SavedModel
//===----------------------------------------------------------------------===//

SavedModel::SavedModel(std::unique_ptr<State> state)
    : state(std::move(state)) {}
SavedModel::SavedModel(SavedModel &&) = default;
SavedModel &SavedModel::operator=(SavedModel &&) = default;
SavedModel::~SavedModel() = default;

Expected<SavedModel> SavedModel::load(const std::string &path,
                                      const std::vector<std::string> &tags) {
  std::error_code error;
  fs::path directory(path);
  fs::path name = directory.filename();
  if (name == "saved_model.pb" || name == "saved_model.pbtxt")
    directory = directory.parent_path().empty() ? "." : directory.parent_path();
  if (!fs::exists(directory, error))
    return Status::badInput("there is no '" + path + "'; name the directory " +
                            "of a SavedModel");
  bool isText = false;
  if (!fs::exists(directory / "saved_model.pb", error)) {
    isText = fs::exists(directory / "saved_model.pbtxt", error);
    if (!isText && fs::exists(directory / "saved_model.cpb", error))
      return Status::badInput("'" + path +
                              "' is stored in chunks "
                              "(saved_model.cpb), which are not read; save it "
                              "without experimental_image_format");
    std::string kind = isText ? "" : describeForeignDirectory(path);
    if (!kind.empty())
      return Status::badInput(
          "'" + path + "' must have a saved_model.pb in it, got " + kind);
    if (!isText)
      return Status::badInput("'" + path +
                              "' has no saved_model.pb in it; "
                              "name the directory of a SavedModel");
  }

  auto state = std::make_unique<State>();
  state->directory = directory.string();
  state->bundle = state->directory + "/variables/variables";
  state->file =
      (directory / (isText ? "saved_model.pbtxt" : "saved_model.pb")).string();
  Expected<MappedFile> file = MappedFile::open(state->file);
  if (!file)
    return file.status();
  {
    tensorflow::SavedModel model;
    if (Status status = parse(*file, isText, "SavedModel", model); !status)
      return status;
    if (Status status = state->chooseGraph(model, tags); !status)
      return status;
  }
  auto mapped = std::make_shared<const MappedFile>(*std::move(file));
  if (isText)
    state->setGraphOfText();
  else
    state->setGraph(mapped,
                    findGraphDef(mapped->bytes(), state->metaGraphIndex));
  state->readSignatures();
  state->readInitNode();
  if (Status status = state->readAssets(); !status)
    return status;
  GRAFT_RETURN_IF_ERROR(
      checkObjectGraph(state->metaGraph.object_graph_def(), state->file));
  if (Status status = state->readVariables(); !status)
    return status;
  return SavedModel(std::move(state));
}

Expected<SavedModel> SavedModel::loadCheckpoint(const std::string &path) {
  Expected<std::string> prefix = findCheckpoint(path);
  if (!prefix)
    return prefix.status();
  auto state = std::make_unique<State>();
  state->bundle = *prefix;
  state->directory = fs::path(*prefix).parent_path().string();
  state->file = *prefix + ".meta";
  Expected<MappedFile> file = MappedFile::open(state->file);
  if (!file)
    return file.status();
  GRAFT_RETURN_IF_ERROR(
      parse(*file, /*isText=*/false, "MetaGraphDef", state->metaGraph));
  auto mapped = std::make_shared<const MappedFile>(*std::move(file));
  state->setGraph(mapped, findGraphDefOfMetaGraph(mapped->bytes()));
  GRAFT_RETURN_IF_ERROR(state->readVariables());
  return SavedModel(std::move(state));
}

const std::string &SavedModel::directory() const { return state->directory; }
const std::string &SavedModel::file() const { return state->file; }
const tensorflow::MetaGraphDef &SavedModel::metaGraph() const {
  return state->metaGraph;
}
const SerializedGraph &SavedModel::graph() const { return state->graph; }
const std::vector<Signature> &SavedModel::signatures() const {
  return state->signatures;
}
const std::vector<std::string> &SavedModel::signatureOrder() const {
  return state->signatureOrder;
}
const std::map<std::string, std::string> &SavedModel::twins() const {
  return state->twins;
}
const std::string &SavedModel::initNode() const { return state->initNode; }
const std::vector<Asset> &SavedModel::assets() const { return state->assets; }
const std::vector<Asset> &SavedModel::engineAssets() const {
  return state->engineAssets;
}
const std::vector<Variable> &SavedModel::variables() const {
  return state->variables;
}

void SavedModel::forgetFunctions() {
  // Clearing would keep the memory for more of the same.
  delete state->metaGraph.mutable_graph_def()->release_library();
  delete state->metaGraph.release_object_graph_def();
}

Expected<const Signature *> SavedModel::signature(std::string_view name) const {
  std::string_view wanted = name.empty() ? kDefaultSignature : name;
  std::vector<std::string> there;
  for (const Signature &signature : state->signatures) {
    if (signature.name == wanted)
      return &signature;
    there.push_back(signature.name);
  }
  if (name.empty() && there.size() == 1)
    return &state->signatures.front();
  return Status::usage("'" + state->directory + "' has no signature '" +
                       std::string(wanted) +
                       "'; its signatures: " + joined(there));
}
