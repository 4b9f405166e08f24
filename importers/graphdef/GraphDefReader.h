//===- GraphDefReader.h - where a file has its nodes ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The first step of an import: the spans of the nodes, and everything else
// parsed.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_IMPORTERS_GRAPHDEF_GRAPHDEFREADER_H
#define GRAFT_IMPORTERS_GRAPHDEF_GRAPHDEFREADER_H

#include "dialects/graph/codec/Serialize.h"
#include "proto/framework.pb.h"
#include "support/Status.h"

#include "llvm/ADT/StringRef.h"

#include <memory>
#include <string>
#include <vector>

namespace graft {

/// A GraphDef whose nodes are still spans of the bytes it came from.
struct GraphDefSource {
  struct Function {
    /// Everything but the nodes.
    tensorflow::FunctionDef rest;
    std::vector<llvm::StringRef> nodes;
  };
  std::string name;
  /// The file, or what stands for it.
  llvm::StringRef bytes;
  std::shared_ptr<const void> owner;
  std::vector<llvm::StringRef> nodes;
  std::vector<Function> functions;
  /// Everything but nodes and functions.
  tensorflow::GraphDef rest;
  /// Version of the program that wrote the graph; 0 where it is not said.
  int32_t producer = 0;
  graph::PossibleOrders orders;
};

/// Maps the file; parses one that is text.
Expected<GraphDefSource> openGraphDef(const std::string &path);

/// Finds the parts of a serialized GraphDef.
Expected<GraphDefSource> readGraphDef(llvm::StringRef bytes,
                                      std::shared_ptr<const void> owner,
                                      const std::string &name);

} // namespace graft

#endif // GRAFT_IMPORTERS_GRAPHDEF_GRAPHDEFREADER_H
