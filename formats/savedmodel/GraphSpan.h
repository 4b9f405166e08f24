//===- GraphSpan.h - Where saved_model.pb has a graph ---------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The GraphDef importer reads constants where the file has them, so it wants
// the bytes of the GraphDef, not a parsed copy.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_FORMATS_SAVEDMODEL_GRAPHSPAN_H
#define GRAFT_FORMATS_SAVEDMODEL_GRAPHSPAN_H

#include <cstddef>
#include <string_view>
#include <vector>

namespace graft {

/// The bytes of the GraphDef in the index-th MetaGraphDef of a serialized
/// SavedModel: one stretch, or several pieces, which protobuf merges as if they
/// were joined. Nothing if there is none.
std::vector<std::string_view> findGraphDef(std::string_view savedModel,
                                           size_t index);

/// The same of a serialized MetaGraphDef.
std::vector<std::string_view>
findGraphDefOfMetaGraph(std::string_view metaGraph);

} // namespace graft

#endif // GRAFT_FORMATS_SAVEDMODEL_GRAPHSPAN_H
