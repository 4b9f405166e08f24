//===- NodeReader.cpp - nodes out of their spans --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// protobuf parses each NodeDef, except long strings and the contents of large
// tensors: those stay where the file has them.
//===----------------------------------------------------------------------===//
#include "dialects/graph/NodeAttrs.h"
#include "dialects/graph/TensorData.h"
#include "dialects/graph/codec/AttrCodec.h"
#include "dialects/graph/codec/TensorCodec.h"
#include "formats/wire/WireReader.h"
#include "importers/graphdef/Body.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;
using tensorflow::NodeDef;
using tensorflow::TensorProto;

namespace {
/// An entry of a node's attribute map that has large contents: a tensor's, or a
/// string.
struct LargeAttr {
  StringRef name;
  TensorProto rest;
  StringRef content;
  bool isString = false;
};
} // namespace

/// The only field of a message, if it has just one and that one is `number`.
static std::optional<StringRef> onlyField(StringRef message, uint32_t number) {
  WireReader reader(message);
  WireField field;
  if (!reader.next(field) || field.number != number || !field.isBytes)
    return std::nullopt;
  StringRef bytes = field.bytes;
  if (reader.next(field) || reader.damaged())
    return std::nullopt;
  return bytes;
}

/// The key of a map's entry.
static StringRef keyOf(StringRef entry) {
  WireReader reader(entry);
  WireField key;
  if (reader.next(key) && key.number == 1)
    return key.bytes;
  return {};
}

/// Takes apart an entry of the plainest form, {key, value{tensor{...}}} or
/// {key, value{s}}, whose contents are large. Any other form is left to
/// protobuf.
static bool splitLargeAttr(StringRef entry, LargeAttr &large) {
  WireReader reader(entry);
  WireField key, value, more;
  if (!reader.next(key) || key.number != 1 || !key.isBytes ||
      !reader.next(value) || value.number != 2 || !value.isBytes ||
      reader.next(more) || reader.damaged())
    return false;
  large.name = key.bytes;
  if (auto string =
          onlyField(value.bytes, tensorflow::AttrValue::kSFieldNumber)) {
    large.content = *string;
    large.isString = true;
    return string->size() > kInlineTensorBytes;
  }
  std::optional<StringRef> tensor =
      onlyField(value.bytes, tensorflow::AttrValue::kTensorFieldNumber);
  if (!tensor)
    return false;
  std::string rest;
  WireReader tensorReader(*tensor);
  WireField field;
  while (tensorReader.next(field)) {
    if (field.number != TensorProto::kTensorContentFieldNumber) {
      // A large list is protobuf's to read.
      if (field.whole.size() > kInlineTensorBytes)
        return false;
      rest.append(field.whole.data(), field.whole.size());
    } else if (!field.isBytes || !large.content.empty()) {
      return false;
    } else {
      large.content = field.bytes;
    }
  }
  return !tensorReader.damaged() && large.content.size() > kInlineTensorBytes &&
         large.rest.ParseFromString(rest);
}

namespace {
/// Reads nodes one after the other, reusing its memory.
class NodeReader {
public:
  NodeReader(Body &body, Signatures &signatures, MLIRContext *context)
      : body(body), signatures(signatures), context(context) {}

  Status read(StringRef bytes);

private:
  /// Parses the node without its large attributes. False if it is damaged.
  bool parse(StringRef bytes, bool splitLarge);
  /// The large attributes; false if one cannot be had in this way.
  Expected<bool> decodeLarge(SmallVectorImpl<NamedAttribute> &attrs);
  Status readAttrs(NodeRecord &node, StringRef bytes);
  Status readOutputs(NodeRecord &node);

  Body &body;
  Signatures &signatures;
  MLIRContext *context;
  NodeDef def;
  std::string pieces;
  SmallVector<LargeAttr, 1> large;
};
} // namespace

bool NodeReader::parse(StringRef bytes, bool splitLarge) {
  large.clear();
  size_t firstInput = body.inputs.size();
  // Only a node longer than this can have a large attribute.
  splitLarge &= bytes.size() > kInlineTensorBytes;
  pieces.clear();
  WireReader reader(bytes);
  WireField field;
  std::optional<StringRef> lastKey;
  while (reader.next(field)) {
    if (field.number == NodeDef::kInputFieldNumber && field.isBytes)
      body.inputs.push_back(field.bytes);
    if (field.number == NodeDef::kAttrFieldNumber && field.isBytes) {
      StringRef key = keyOf(field.bytes);
      if (lastKey)
        body.source->orders.note({lastKey->data(), lastKey->size()},
                                 {key.data(), key.size()});
      lastKey = key;
    }
    if (!splitLarge)
      continue;
    LargeAttr attribute;
    if (field.number == NodeDef::kAttrFieldNumber && field.isBytes &&
        field.bytes.size() > kInlineTensorBytes &&
        splitLargeAttr(field.bytes, attribute))
      large.push_back(std::move(attribute));
    else
      pieces.append(field.whole.data(), field.whole.size());
  }
  bool parsed = !reader.damaged() &&
                (splitLarge ? def.ParseFromString(pieces)
                            : def.ParseFromArray(bytes.data(), bytes.size()));
  return parsed && body.inputs.size() - firstInput ==
                       static_cast<size_t>(def.input_size());
}

Expected<bool> NodeReader::decodeLarge(SmallVectorImpl<NamedAttribute> &attrs) {
  for (const LargeAttr &attribute : large) {
    ContentView content{
        ArrayRef<char>(attribute.content.data(), attribute.content.size()),
        body.source->owner};
    // A name that comes twice: the last one counts, which protobuf knows.
    bool twice =
        attribute.name.empty() || def.attr().count(attribute.name.str());
    for (const NamedAttribute &other : attrs)
      twice |= other.getName().getValue() == attribute.name;
    if (twice)
      return false;
    if (attribute.isString) {
      attrs.emplace_back(
          StringAttr::get(context, attribute.name),
          makeString(context, content.bytes, content.owner, def.name()));
      continue;
    }
    Expected<TensorAttr> attr =
        decodeTensor(attribute.rest, &content, def.name(), context);
    if (!attr)
      return Status(attr.status().code(), "attribute '" + attribute.name.str() +
                                              "': " + attr.status().message());
    if (!*attr)
      return false;
    attrs.emplace_back(StringAttr::get(context, attribute.name), *attr);
  }
  return true;
}

Status NodeReader::readAttrs(NodeRecord &node, StringRef bytes) {
  auto failure = [&](const Status &status) {
    return Status(status.code(), body.where(node) + ": " + status.message());
  };
  SmallVector<NamedAttribute> largeAttrs;
  Expected<bool> split = decodeLarge(largeAttrs);
  if (!split)
    return failure(split.status());
  if (!*split) {
    largeAttrs.clear();
    def.ParseFromArray(bytes.data(), bytes.size());
  }
  Expected<DictionaryAttr> attrs =
      decodeAttrs(*def.mutable_attr(), def.name(), context, largeAttrs);
  if (!attrs)
    return failure(attrs.status());
  node.attrs = *attrs;
  // What is left is what the dialect has no place for.
  def.clear_name();
  def.clear_op();
  def.clear_input();
  def.clear_device();
  if (def.ByteSizeLong() != 0)
    node.residue =
        RawAttr::get(context, StringAttr::get(context, serialize(def)));
  return Status();
}

/// The number and types of the data outputs, if the op is known.
Status NodeReader::readOutputs(NodeRecord &node) {
  if (!node.signature)
    return Status();
  Status status = checkComplete(*node.signature, node.attrs);
  if (status)
    status = checkAttrs(*node.signature, node.attrs);
  if (status) {
    Expected<FlatArgs> outputs = flattenArgs(
        *node.signature, node.signature->outputs, NodeAttrs(node.attrs));
    if (outputs) {
      node.outputCount = outputs->types.size();
      body.outputTypes.insert(body.outputTypes.end(), outputs->types.begin(),
                              outputs->types.end());
      return Status();
    }
    status = outputs.status();
  }
  return Status(status.code(), body.where(node) + ": " + status.message());
}

Status NodeReader::read(StringRef bytes) {
  NodeRecord node;
  node.firstInput = body.inputs.size();
  node.firstOutput = body.outputTypes.size();
  if (!parse(bytes, /*splitLarge=*/true))
    return Status::badInput(
        body.where() + ": node " + std::to_string(body.nodes.size()) +
        " is damaged, at byte " +
        std::to_string(bytes.data() - body.source->bytes.data()) + " of " +
        std::to_string(body.source->bytes.size()) +
        "; get the file again, or export the graph again");
  node.inputCount = body.inputs.size() - node.firstInput;
  node.name = StringAttr::get(context, def.name());
  node.op = StringAttr::get(context, def.op());
  if (!def.device().empty())
    node.device = StringAttr::get(context, def.device());
  if (def.name().empty() || def.op().empty())
    return Status::badInput(body.where() + ": node " +
                            std::to_string(body.nodes.size()) +
                            " must have a name and an op, got name " +
                            quoted(def.name()) + ", op " + quoted(def.op()));
  node.signature = signatures.lookup(node.op);
  int32_t index = body.nodes.size();
  auto [known, isNew] = body.byName.try_emplace(node.name.getValue(), index);
  if (!isNew)
    return Status::badInput(
        body.where(node) + ": names must be unique, but " +
        (known->second < 0 ? "an argument" : "another node") +
        " has this one; rename one of them");
  if (Status status = readAttrs(node, bytes); !status)
    return status;
  if (Status status = readOutputs(node); !status)
    return status;
  body.nodes.push_back(node);
  return Status();
}

Status graft::readNodes(Body &body, ArrayRef<StringRef> nodes,
                        Signatures &signatures, MLIRContext *context) {
  // Indices are 32 bits, with negative ones for arguments.
  if (nodes.size() > INT32_MAX)
    return Status::badInput(body.where() + ": a graph must have less than 2^31 "
                                           "nodes");
  body.nodes.reserve(nodes.size());
  body.byName.reserve(nodes.size());
  NodeReader reader(body, signatures, context);
  for (StringRef bytes : nodes)
    if (Status status = reader.read(bytes); !status)
      return status;
  return Status();
}

const OpSignature *Signatures::lookup(StringAttr op) {
  auto [entry, isNew] = known.try_emplace(op, nullptr);
  if (isNew)
    entry->second = table.lookup({op.getValue().data(), op.getValue().size()});
  return entry->second;
}
