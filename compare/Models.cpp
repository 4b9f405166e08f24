//===- Models.cpp - where two graphs differ -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compares what the files say, not what an importer makes of it: every field of
// every node counts. A node is only parsed where its bytes differ, so weights
// that agree cost nothing.
//===----------------------------------------------------------------------===//
#include "compare/DifferenceList.h"

#include "compiler/formats/GraphModels.h"
#include "formats/savedmodel/SavedModel.h"
#include "formats/wire/WireReader.h"
#include "importers/graphdef/GraphDefReader.h"
#include "proto/saved_model.pb.h"
#include "support/MappedFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <filesystem>
#include <set>

using namespace graft;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using llvm::StringRef;
using tensorflow::AttrValue;
using tensorflow::NodeDef;
namespace fs = std::filesystem;

//===----------------------------------------------------------------------===//
// Values as text
//===----------------------------------------------------------------------===//

static constexpr size_t kLongestValue = 160;

static std::string shorten(std::string text) {
  if (text.size() > kLongestValue) {
    text.resize(kLongestValue);
    text += "...";
  }
  return text;
}

static std::string quote(StringRef text) {
  std::string result;
  llvm::raw_string_ostream stream(result);
  stream << '\'';
  llvm::printEscapedString(text.take_front(kLongestValue), stream);
  stream << '\'';
  return result;
}

static std::string print(const Message &message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  // Beyond this a string is not written out.
  printer.SetTruncateStringFieldLongerThan(kLongestValue);
  std::string text;
  printer.PrintToString(message, &text);
  while (!text.empty() && text.back() == ' ')
    text.pop_back();
  return shorten(text.empty() ? "{}" : text);
}

/// The bytes around the first that differs: what two long contents are told
/// apart by.
static std::string printContent(StringRef bytes, StringRef other) {
  size_t same = 0, most = std::min(bytes.size(), other.size());
  while (same < most && bytes[same] == other[same])
    ++same;
  return std::to_string(bytes.size()) + " bytes, from byte " +
         std::to_string(same) + ": " +
         (same < bytes.size() ? llvm::toHex(bytes.substr(same, 16), true)
                              : "nothing");
}

/// `value` as it is told apart from `other`.
static std::string print(const AttrValue &value, const AttrValue &other) {
  if (value.has_tensor() && other.has_tensor()) {
    const tensorflow::TensorProto &tensor = value.tensor();
    const std::string &a = tensor.tensor_content();
    const std::string &b = other.tensor().tensor_content();
    if (a != b && a.size() + b.size() > kLongestValue) {
      tensorflow::TensorProto head = tensor;
      head.clear_tensor_content();
      return print(head) + " content: " + printContent(a, b);
    }
  }
  if (value.value_case() == AttrValue::kS &&
      other.value_case() == AttrValue::kS &&
      value.s().size() + other.s().size() > kLongestValue)
    return printContent(value.s(), other.s());
  return print(value);
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

namespace {
/// The nodes of a body: bytes by name, in the order of the file.
struct Body {
  explicit Body(llvm::ArrayRef<StringRef> nodes) : nodes(nodes) {
    for (auto [i, bytes] : llvm::enumerate(nodes)) {
      WireReader reader(bytes);
      WireField field;
      std::string name;
      while (reader.next(field))
        if (field.number == NodeDef::kNameFieldNumber && field.isBytes)
          name = std::string(field.bytes);
      names.push_back(name);
      index.try_emplace(name, i);
    }
  }

  llvm::ArrayRef<StringRef> nodes;
  std::vector<std::string> names;
  llvm::StringMap<size_t> index;
};
} // namespace

static NodeDef parse(StringRef bytes) {
  NodeDef node; // readGraphDef has checked that this is a message
  (void)node.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return node;
}

/// Compares two maps of attributes.
template <typename Map>
static void compareAttrs(const Map &left, const Map &right,
                         const std::string &where,
                         DifferenceList &differences) {
  std::set<std::string> names;
  for (const Map *map : {&left, &right})
    for (const auto &[name, value] : *map)
      names.insert(name);
  for (const std::string &name : names) {
    auto a = left.find(name), b = right.find(name);
    if (a == left.end())
      differences.add("attribute", where, quote(name), "", print(b->second));
    else if (b == right.end())
      differences.add("attribute", where, quote(name), print(a->second), "");
    else if (!MessageDifferencer::Equals(a->second, b->second))
      differences.add("attribute", where, quote(name),
                      print(a->second, b->second), print(b->second, a->second));
  }
}

static void compareNode(const NodeDef &left, const NodeDef &right,
                        const std::string &where, DifferenceList &differences) {
  int64_t before = differences.count();
  differences.check("operator", where, "", left.op(), right.op());
  differences.check("device", where, "", left.device(), right.device());
  for (int i = 0; i < std::max(left.input_size(), right.input_size()); ++i)
    differences.check("input", where, std::to_string(i),
                      i < left.input_size() ? quote(left.input(i)) : "",
                      i < right.input_size() ? quote(right.input(i)) : "");
  compareAttrs(left.attr(), right.attr(), where, differences);
  if (differences.count() == before && !MessageDifferencer::Equals(left, right))
    differences.add("other", where, "fields", print(left), print(right));
}

/// `prefix` is "function 'f', " or empty.
static void compareBodies(llvm::ArrayRef<StringRef> leftNodes,
                          llvm::ArrayRef<StringRef> rightNodes,
                          const std::string &prefix,
                          DifferenceList &differences) {
  if (leftNodes == rightNodes)
    return;
  Body left(leftNodes), right(rightNodes);
  bool sameNames = left.names.size() == right.names.size();
  for (auto [i, name] : llvm::enumerate(left.names)) {
    std::string where = prefix + "node " + quote(name);
    auto found = right.index.find(name);
    if (found == right.index.end()) {
      sameNames = false;
      differences.add("node", where, "", parse(left.nodes[i]).op(), "");
    } else if (left.nodes[i] != right.nodes[found->second]) {
      compareNode(parse(left.nodes[i]), parse(right.nodes[found->second]),
                  where, differences);
    }
  }
  for (auto [i, name] : llvm::enumerate(right.names))
    if (!left.index.contains(name)) {
      sameNames = false;
      differences.add("node", prefix + "node " + quote(name), "", "",
                      parse(right.nodes[i]).op());
    }
  for (size_t i = 0; sameNames && i < left.names.size(); ++i)
    if (left.names[i] != right.names[i]) {
      differences.add("order", prefix + "node number " + std::to_string(i), "",
                      quote(left.names[i]), quote(right.names[i]));
      break;
    }
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

/// Adds a difference if the messages are not equal.
static void check(const std::string &kind, const std::string &where,
                  const std::string &what, const Message &left,
                  const Message &right, DifferenceList &differences) {
  if (!MessageDifferencer::Equals(left, right))
    differences.add(kind, where, what, print(left), print(right));
}

static void compareFunction(const GraphDefSource::Function &left,
                            const GraphDefSource::Function &right,
                            const std::string &name,
                            DifferenceList &differences) {
  std::string where = "function " + name;
  tensorflow::FunctionDef a = left.rest, b = right.rest;
  check("function", where, "signature", a.signature(), b.signature(),
        differences);
  compareAttrs(a.attr(), b.attr(), where, differences);
  compareBodies(left.nodes, right.nodes, where + ", ", differences);
  for (tensorflow::FunctionDef *rest : {&a, &b}) {
    rest->clear_signature();
    rest->clear_attr();
  }
  check("function", where, "results and the rest", a, b, differences);
}

static void compareFunctions(const std::vector<GraphDefSource::Function> &left,
                             const std::vector<GraphDefSource::Function> &right,
                             DifferenceList &differences) {
  auto nameOf = [](const GraphDefSource::Function &function) {
    return function.rest.signature().name();
  };
  llvm::StringMap<const GraphDefSource::Function *> byName;
  std::set<std::string> seen;
  for (const auto &function : right)
    byName.try_emplace(nameOf(function), &function);
  bool sameNames = left.size() == right.size();
  for (const auto &function : left) {
    std::string name = nameOf(function);
    seen.insert(name);
    if (const GraphDefSource::Function *other = byName.lookup(name)) {
      compareFunction(function, *other, quote(name), differences);
    } else {
      sameNames = false;
      differences.add("function", "function " + quote(name), "",
                      std::to_string(function.nodes.size()) + " nodes", "");
    }
  }
  for (const auto &function : right)
    if (!seen.count(nameOf(function)))
      differences.add("function", "function " + quote(nameOf(function)), "", "",
                      std::to_string(function.nodes.size()) + " nodes");
  for (size_t i = 0; sameNames && i < left.size(); ++i)
    if (nameOf(left[i]) != nameOf(right[i])) {
      differences.add("order", "function number " + std::to_string(i), "",
                      quote(nameOf(left[i])), quote(nameOf(right[i])));
      break;
    }
}

static void compareGraphs(const GraphDefSource &left,
                          const GraphDefSource &right,
                          DifferenceList &differences) {
  check("version", "", "", left.rest.versions(), right.rest.versions(),
        differences);
  compareBodies(left.nodes, right.nodes, "", differences);
  compareFunctions(left.functions, right.functions, differences);
  tensorflow::GraphDef a = left.rest, b = right.rest;
  a.clear_versions();
  b.clear_versions();
  check("other", "", "fields of the graph", a, b, differences);
}

//===----------------------------------------------------------------------===//
// SavedModels
//===----------------------------------------------------------------------===//

static void compareSignatures(const tensorflow::MetaGraphDef &left,
                              const tensorflow::MetaGraphDef &right,
                              DifferenceList &differences) {
  std::set<std::string> names;
  for (const auto *meta : {&left, &right})
    for (const auto &[name, signature] : meta->signature_def())
      names.insert(name);
  static const tensorflow::SignatureDef none;
  for (const std::string &name : names) {
    auto a = left.signature_def().find(name);
    auto b = right.signature_def().find(name);
    bool hasA = a != left.signature_def().end(),
         hasB = b != right.signature_def().end();
    if (hasA && hasB && MessageDifferencer::Equals(a->second, b->second))
      continue;
    differences.add("signature", "signature " + quote(name), "",
                    hasA ? print(a->second) : "", hasB ? print(b->second) : "");
  }
}

/// The files of a directory by their names in it.
static std::map<std::string, fs::path> listFiles(const std::string &directory) {
  std::map<std::string, fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(directory, error), end;
       !error && at != end; at.increment(error))
    if (at->is_regular_file(error))
      files[at->path().lexically_relative(directory).string()] = at->path();
  return files;
}

/// Compares the files beside the graph: checkpoints and assets. True if all
/// are the same, the graph's own included.
static Expected<bool> compareDirectories(const SavedModel &left,
                                         const SavedModel &right,
                                         DifferenceList &differences) {
  auto a = listFiles(left.directory()), b = listFiles(right.directory());
  std::set<std::string> names;
  for (const auto *files : {&a, &b})
    for (const auto &[name, path] : *files)
      names.insert(name);
  bool same = true;
  for (const std::string &name : names) {
    bool isGraph = StringRef(name).starts_with("saved_model.pb");
    if (!a.count(name) || !b.count(name)) {
      same = false;
      if (!isGraph)
        differences.add("file", quote(name), "", a.count(name) ? "there" : "",
                        b.count(name) ? "there" : "");
      continue;
    }
    Expected<MappedFile> first = MappedFile::open(a[name].string());
    Expected<MappedFile> second = MappedFile::open(b[name].string());
    if (!first || !second)
      return first ? second.status() : first.status();
    if (first->bytes() == second->bytes())
      continue;
    same = false;
    if (!isGraph)
      differences.add("file", quote(name), "",
                      printContent(first->bytes(), second->bytes()),
                      printContent(second->bytes(), first->bytes()));
  }
  return same;
}

namespace {
/// A model as a graph, and what a SavedModel adds.
struct Model {
  GraphDefSource graph;
  std::optional<SavedModel> saved;
};
} // namespace

static Expected<Model> open(const ModelSource &source) {
  Model model;
  auto read = [&]() -> Expected<GraphDefSource> {
    if (source.bytes)
      return readGraphDef(*source.bytes, nullptr, source.path);
    if (!isSavedModel(source))
      return openGraphDef(source.path);
    Expected<SavedModel> saved = SavedModel::load(source.path);
    if (!saved)
      return saved.status();
    model.saved.emplace(*std::move(saved));
    const SerializedGraph &graph = model.saved->graph();
    return readGraphDef(graph.bytes, graph.owner, model.saved->file());
  };
  Expected<GraphDefSource> graph = read();
  if (!graph)
    return graph.status();
  model.graph = *std::move(graph);
  return model;
}

Status graft::compareModels(const ModelSource &leftSource,
                            const ModelSource &rightSource,
                            ComparisonReport &report,
                            DifferenceList &differences) {
  Expected<Model> left = open(leftSource);
  if (!left)
    return left.status();
  Expected<Model> right = open(rightSource);
  if (!right)
    return right.status();
  // A GraphDef and a SavedModel are compared as far as both go.
  bool both = left->saved && right->saved;
  if (!left->saved && !right->saved)
    report.identical = left->graph.bytes == right->graph.bytes;
  if (report.identical)
    return Status();
  compareGraphs(left->graph, right->graph, differences);
  if (!both)
    return Status();
  tensorflow::MetaGraphDef a = left->saved->metaGraph(),
                           b = right->saved->metaGraph();
  compareSignatures(a, b, differences);
  for (tensorflow::MetaGraphDef *rest : {&a, &b}) {
    rest->clear_graph_def();
    rest->clear_signature_def();
  }
  check("other", "", "tags and operators", a.meta_info_def(), b.meta_info_def(),
        differences);
  a.clear_meta_info_def();
  b.clear_meta_info_def();
  check("other", "", "objects, collections and assets", a, b, differences);
  Expected<bool> same =
      compareDirectories(*left->saved, *right->saved, differences);
  if (!same)
    return same.status();
  report.identical = *same;
  return Status();
}
