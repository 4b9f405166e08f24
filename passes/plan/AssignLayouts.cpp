//===- AssignLayouts.cpp - a physical layout for every buffer -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/Passes.h"
#include "passes/plan/Target.h"

namespace graft::plan {
#define GEN_PASS_DEF_ASSIGNLAYOUTS
#include "passes/plan/Passes.h.inc"
} // namespace graft::plan

using namespace mlir;
using namespace graft::plan;

namespace {
struct AssignLayouts : graft::plan::impl::AssignLayoutsBase<AssignLayouts> {
  void runOnOperation() override {
    EngineOp engine = getOperation();
    const Target *target = getTarget(engine);
    if (!target)
      return signalPassFailure();
    for (Operation &op : *engine.getBlock())
      for (Value buffer : op.getResults()) {
        auto type = cast<BufferType>(buffer.getType());
        if (!type.getLayout().empty())
          continue;
        // A view lies in its parent's memory, so its layout is the parent's.
        StringRef layout =
            isa<ViewLikeOpInterface>(op)
                ? cast<BufferType>(op.getOperand(0).getType()).getLayout()
                : target->chooseLayout(type);
        buffer.setType(type.withLayout(layout));
      }
  }
};
} // namespace
