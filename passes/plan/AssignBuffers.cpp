//===- AssignBuffers.cpp - share memory, remove copies, lay out the arena -===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/BufferSharing.h"
#include "passes/plan/Passes.h"

namespace graft::plan {
#define GEN_PASS_DEF_ASSIGNBUFFERS
#include "passes/plan/Passes.h.inc"
} // namespace graft::plan

using namespace mlir;
using namespace graft::plan;

namespace {
struct AssignBuffers : graft::plan::impl::AssignBuffersBase<AssignBuffers> {
  using AssignBuffersBase::AssignBuffersBase;

  void runOnOperation() override {
    EngineOp engine = getOperation();
    for (auto launch : engine.getBlock()->getOps<LaunchOp>())
      if (!launch.getTactic()) {
        launch.emitOpError(
            "needs a tactic: plan-select-tactics must run first");
        return signalPassFailure();
      }
    Sharing sharing;
    sharing.target = getTarget(engine);
    if (!sharing.target)
      return signalPassFailure();
    sharing.engine = engine;
    sharing.threads = sharing.target->resolveThreads(threads);
    if (failed(sharing.types.infer(engine, representativeSize)))
      return signalPassFailure();
    sharing.otherTypes = inferOtherTypes(engine);
    elideReshapes(sharing);
    elideConcats(sharing);
    elideSlices(sharing);
    updateInPlace(sharing);
    spreadPixels(sharing);
    if (!engine.getDynamic() &&
        failed(placeInArena(engine, sharing.target->getAlignment())))
      return signalPassFailure();
  }
};
} // namespace
