//===- EngineAssets.h - engines to the assets of a SavedModel -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The counterpart of RestoreAssets.h, which says what for.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TFTRT_ENGINEASSETS_H
#define GRAFT_TFTRT_ENGINEASSETS_H

#include "dialects/graph/Graph.h"
#include "exporters/savedmodel/BundleConstants.h"
#include "support/Status.h"

#include "mlir/IR/BuiltinOps.h"

#include <memory>
#include <string>
#include <vector>

namespace graft {

/// What was taken from a module, to be written beside its graph.
class EngineAssets {
public:
  /// Takes the plans of engines and the large constants of native segments from
  /// `module`, and adds nodes that fill both in and then run `initNode`, if
  /// any. Does nothing where there is no engine, or a node has a name in the
  /// nodes' scope.
  static EngineAssets take(mlir::ModuleOp module, const std::string &initNode);

  bool empty() const { return files.empty(); }
  /// Nodes of the main graph that are fed a path, and the file's name.
  const std::vector<std::pair<std::string, std::string>> &assets() const {
    return files;
  }
  /// Writes the files into a folder that is there.
  Status write(const std::string &folder) const;

private:
  struct Plan {
    std::string file;
    mlir::Attribute bytes;
  };
  Status writePlan(const std::string &folder, const Plan &plan) const;

  friend class EngineTaker;
  std::vector<std::pair<std::string, std::string>> files;
  std::vector<Plan> plans;
  std::vector<BundleConstant> constants;
};

} // namespace graft

#endif // GRAFT_TFTRT_ENGINEASSETS_H
