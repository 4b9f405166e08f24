//===- LeanGraph.cpp - A graph without its large contents -----------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Goes through the fields of each message on the way to a node's attributes,
// and writes those again that are shorter than they were. Whatever has another
// form is left to protobuf as it is.
//
//===----------------------------------------------------------------------===//

#include "formats/savedmodel/LeanGraph.h"

#include "formats/savedmodel/SavedModel.h"
#include "formats/wire/WireReader.h"
#include "proto/saved_model.pb.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <functional>
#include <unordered_map>
#include <unordered_set>

using namespace graft;
using google::protobuf::MessageLite;
using tensorflow::AttrValue;
using tensorflow::FunctionDef;
using tensorflow::FunctionDefLibrary;
using tensorflow::GraphDef;
using tensorflow::MetaGraphDef;
using tensorflow::NodeDef;
using tensorflow::TensorProto;

/// Contents that are no longer stay.
static constexpr size_t kSmall = 1024;

static void appendVarint(std::string &text, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    text += static_cast<char>(value | 0x80);
  text += static_cast<char>(value);
}

static void appendField(std::string &text, uint64_t number,
                        std::string_view bytes) {
  appendVarint(text, number << 3 | 2);
  appendVarint(text, bytes.size());
  text += bytes;
}

static bool parse(const std::string &bytes, MessageLite &message) {
  return bytes.size() <= INT_MAX &&
         message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

namespace {

class LeanGraphWriter {
public:
  /// `compares`: whether stand-ins are to tell contents apart.
  LeanGraphWriter(std::unordered_set<std::string_view> whole, bool compares)
      : whole(std::move(whole)), compares(compares) {}

  /// Appends a GraphDef without its large contents. False if its fields, or
  /// those of a message in it, cannot be told apart.
  bool write(std::string_view graph, std::string &to);

private:
  /// Rewrites the message field by field: `change` appends a field of bytes, or
  /// returns false to have it copied.
  using Change = std::function<bool(const WireField &field, std::string &to)>;
  static bool rewrite(std::string_view message, std::string &to,
                      const Change &change);

  /// Each appends what is left of the message. False: nothing was left out.
  bool shrinkNode(std::string_view node, std::string &to);
  bool shrinkEntry(std::string_view entry, std::string &to);
  bool shrinkValue(std::string_view value, std::string &to);
  bool shrinkTensor(std::string_view tensor, std::string &to);
  /// Appends the field with a message that `shrink` makes smaller.
  template <typename Shrink>
  bool shrinkField(const WireField &field, std::string &to, Shrink shrink) {
    std::string smaller;
    if (!shrink(field.bytes, smaller))
      return false;
    appendField(to, field.number, smaller);
    return true;
  }
  /// Appends the field with what stands for its bytes.
  void replaceContent(const WireField &field, std::string &to);

  std::unordered_set<std::string_view> whole;
  bool compares;
  std::unordered_map<std::string_view, uint64_t> known;
};

} // namespace

bool LeanGraphWriter::rewrite(std::string_view message, std::string &to,
                              const Change &change) {
  WireReader fields(message);
  WireField field;
  while (fields.next(field))
    if (!field.isBytes || field.bytes.size() <= kSmall || !change(field, to))
      to += field.whole;
  return !fields.damaged();
}

void LeanGraphWriter::replaceContent(const WireField &field, std::string &to) {
  uint64_t id = 0;
  if (compares)
    id = known.emplace(field.bytes, known.size()).first->second;
  // Longer than all that stays, so that it equals none of that.
  std::string standIn(kSmall + 1, '\0');
  std::memcpy(standIn.data(), &id, sizeof(id));
  appendField(to, field.number, standIn);
}

bool LeanGraphWriter::shrinkTensor(std::string_view tensor, std::string &to) {
  bool shrinks = false;
  return rewrite(tensor, to,
                 [&](const WireField &field, std::string &into) {
                   if (field.number != TensorProto::kTensorContentFieldNumber)
                     return false;
                   replaceContent(field, into);
                   return shrinks = true;
                 }) &&
         shrinks;
}

bool LeanGraphWriter::shrinkValue(std::string_view value, std::string &to) {
  bool shrinks = false;
  return rewrite(value, to,
                 [&](const WireField &field, std::string &into) {
                   bool done = false;
                   if (field.number == AttrValue::kSFieldNumber) {
                     replaceContent(field, into);
                     done = true;
                   } else if (field.number == AttrValue::kTensorFieldNumber) {
                     done = shrinkField(field, into,
                                        [&](auto bytes, std::string &smaller) {
                                          return shrinkTensor(bytes, smaller);
                                        });
                   }
                   shrinks |= done;
                   return done;
                 }) &&
         shrinks;
}

bool LeanGraphWriter::shrinkEntry(std::string_view entry, std::string &to) {
  constexpr uint64_t kKey = 1, kValue = 2; // of a map
  // Names of a resource, by which its value is found.
  WireReader fields(entry);
  for (WireField field; fields.next(field);)
    if (field.number == kKey &&
        (field.bytes == "shared_name" || field.bytes == "container"))
      return false;
  bool shrinks = false;
  return rewrite(entry, to,
                 [&](const WireField &field, std::string &into) {
                   if (field.number != kValue)
                     return false;
                   bool done = shrinkField(
                       field, into, [&](auto bytes, std::string &smaller) {
                         return shrinkValue(bytes, smaller);
                       });
                   shrinks |= done;
                   return done;
                 }) &&
         shrinks;
}

bool LeanGraphWriter::shrinkNode(std::string_view node, std::string &to) {
  if (node.size() <= kSmall)
    return false;
  WireReader fields(node);
  for (WireField field; fields.next(field);)
    if (field.number == NodeDef::kNameFieldNumber && field.isBytes &&
        whole.count(field.bytes))
      return false;
  bool shrinks = false;
  return rewrite(node, to,
                 [&](const WireField &field, std::string &into) {
                   if (field.number != NodeDef::kAttrFieldNumber)
                     return false;
                   bool done = shrinkField(
                       field, into, [&](auto bytes, std::string &smaller) {
                         return shrinkEntry(bytes, smaller);
                       });
                   shrinks |= done;
                   return done;
                 }) &&
         shrinks;
}

bool LeanGraphWriter::write(std::string_view graph, std::string &to) {
  auto node = [&](auto bytes, std::string &smaller) {
    return shrinkNode(bytes, smaller);
  };
  bool sound = true;
  // A message on the way is written again whether or not it shrinks.
  auto descend = [&](const WireField &field, std::string &into,
                     const Change &change) {
    return shrinkField(field, into, [&](auto bytes, std::string &inner) {
      sound &= rewrite(bytes, inner, change);
      return sound;
    });
  };
  auto ofFunction = [&](const WireField &field, std::string &into) {
    return field.number == FunctionDef::kNodeDefFieldNumber &&
           shrinkField(field, into, node);
  };
  auto ofLibrary = [&](const WireField &field, std::string &into) {
    return field.number == FunctionDefLibrary::kFunctionFieldNumber &&
           descend(field, into, ofFunction);
  };
  sound &= rewrite(graph, to, [&](const WireField &field, std::string &into) {
    if (field.number == GraphDef::kNodeFieldNumber)
      return shrinkField(field, into, node);
    return field.number == GraphDef::kLibraryFieldNumber &&
           descend(field, into, ofLibrary);
  });
  return sound;
}

/// The nodes of the tensors that signatures name.
static std::unordered_set<std::string_view>
namedNodes(const MetaGraphDef &graph, std::vector<std::string> &names) {
  for (const auto &[name, signature] : graph.signature_def())
    for (const auto *tensors : {&signature.inputs(), &signature.outputs()})
      for (const auto &[key, info] : *tensors)
        forEachTensor(info, [&](const std::string &tensor) {
          names.push_back(tensor.substr(0, tensor.rfind(':')));
        });
  return {names.begin(), names.end()};
}

bool graft::parseLean(std::string_view bytes, MetaGraphDef &graph) {
  std::string rest, lean;
  std::vector<std::string_view> graphs;
  WireReader fields(bytes);
  for (WireField field; fields.next(field);)
    if (field.number == MetaGraphDef::kGraphDefFieldNumber && field.isBytes)
      graphs.push_back(field.bytes);
    else
      rest += field.whole;
  if (fields.damaged() || !parse(rest, graph))
    return false;
  std::vector<std::string> names;
  const auto &signatures = graph.signature_def();
  // What is compared are the bodies of signatures.
  bool compares = std::count_if(signatures.begin(), signatures.end(),
                                [](const auto &signature) {
                                  return isCallable(signature.first);
                                }) > 1;
  LeanGraphWriter writer(namedNodes(graph, names), compares);
  // Protobuf merges the pieces of a message, which is to join their bytes.
  for (std::string_view piece : graphs)
    if (!writer.write(piece, lean))
      return false;
  return graphs.empty() || parse(lean, *graph.mutable_graph_def());
}

bool graft::parseLean(std::string_view bytes, tensorflow::SavedModel &model) {
  std::string rest;
  std::vector<std::string_view> graphs;
  WireReader fields(bytes);
  for (WireField field; fields.next(field);)
    if (field.number == tensorflow::SavedModel::kMetaGraphsFieldNumber &&
        field.isBytes)
      graphs.push_back(field.bytes);
    else
      rest += field.whole;
  if (fields.damaged() || !parse(rest, model))
    return false;
  for (std::string_view graph : graphs)
    if (!parseLean(graph, *model.add_meta_graphs()))
      return false;
  return true;
}
