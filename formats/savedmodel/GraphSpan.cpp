//===- GraphSpan.cpp - Where saved_model.pb has a graph -------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A walk over the fields of two messages.
//
//===----------------------------------------------------------------------===//

#include "formats/savedmodel/GraphSpan.h"

#include "formats/wire/WireReader.h"
#include "proto/saved_model.pb.h"

using namespace graft;

/// The contents of every field of that number, which must be messages; none if
/// the bytes are no message.
static std::vector<std::string_view> fieldsOf(std::string_view message,
                                              uint64_t number) {
  std::vector<std::string_view> found;
  WireReader fields(message);
  for (WireField field; fields.next(field);)
    if (field.isBytes && field.number == number)
      found.push_back(field.bytes);
  if (fields.damaged())
    found.clear();
  return found;
}

std::vector<std::string_view>
graft::findGraphDefOfMetaGraph(std::string_view metaGraph) {
  return fieldsOf(metaGraph, tensorflow::MetaGraphDef::kGraphDefFieldNumber);
}

std::vector<std::string_view> graft::findGraphDef(std::string_view savedModel,
                                                  size_t index) {
  std::vector<std::string_view> metaGraphs =
      fieldsOf(savedModel, tensorflow::SavedModel::kMetaGraphsFieldNumber);
  if (index >= metaGraphs.size())
    return {};
  return findGraphDefOfMetaGraph(metaGraphs[index]);
}
