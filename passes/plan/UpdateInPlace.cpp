//===- UpdateInPlace.cpp - launches write over inputs without a later use -===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/plan/Describe.h"
#include "passes/plan/BufferSharing.h"
#include "runtime/ops/ElementwiseFunctions.h"

using namespace mlir;
using namespace graft;
using namespace graft::plan;

/// Whether each element of the result depends on the same element of the inputs
/// alone, those that are broadcast aside.
static bool isElementwise(LaunchOp launch) {
  std::string kind = launch.getKind().str();
  return ops::findUnary(kind) || ops::findBinary(kind);
}

/// Inputs that the kernel of `launch` may overwrite.
static SmallVector<Value> collectCandidates(Sharing &sharing, LaunchOp launch) {
  if (isElementwise(launch))
    return SmallVector<Value>(launch.getInputs());
  std::optional<runtime::Tactic> tactic = findTactic(
      launch, sharing.types.describe(launch), *sharing.target, sharing.threads);
  if (!tactic || tactic->inPlaceEpilogue < 0 ||
      static_cast<size_t>(tactic->inPlaceEpilogue) >=
          launch.getEpilogues().size())
    return {};
  auto step =
      cast<EpilogueAttr>(launch.getEpilogues()[tactic->inPlaceEpilogue]);
  if (step.getOperand() < 0)
    return {};
  return {launch.getInputs()[step.getOperand()]};
}

/// Whether `launch`, the last to use `input`, reads that memory through no
/// other operand, or only element by element.
static bool isReadOnce(LaunchOp launch, Value input) {
  Value root = getRoot(input);
  unsigned count = 0;
  for (Value other : launch.getInputs()) {
    if (getRoot(other) != root)
      continue;
    if (other != input || (++count > 1 && !isElementwise(launch)))
      return false;
  }
  return true;
}

/// The buffer that `buffer` is another shape of.
static Value skipAliases(Value buffer) {
  while (auto alias = buffer.getDefiningOp<AliasOp>())
    buffer = alias.getParent();
  return buffer;
}

/// Replaces `result` by `input`, of the same type. Its aliases become aliases
/// of the input's root: otherwise a chain of updates would become a chain of
/// aliases, and each search for the root would walk it.
static void replaceBuffer(Value result, Value input) {
  Value base = skipAliases(input);
  for (OpOperand &use : llvm::make_early_inc_range(result.getUses()))
    use.set(isa<AliasOp>(use.getOwner()) ? base : input);
}

void graft::plan::updateInPlace(Sharing &sharing) {
  Lifetimes lifetimes(sharing.engine);
  for (auto launch : sharing.engine.getBlock()->getOps<LaunchOp>()) {
    if (launch.getOutputs().size() != 1)
      continue;
    auto result = launch.getOutputs().front().getDefiningOp<AllocOp>();
    // Equal types mean equal sizes only if they are static.
    if (!result || !result.getBuffer().getType().isStatic())
      continue;
    for (Value input : collectCandidates(sharing, launch)) {
      Value root = getRoot(input);
      if (input.getType() != result.getBuffer().getType() || !isDense(input) ||
          !root.getDefiningOp<AllocOp>() ||
          cast<BufferType>(root.getType()).getBytes() !=
              result.getBuffer().getType().getBytes() ||
          lifetimes.find(root)->last != lifetimes.getPosition(launch) ||
          !isReadOnce(launch, input))
        continue;
      lifetimes.extend(root, lifetimes.find(result)->last);
      replaceBuffer(result.getBuffer(), input);
      result.erase();
      break;
    }
  }
}
