//===- SegmentReport.h - what became of each node ---------------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The conversion report: read off a module after graph-segment.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_SEGMENTREPORT_H
#define GRAFT_PASSES_GRAPH_SEGMENTREPORT_H

#include "dialects/graph/Graph.h"

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <string>
#include <vector>

namespace graft::graph {

struct SegmentReport {
  struct Engine {
    std::string name;
    size_t nodes = 0;
    size_t inputs = 0;
    size_t outputs = 0;
    /// Bytes that cross the border in a run, where every shape is known, else
    /// -1.
    int64_t borderBytes = -1;
  };
  struct Native {
    std::string node;
    std::string op;
    NativeReason code;
    std::string reason;
  };

  /// Nodes of the main graph before segmentation: converted and native ones.
  /// The Identity nodes that stand for fetched names do not count.
  size_t nodes = 0;
  size_t converted = 0;
  std::vector<Engine> engines;
  std::vector<Native> native;
};

/// Reads the report off the main graph of `module`.
SegmentReport collectSegmentReport(mlir::ModuleOp module);

/// Bytes of a tensor of a static shape and an element type of fixed size, or
/// -1.
int64_t byteSize(mlir::Type type);

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_SEGMENTREPORT_H
