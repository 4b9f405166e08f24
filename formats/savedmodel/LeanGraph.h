//===- LeanGraph.h - A graph without its large contents -------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What reads a SavedModel looks at names, small attributes and functions. The
// GraphDef importer reads large tensors and strings where the file has them, so
// protobuf need not copy them here, and a file may be larger than protobuf
// reads.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_FORMATS_SAVEDMODEL_LEANGRAPH_H
#define GRAFT_FORMATS_SAVEDMODEL_LEANGRAPH_H

#include "support/Status.h"

#include <string>
#include <string_view>

namespace graft {
namespace tensorflow {
class MetaGraphDef;
class SavedModel;
} // namespace tensorflow

/// Parses a serialized SavedModel or MetaGraphDef. Tensor contents and strings
/// of more than 1 kB that nodes have as attributes are replaced by stand-ins of
/// 8 bytes: equal ones for equal contents. Nodes that signatures name are
/// whole. False if the bytes do not parse.
bool parseLean(std::string_view bytes, tensorflow::SavedModel &model);
bool parseLean(std::string_view bytes, tensorflow::MetaGraphDef &graph);

} // namespace graft

#endif // GRAFT_FORMATS_SAVEDMODEL_LEANGRAPH_H
