//===- KeptVariables.h - variables that are not constants -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_EXPORTERS_SAVEDMODEL_KEPTVARIABLES_H
#define GRAFT_EXPORTERS_SAVEDMODEL_KEPTVARIABLES_H

#include "dialects/graph/Graph.h"
#include "exporters/savedmodel/BundleConstants.h"
#include "proto/saved_model.pb.h"

#include "mlir/IR/BuiltinOps.h"

namespace graft {

/// The variables that the graph changes, or that go where no constant can. They
/// are restored from a checkpoint of their own, as TensorFlow 1 does it.
class KeptVariables {
public:
  /// Finds the variables of the main graph that have a value, and adds the
  /// nodes that save and restore them. A variable without one is left to what
  /// initialises the model.
  static KeptVariables take(mlir::ModuleOp module);

  bool empty() const { return constants.empty(); }
  /// What says by which nodes a model is saved and restored.
  const tensorflow::SaverDef &saver() const { return saverDef; }
  /// Writes the checkpoint into the folder of a SavedModel.
  Status write(const std::string &folder) const;

private:
  friend class SaverBuilder;
  std::vector<BundleConstant> constants;
  tensorflow::SaverDef saverDef;
};

} // namespace graft

#endif // GRAFT_EXPORTERS_SAVEDMODEL_KEPTVARIABLES_H
