//===- ElideSlices.cpp - consumers read slices where they lie -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/plan/Describe.h"
#include "passes/plan/BufferSharing.h"

using namespace mlir;
using namespace graft;
using namespace graft::plan;

/// The one axis that `launch` slices, or nothing if it is no slice or slices
/// several.
static std::optional<int64_t> findAxis(LaunchOp launch) {
  if (launch.getKind() != "slice" || !launch.getEpilogues().empty() ||
      launch.getInputs().size() != 1)
    return std::nullopt;
  auto from = cast<BufferType>(launch.getInputs().front().getType());
  auto to = cast<BufferType>(launch.getOutputs().front().getType());
  if (from.isPacked() || from.getRank() != to.getRank() ||
      from.getElementType() != to.getElementType())
    return std::nullopt;
  std::optional<int64_t> axis;
  for (int64_t i = 0; i < from.getRank(); ++i) {
    if (from.getShape()[i] == to.getShape()[i])
      continue;
    if (axis || ShapedType::isDynamic(from.getShape()[i]) ||
        ShapedType::isDynamic(to.getShape()[i]))
      return std::nullopt;
    axis = i;
  }
  return axis;
}

void graft::plan::elideSlices(Sharing &sharing) {
  for (auto launch : llvm::make_early_inc_range(
           sharing.engine.getBlock()->getOps<LaunchOp>())) {
    std::optional<int64_t> axis = findAxis(launch);
    auto part = launch.getOutputs().front().getDefiningOp<AllocOp>();
    // A slice that is in another result, or is an output, must be copied.
    if (!axis || !part)
      continue;
    const std::vector<int64_t> begin =
        plan::describe(launch).attributes.getInts("begin");
    BufferType type = part.getBuffer().getType();
    Value whole = launch.getInputs().front();
    // Two dimensions of unknown size look equal even if one is sliced.
    auto isCut = [&](int64_t i) { return i != *axis && begin[i] != 0; };
    if (begin.size() != static_cast<size_t>(type.getRank()) ||
        llvm::any_of(llvm::seq<int64_t>(0, type.getRank()), isCut) ||
        begin[*axis] < 0 ||
        begin[*axis] > cast<BufferType>(whole.getType()).getShape()[*axis] -
                           type.getShape()[*axis])
      continue;
    OpBuilder builder(launch);
    auto view = ViewOp::create(builder, launch.getLoc(), type, whole, *axis,
                               begin[*axis]);
    sharing.copyType(view, part);
    part.getBuffer().replaceUsesWithIf(view, [&](OpOperand &use) {
      return use.getOwner() != launch.getOperation();
    });
    if (!sharing.acceptsEverywhere(view)) {
      view.getBuffer().replaceAllUsesWith(part.getBuffer());
      view.erase();
      continue;
    }
    launch.erase();
    part.erase();
  }
}
