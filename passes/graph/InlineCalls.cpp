//===- InlineCalls.cpp - put function bodies in the place of calls --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls, and conditionals whose predicate is constant, give way to the nodes of
// their function. New calls that come with a body go on the worklist, so that
// nesting costs no stack.
//===----------------------------------------------------------------------===//
#include "passes/graph/Inliner.h"
#include "passes/graph/KeptCalls.h"
#include "passes/graph/Passes.h"
#include "tftrt/EngineNodes.h"

using namespace mlir;

namespace graft::graph {

#define GEN_PASS_DEF_INLINECALLS
#include "passes/graph/Passes.h.inc"

namespace {

struct InlineCalls : impl::InlineCallsBase<InlineCalls> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    Library library(module);
    InlinePolicy policy;
    policy.maxNodes = maxNodes;
    policy.wants = [](NodeOp node) { return !node->hasAttr(kKeptCallAttr); };
    policy.keepsNames = tftrt::isEngine;
    Inliner inliner(library, policy);
    bool failed = false;
    reachFunctions(module, [&](Operation *container) {
      failed = failed || mlir::failed(inliner.run(container));
    });
    if (failed)
      return signalPassFailure();
    inliner.eraseUnreached(module);
  }
};

} // namespace
} // namespace graft::graph
