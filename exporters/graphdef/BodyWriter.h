//===- BodyWriter.h - nodes and functions to their messages ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_EXPORTERS_GRAPHDEF_BODYWRITER_H
#define GRAFT_EXPORTERS_GRAPHDEF_BODYWRITER_H

#include "dialects/graph/Graph.h"
#include "dialects/graph/OpTable.h"
#include "dialects/graph/codec/Serialize.h"
#include "exporters/graphdef/Rope.h"
#include "proto/framework.pb.h"

#include "llvm/ADT/DenseMap.h"

namespace graft {

/// What the exporter knows of the module: the outputs of each op by name.
class OutputNames {
public:
  /// Declares the module's functions.
  explicit OutputNames(mlir::Operation *anywhere);

  /// In which order maps are written.
  graph::MapOrder mapOrder() const { return order; }

  /// How a function body spells data output `port` of the node, without the
  /// node's name: "output:index".
  Expected<std::string> spell(graph::NodeOp node, unsigned port);

private:
  llvm::DenseMap<mlir::StringAttr, graph::FuncOp> functions;
  graph::MapOrder order = graph::MapOrder::Python;
};

/// Writes the nodes of one graph or function.
class BodyWriter {
public:
  /// `parent` is a `graph.graph` or `graph.func`.
  BodyWriter(mlir::Operation *parent, OutputNames &names);

  /// Appends a NodeDef, without tag and length.
  Status writeNode(graph::NodeOp node, Rope &rope);
  /// Appends a FunctionDef, without tag and length; `parent` is the function.
  Status writeFunction(Rope &rope);

private:
  /// The usual spelling of a data operand.
  Expected<std::string> spellData(mlir::Value value);
  static std::string spellControl(mlir::Value value);
  /// The spelling that the file had, if it still says what the operands say.
  bool stillFits(mlir::ArrayAttr spelling, mlir::ValueRange data,
                 mlir::ValueRange controls);
  bool refersTo(llvm::StringRef text, mlir::Value value);
  Status writeAttrs(graph::NodeOp node, const tensorflow::NodeDef &residue,
                    Rope &rope);
  Status writeAttr(llvm::StringRef name, mlir::Attribute attr,
                   const tensorflow::NodeDef &residue, Rope &rope);

  graph::FuncOp function; // null for the main graph
  OutputNames &names;
};

} // namespace graft

#endif // GRAFT_EXPORTERS_GRAPHDEF_BODYWRITER_H
