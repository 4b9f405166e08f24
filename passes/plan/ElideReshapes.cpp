//===- ElideReshapes.cpp - reshapes become aliases ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/BufferSharing.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace graft::plan;

static bool isReshape(LaunchOp launch) {
  return launch.getEpilogues().empty() &&
         llvm::StringSwitch<bool>(launch.getKind())
             .Cases({"reshape", "expand_dims", "squeeze", "identity"}, true)
             .Default(false);
}

/// Whether `alias` can be another shape of `parent` by `launch`.
static bool canAlias(LaunchOp launch, Value parent, BufferType alias) {
  auto type = cast<BufferType>(parent.getType());
  if (!isDense(parent) || type.isPacked() ||
      type.getElementBytes() != alias.getElementBytes() ||
      type.getLayout() != alias.getLayout())
    return false;
  if (type == alias)
    return true;
  if (type.isStatic() && alias.isStatic())
    return type.getBytes() == alias.getBytes();
  // A dropped dimension must have size 1, which only the launch checks.
  int64_t open = llvm::count_if(alias.getShape(), ShapedType::isDynamic);
  if (launch.getKind() == "squeeze" &&
      open != llvm::count_if(type.getShape(), ShapedType::isDynamic))
    return false;
  return open <= 1;
}

void graft::plan::elideReshapes(Sharing &sharing) {
  auto aliasAt = [&](Operation *place, Location loc, Value parent,
                     Value replaced) -> Value {
    if (parent.getType() == replaced.getType())
      return parent;
    OpBuilder builder(place);
    auto alias = AliasOp::create(builder, loc, replaced.getType(), parent);
    sharing.copyType(alias, replaced);
    return alias;
  };
  for (auto launch : llvm::make_early_inc_range(
           sharing.engine.getBlock()->getOps<LaunchOp>())) {
    if (!isReshape(launch) || launch.getInputs().empty())
      continue;
    Value from = launch.getInputs().front(), to = launch.getOutputs().front();
    auto toType = cast<BufferType>(to.getType());
    auto fromType = cast<BufferType>(from.getType());
    if (auto result = to.getDefiningOp<AllocOp>()) {
      if (!canAlias(launch, from, toType))
        continue;
      Value alias = aliasAt(launch, launch.getLoc(), from, to);
      launch.erase();
      result.getBuffer().replaceAllUsesWith(alias);
      result.erase();
      continue;
    }
    // The engine's output stays; what would be copied is written there at once.
    // Its size must be known, it cannot follow from that of an alias.
    auto source = from.getDefiningOp<AllocOp>();
    if (!source || !fromType.isStatic() || !toType.isStatic() ||
        !canAlias(launch, to, fromType))
      continue;
    Value alias = aliasAt(source, launch.getLoc(), to, from);
    launch.erase();
    source.getBuffer().replaceAllUsesWith(alias);
    source.erase();
  }
}
