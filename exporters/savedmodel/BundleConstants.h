//===- BundleConstants.h - constants of the graph as a checkpoint ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_EXPORTERS_SAVEDMODEL_BUNDLECONSTANTS_H
#define GRAFT_EXPORTERS_SAVEDMODEL_BUNDLECONSTANTS_H

#include "support/Status.h"

#include "mlir/IR/BuiltinAttributes.h"

#include <string>
#include <vector>

namespace graft {

/// A tensor of a checkpoint and its key.
struct BundleConstant {
  std::string key;
  mlir::ElementsAttr value;
};

/// Writes the checkpoint PREFIX.index with its data. Elements go to the file
/// from where they are. Errors: Internal for a value without bytes, else what
/// the file system says.
Status writeBundle(const std::string &prefix,
                   const std::vector<BundleConstant> &constants);

} // namespace graft

#endif // GRAFT_EXPORTERS_SAVEDMODEL_BUNDLECONSTANTS_H
