//===- GraphSpan.cpp - Where saved_model.pb has a graph -------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A walk over the fields of two messages.
//
//===----------------------------------------------------------------------===//

#include "formats/savedmodel/GraphSpan.h"

#include "proto/saved_model.pb.h"
#include "support/ByteReader.h"

#include <vector>

using namespace graft;

/// The contents of every field of that number, which must be messages; nothing
/// if the bytes are no message.
static std::optional<std::vector<std::string_view>>
fieldsOf(std::string_view message, uint64_t number) {
  enum WireType { Varint = 0, Fixed64 = 1, Length = 2, Fixed32 = 5 };
  std::vector<std::string_view> found;
  ByteReader reader(message);
  while (!reader.empty()) {
    std::optional<uint64_t> tag = reader.varint64();
    if (!tag)
      return std::nullopt;
    bool sound = false;
    switch (*tag & 7) {
    case Varint:
      sound = reader.varint64().has_value();
      break;
    case Fixed64:
      sound = reader.take(8).has_value();
      break;
    case Fixed32:
      sound = reader.take(4).has_value();
      break;
    case Length: {
      std::optional<uint64_t> length = reader.varint64();
      std::optional<std::string_view> bytes;
      if (length)
        bytes = reader.take(*length);
      sound = bytes.has_value();
      if (sound && *tag >> 3 == number)
        found.push_back(*bytes);
      break;
    }
    default: // groups, which these messages do not have
      break;
    }
    if (!sound)
      return std::nullopt;
  }
  return found;
}

std::optional<std::string_view>
graft::findGraphDefOfMetaGraph(std::string_view metaGraph) {
  auto graphs =
      fieldsOf(metaGraph, tensorflow::MetaGraphDef::kGraphDefFieldNumber);
  if (!graphs || graphs->size() != 1)
    return std::nullopt;
  return graphs->front();
}

std::optional<std::string_view> graft::findGraphDef(std::string_view savedModel,
                                                    size_t index) {
  auto metaGraphs =
      fieldsOf(savedModel, tensorflow::SavedModel::kMetaGraphsFieldNumber);
  if (!metaGraphs || index >= metaGraphs->size())
    return std::nullopt;
  return findGraphDefOfMetaGraph((*metaGraphs)[index]);
}
