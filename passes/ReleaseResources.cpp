//===- ReleaseResources.cpp - memory of constants goes back ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements release-resources.
//===----------------------------------------------------------------------===//
#include "passes/Pipelines.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringSet.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

using namespace mlir;

namespace graft {
#define GEN_PASS_DEF_RELEASERESOURCES
#include "passes/Passes.h.inc"
} // namespace graft

namespace {

class ReleaseResourcesPass
    : public graft::impl::ReleaseResourcesBase<ReleaseResourcesPass> {
public:
  using Base::Base;

  void runOnOperation() override {
    auto *dialect = getContext().getLoadedDialect<BuiltinDialect>();
    auto *interface =
        dialect->getRegisteredInterface<ResourceBlobManagerDialectInterface>();
    if (!interface)
      return;
    llvm::StringSet<> named;
    AttrTypeWalker walker;
    walker.addWalk([&](DenseResourceElementsAttr attr) {
      named.insert(attr.getRawHandle().getKey());
    });
    Operation *outermost = getOperation();
    while (Operation *parent = outermost->getParentOp())
      outermost = parent;
    outermost->walk(
        [&](Operation *op) { walker.walk(op->getAttrDictionary()); });

    DialectResourceBlobManager &blobs = interface->getBlobManager();
    SmallVector<std::string> unused;
    blobs.getBlobMap([&](const auto &map) {
      for (const auto &entry : map)
        if (!named.contains(entry.first()))
          unused.push_back(entry.first().str());
    });
    for (StringRef name : unused)
      blobs.update(name, AsmResourceBlob());
#ifdef __GLIBC__
    // The library keeps what is freed between pieces that are not; weights that
    // come next are too large to fit there.
    malloc_trim(0);
#endif
  }
};

} // namespace
