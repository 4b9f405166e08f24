//===- SharedResources.cpp - constants that several operations name -------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn_to_plan/SharedResources.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace graft::plan;

bool SharedResources::contains(Attribute value) const {
  auto resource = dyn_cast<DenseResourceElementsAttr>(value);
  return resource && !owners.lookup(resource.getRawHandle().getKey());
}

SharedResources::SharedResources(Operation *module) {
  for (Operation &top : *cast<ModuleOp>(module).getBody()) {
    // A walker visits an attribute once, so each operation gets its own.
    AttrTypeWalker walker;
    walker.addWalk([&](DenseResourceElementsAttr attr) {
      auto [entry, isFirst] =
          owners.try_emplace(attr.getRawHandle().getKey(), &top);
      if (!isFirst && entry->second != &top)
        entry->second = nullptr;
    });
    top.walk([&](Operation *op) { walker.walk(op->getAttrDictionary()); });
  }
}
