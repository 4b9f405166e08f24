//===- Liveness.h - under which conditions a node runs ----------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A TensorFlow 1 conditional sends its values through a Switch, and nodes
// behind the output that is not taken do not run. An engine runs as a whole, so
// the nodes in it must all run under the same conditions.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_LIVENESS_H
#define GRAFT_PASSES_GRAPH_LIVENESS_H

#include "dialects/graph/Graph.h"

#include "llvm/ADT/DenseMap.h"

#include <map>
#include <vector>

namespace graft::graph {

class Liveness {
public:
  /// `order` is a topological order of a body. Linear in nodes and edges.
  explicit Liveness(llvm::ArrayRef<mlir::Operation *> order);

  /// A number that two nodes share exactly if they run under the same
  /// conditions, as far as this analysis sees; 0 is always, -1 is too entangled
  /// to say. Along a path that meets no control flow conditions are only added.
  int32_t getConditions(mlir::Operation *op) const { return ofOp.lookup(op); }

private:
  using Conditions = std::vector<uint32_t>; ///< sorted

  int32_t intern(const Conditions &conditions);
  uint32_t conditionOf(mlir::Value predicate, unsigned outcome);
  int32_t join(int32_t a, int32_t b);
  int32_t merge(mlir::Operation *op);

  std::map<Conditions, int32_t> numbers;
  std::vector<Conditions> sets;
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, uint32_t> conditions;
  std::vector<std::pair<mlir::Value, unsigned>> meanings; ///< of conditions
  llvm::DenseMap<mlir::Operation *, int32_t> ofOp;
  llvm::DenseMap<mlir::Value, int32_t> ofValue; ///< where not that of its node
};

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_LIVENESS_H
