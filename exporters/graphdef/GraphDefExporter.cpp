//===- GraphDefExporter.cpp - the graph dialect to GraphDef ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "exporters/graphdef/GraphDefExporter.h"

#include "dialects/graph/codec/AttrCodec.h"
#include "exporters/graphdef/BodyWriter.h"
#include "support/AtomicFile.h"
#include "support/ByteReader.h"

#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/wire_format_lite.h>

#include <climits>

using namespace mlir;
using namespace graft;
using namespace graft::graph;
using tensorflow::FunctionDefLibrary;
using tensorflow::GraphDef;

/// Adds what the attributes say to what the residue has.
static Status writeVersions(DictionaryAttr attrs,
                            tensorflow::VersionDef &versions) {
  for (NamedAttribute attr : attrs) {
    StringRef name = attr.getName();
    if (auto value = dyn_cast<IntegerAttr>(attr.getValue());
        value && name == "producer")
      versions.set_producer(value.getInt());
    else if (value && name == "min_consumer")
      versions.set_min_consumer(value.getInt());
    else if (auto list = dyn_cast<DenseI32ArrayAttr>(attr.getValue());
             list && name == "bad_consumers")
      for (int32_t version : list.asArrayRef())
        versions.add_bad_consumers(version);
    else
      return Status::failed("versions must have producer, min_consumer and "
                            "bad_consumers, got '" +
                            name.str() + "'");
  }
  return Status();
}

/// The library: functions, their gradients, and what the residue keeps.
static Status writeLibrary(ModuleOp module, OutputNames &names,
                           FunctionDefLibrary &rest, Rope &library) {
  FunctionDefLibrary gradients;
  for (auto function : module.getOps<FuncOp>()) {
    Rope bytes;
    if (Status status = BodyWriter(function, names).writeFunction(bytes);
        !status)
      return status;
    library.field(FunctionDefLibrary::kFunctionFieldNumber, bytes);
    if (std::optional<StringRef> gradient = function.getGradient()) {
      auto &entry = *gradients.add_gradient();
      entry.set_function_name(function.getSymName().str());
      entry.set_gradient_func(gradient->str());
    }
  }
  gradients.MergeFrom(rest);
  library.append(serialize(gradients, names.mapOrder()));
  return Status();
}

static Expected<GraphOp> onlyGraph(ModuleOp module) {
  auto graphs = module.getOps<GraphOp>();
  if (graphs.empty() || std::next(graphs.begin()) != graphs.end())
    return Status::failed("a GraphDef has exactly one graph.graph, got " +
                          std::to_string(llvm::range_size(graphs)));
  return *graphs.begin();
}

Status graft::exportGraphDef(ModuleOp module,
                             function_ref<Status(StringRef)> sink) {
  // Protobuf would write to stderr what the status says anyway.
  google::protobuf::LogSilencer silencer;
  Expected<GraphOp> graph = onlyGraph(module);
  if (!graph)
    return graph.status();
  GraphDef rest;
  if (RawAttr raw = graph->getResidueAttr())
    if (!rest.ParseFromString(raw.getBytes().str()))
      return Status::failed("the graph's residue must be a GraphDef");
  if (DictionaryAttr versions = graph->getVersionsAttr())
    if (Status status = writeVersions(versions, *rest.mutable_versions());
        !status)
      return status;

  uint64_t total = 0;
  auto emit = [&](const Rope &rope) {
    total += rope.size();
    if (total > INT_MAX)
      return Status::failed("a graph with its constants must be below 2 GiB, "
                            "which protobuf cannot pass; build a plan instead");
    return rope.write(sink);
  };
  OutputNames names(module);
  BodyWriter writer(*graph, names);
  Rope node, field;
  for (Operation &op : *graph->getBlock()) {
    auto nodeOp = dyn_cast<NodeOp>(op);
    if (!nodeOp)
      return Status::failed("a graph must hold nodes only, got " +
                            op.getName().getStringRef().str());
    node.clear();
    field.clear();
    if (Status status = writer.writeNode(nodeOp, node); !status)
      return status;
    field.field(GraphDef::kNodeFieldNumber, node);
    if (Status status = emit(field); !status)
      return status;
  }
  if (rest.has_library() || !module.getOps<FuncOp>().empty()) {
    Rope library;
    if (Status status =
            writeLibrary(module, names, *rest.mutable_library(), library);
        !status)
      return status;
    rest.clear_library();
    field.clear();
    field.field(GraphDef::kLibraryFieldNumber, library);
    if (Status status = emit(field); !status)
      return status;
  }
  field.clear();
  field.append(serialize(rest, names.mapOrder()));
  return emit(field);
}

Expected<std::string> graft::exportGraphDefToString(ModuleOp module) {
  std::string bytes;
  Status status = exportGraphDef(module, [&](StringRef piece) {
    bytes.append(piece.data(), piece.size());
    return Status();
  });
  if (!status)
    return status;
  return bytes;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static bool namesText(StringRef path) {
  return path.ends_with(".pbtxt") || path.ends_with(".prototxt");
}

/// True if the fields of the message are a GraphDef's. They are not parsed.
static bool isGraphDef(std::string_view bytes) {
  using google::protobuf::internal::WireFormatLite;
  ByteReader reader(bytes);
  while (!reader.empty()) {
    std::optional<uint32_t> tag = reader.varint32();
    if (!tag)
      return false;
    int field = WireFormatLite::GetTagFieldNumber(*tag);
    bool isNumber = field == GraphDef::kVersionFieldNumber;
    // A SavedModel begins with the number of its schema.
    if (field < 1 || field > GraphDef::kDebugInfoFieldNumber ||
        WireFormatLite::GetTagWireType(*tag) !=
            (isNumber ? WireFormatLite::WIRETYPE_VARINT
                      : WireFormatLite::WIRETYPE_LENGTH_DELIMITED))
      return false;
    std::optional<uint64_t> value = reader.varint64();
    if (!value || (!isNumber && !reader.take(*value)))
      return false;
  }
  return true;
}

/// True if the text begins with a field of a GraphDef's.
static bool isGraphDefText(std::string_view bytes) {
  StringRef text(bytes.data(), bytes.size());
  while (text = text.ltrim(), text.starts_with("#"))
    text = text.drop_until([](char c) { return c == '\n'; });
  for (StringRef field : {"node", "library", "versions"})
    if (text.starts_with(field)) {
      StringRef rest = text.drop_front(field.size()).ltrim();
      return rest.starts_with("{") || rest.starts_with(":");
    }
  return false;
}

const FileKind &graft::graphDefFile(StringRef path) {
  static constexpr FileKind binary{"a GraphDef", isGraphDef};
  static constexpr FileKind text{"a GraphDef in text", isGraphDefText};
  return namesText(path) ? text : binary;
}

/// True if a message inside has fields that the schema does not know.
static bool hasUnknownFields(const google::protobuf::Message &root) {
  std::vector<const google::protobuf::Message *> worklist{&root};
  while (!worklist.empty()) {
    const google::protobuf::Message &message = *worklist.back();
    worklist.pop_back();
    const google::protobuf::Reflection &reflection = *message.GetReflection();
    if (!reflection.GetUnknownFields(message).empty())
      return true;
    std::vector<const google::protobuf::FieldDescriptor *> fields;
    reflection.ListFields(message, &fields);
    for (const auto *field : fields) {
      if (field->cpp_type() !=
          google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE)
        continue;
      if (!field->is_repeated()) {
        worklist.push_back(&reflection.GetMessage(message, field));
        continue;
      }
      for (int i = 0, e = reflection.FieldSize(message, field); i < e; ++i)
        worklist.push_back(&reflection.GetRepeatedMessage(message, field, i));
    }
  }
  return false;
}

/// protobuf's text format needs the whole message.
static Status exportText(ModuleOp module, const std::string &path) {
  Expected<std::string> bytes = exportGraphDefToString(module);
  if (!bytes)
    return bytes.status();
  GraphDef graph;
  if (!graph.ParseFromString(*bytes))
    return Status::internal(
        "the exporter wrote a GraphDef that does not parse");
  if (hasUnknownFields(graph))
    return Status::failed("the graph has fields that only a binary file can "
                          "keep; name the output .pb");
  std::string text;
  if (!google::protobuf::TextFormat::PrintToString(graph, &text))
    return Status::failed("the graph does not fit in a text");
  return AtomicFile::writeAll(path, text, graphDefFile(path));
}

Status graft::exportGraphDef(ModuleOp module, const std::string &path) {
  if (namesText(path))
    return exportText(module, path);
  Expected<AtomicFile> file = AtomicFile::create(path, graphDefFile(path));
  if (!file)
    return file.status();
  Status status = exportGraphDef(module, [&](StringRef piece) {
    return file->write({piece.data(), piece.size()});
  });
  if (!status)
    return status;
  return file->commit();
}

Expected<tensorflow::NodeDef> graft::exportNode(NodeOp node) {
  Rope rope;
  OutputNames names(node);
  BodyWriter writer(node->getParentOp(), names);
  if (Status status = writer.writeNode(node, rope); !status)
    return status;
  tensorflow::NodeDef def;
  if (!def.ParseFromString(rope.str()))
    return Status::internal("the exporter wrote a NodeDef that does not parse");
  return def;
}

Expected<tensorflow::FunctionDef> graft::exportFunction(FuncOp function) {
  Rope rope;
  OutputNames names(function);
  BodyWriter writer(function, names);
  if (Status status = writer.writeFunction(rope); !status)
    return status;
  tensorflow::FunctionDef def;
  if (!def.ParseFromString(rope.str()))
    return Status::internal(
        "the exporter wrote a FunctionDef that does not parse");
  return def;
}
