//===- GraphDefReader.cpp - where a file has its nodes --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "importers/graphdef/GraphDefReader.h"

#include "formats/text/TextReader.h"
#include "formats/wire/WireReader.h"
#include "support/ForeignFile.h"
#include "support/MappedFile.h"

#include <climits>

using namespace graft;
using llvm::StringRef;

/// Copies `field` to the end of a message under construction.
static void append(std::string &message, const WireField &field) {
  message.append(field.whole.data(), field.whole.size());
}

static Status damagedAt(const GraphDefSource &source, const char *position,
                        const std::string &what) {
  return Status::badInput(source.name + ": " + what + " is damaged at byte " +
                          std::to_string(position - source.bytes.data()) +
                          " of " + std::to_string(source.bytes.size()) +
                          "; get the file again, or export the graph again");
}

/// Splits one function of the library into its nodes and the rest.
static Status readFunction(GraphDefSource &source, StringRef bytes) {
  GraphDefSource::Function function;
  std::string rest;
  WireReader reader(bytes);
  WireField field;
  while (reader.next(field)) {
    if (field.number == tensorflow::FunctionDef::kNodeDefFieldNumber &&
        field.isBytes)
      function.nodes.push_back(field.bytes);
    else
      append(rest, field);
  }
  if (reader.damaged() || !function.rest.ParseFromString(rest))
    return damagedAt(source, bytes.data() + reader.offset(),
                     "function " + std::to_string(source.functions.size()));
  graph::noteOrder(tensorflow::FunctionDef::descriptor(), rest, source.orders);
  source.functions.push_back(std::move(function));
  return Status();
}

static Status readLibrary(GraphDefSource &source, StringRef bytes,
                          std::string &rest) {
  WireReader reader(bytes);
  WireField field;
  while (reader.next(field)) {
    if (field.number == tensorflow::FunctionDefLibrary::kFunctionFieldNumber &&
        field.isBytes) {
      if (Status status = readFunction(source, field.bytes); !status)
        return status;
    } else {
      append(rest, field);
    }
  }
  if (reader.damaged())
    return damagedAt(source, bytes.data() + reader.offset(),
                     "the function library");
  return Status();
}

/// True if the bytes look like protobuf's text format of a GraphDef.
static bool looksLikeText(StringRef bytes) {
  for (char c : bytes.take_front(512))
    if ((static_cast<unsigned char>(c) < 0x20 && !isspace(c)) || c == 0x7f)
      return false;
  StringRef word = bytes.ltrim();
  for (const char *field : {"node", "library", "versions", "version", "#"})
    if (word.starts_with(field))
      return true;
  return false;
}

Expected<GraphDefSource> graft::readGraphDef(StringRef bytes,
                                             std::shared_ptr<const void> owner,
                                             const std::string &name) {
  GraphDefSource source;
  source.name = name;
  source.bytes = bytes;
  source.owner = std::move(owner);
  if (bytes.empty())
    return Status::badInput(name + ": the file is empty (0 bytes); a GraphDef "
                                   "has at least one node");
  if (std::string kind = describeForeignFile(bytes, name); !kind.empty())
    return Status::badInput(name +
                            ": must be a GraphDef or a SavedModel "
                            "directory, got " +
                            kind);
  if (looksLikeText(bytes))
    return Status::badInput(name + ": is a GraphDef in text, not in binary; "
                                   "name it .pbtxt");
  std::string rest, library;
  WireReader reader(bytes);
  WireField field;
  while (reader.next(field)) {
    if (field.number == tensorflow::GraphDef::kNodeFieldNumber &&
        field.isBytes) {
      source.nodes.push_back(field.bytes);
    } else if (field.number == tensorflow::GraphDef::kLibraryFieldNumber &&
               field.isBytes) {
      source.rest.mutable_library();
      if (Status status = readLibrary(source, field.bytes, library); !status)
        return status;
    } else {
      append(rest, field);
    }
  }
  if (reader.damaged())
    return damagedAt(source, bytes.data() + reader.offset(), "the GraphDef");
  bool hasLibrary = source.rest.has_library();
  if (!source.rest.ParseFromString(rest))
    return Status::badInput(name + ": is no GraphDef; get the file again, or "
                                   "export the graph again");
  graph::noteOrder(tensorflow::GraphDef::descriptor(), rest, source.orders);
  if (hasLibrary && !source.rest.mutable_library()->ParseFromString(library))
    return Status::badInput(name + ": the function library is damaged; get the "
                                   "file again, or export the graph again");
  if (source.nodes.empty() && source.functions.empty() &&
      source.rest.ByteSizeLong() != 0 && !source.rest.has_versions())
    return Status::badInput(
        name + ": has no node; it must be a GraphDef, not another message");
  return source;
}

/// A text as the bytes that the binary form would have.
static Expected<GraphDefSource> readText(const MappedFile &file) {
  StringRef text(file.bytes().data(), file.bytes().size());
  if (std::string kind = describeForeignFile(text, file.path()); !kind.empty())
    return Status::badInput(file.path() + ": must be a GraphDef in text, got " +
                            kind);
  if (text.empty())
    return Status::badInput(file.path() + ": the file is empty (0 bytes); a "
                                          "GraphDef has at least one node");
  if (text.take_front(512).contains('\0') || text.front() == '\n')
    if (!looksLikeText(text))
      return Status::badInput(file.path() + ": is no text; name a binary "
                                            "GraphDef .pb");
  tensorflow::GraphDef graph;
  GRAFT_RETURN_IF_ERROR(
      parseText({text.data(), text.size()}, file.path(), "GraphDef", graph));
  if (graph.ByteSizeLong() > INT_MAX)
    return Status::badInput(file.path() + ": a graph must be below 2 GiB");
  auto bytes = std::make_shared<std::string>(
      graph::serialize(graph, graph::MapOrder::Python));
  if (bytes->empty())
    return Status::badInput(file.path() + ": has no node");
  StringRef view(*bytes);
  return readGraphDef(view, bytes, file.path());
}

Expected<GraphDefSource> graft::openGraphDef(const std::string &path) {
  Expected<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.status();
  StringRef name(path);
  if (name.ends_with(".pbtxt") || name.ends_with(".prototxt"))
    return readText(*file);
  auto mapped = std::make_shared<MappedFile>(*std::move(file));
  StringRef bytes(mapped->bytes().data(), mapped->bytes().size());
  return readGraphDef(bytes, mapped, path);
}
