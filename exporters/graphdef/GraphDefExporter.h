//===- GraphDefExporter.h - the graph dialect to GraphDef -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The inverse of the importer. The bytes are those of protobuf's deterministic
// serialization; weights go from where they are to the file, without a copy.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_EXPORTERS_GRAPHDEF_GRAPHDEFEXPORTER_H
#define GRAFT_EXPORTERS_GRAPHDEF_GRAPHDEFEXPORTER_H

#include "dialects/graph/Graph.h"
#include "proto/framework.pb.h"
#include "support/FileKind.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace graft {

/// What exportGraphDef() writes to a file of that name.
const FileKind &graphDefFile(llvm::StringRef path);

/// Writes the module's graph and functions to a file, whole or not at all: text
/// for a name that ends in .pbtxt or .prototxt, else binary. Errors: Failed for
/// a module that is no GraphDef (not one `graph.graph`, a `graph.segment` left
/// in it) or has 2 GiB or more, and for what the file system says.
Status exportGraphDef(mlir::ModuleOp module, const std::string &path);

/// The same bytes, in pieces, handed to `sink`; some may have been when an
/// error is found.
Status exportGraphDef(mlir::ModuleOp module,
                      llvm::function_ref<Status(llvm::StringRef)> sink);

/// The same in memory.
Expected<std::string> exportGraphDefToString(mlir::ModuleOp module);

/// One node, its weights copied. Inputs are spelled as where the node stands:
/// in a graph or in a function.
Expected<tensorflow::NodeDef> exportNode(graph::NodeOp node);

/// One function, its weights copied.
Expected<tensorflow::FunctionDef> exportFunction(graph::FuncOp function);

} // namespace graft

#endif // GRAFT_EXPORTERS_GRAPHDEF_GRAPHDEFEXPORTER_H
