//===- SharedResources.h - constants that several operations name ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An analysis of a module. A pass on a nested module asks for its parent's.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_TO_PLAN_SHAREDRESOURCES_H
#define GRAFT_PASSES_NN_TO_PLAN_SHAREDRESOURCES_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/StringMap.h"

namespace graft::plan {

/// The resources of a module that several of its top-level operations name.
class SharedResources {
public:
  explicit SharedResources(mlir::Operation *module);

  /// Whether `value` is a resource that may not be freed when one operation has
  /// no use for it any more.
  bool contains(mlir::Attribute value) const;

private:
  /// The only operation that names a resource, or null.
  llvm::StringMap<mlir::Operation *> owners;
};

} // namespace graft::plan

#endif // GRAFT_PASSES_NN_TO_PLAN_SHAREDRESOURCES_H
