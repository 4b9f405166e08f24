//===- BufferSharing.cpp - what the steps of plan-assign-buffers share ----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/BufferSharing.h"

using namespace mlir;
using namespace graft;
using namespace graft::plan;

static bool accepts(LaunchOp launch, const StaticTypes &types,
                    const Target &target, int threads) {
  runtime::LaunchDesc desc = types.describe(launch);
  // Dense buffers need no support from a tactic.
  if (runtime::Tactic().takesSlicesOf(desc))
    return true;
  std::optional<runtime::Tactic> tactic =
      findTactic(launch, desc, target, threads);
  return tactic && tactic->takesSlicesOf(desc);
}

bool Sharing::accepts(LaunchOp launch) const {
  return ::accepts(launch, types, *target, threads) &&
         (!otherTypes || ::accepts(launch, *otherTypes, *target, threads));
}

void Sharing::copyWidened(Value to, Value from, int64_t more) {
  auto copy = [&](StaticTypes &types) {
    ops::TensorType type = types.get(from);
    type.shape.back() += more;
    types.set(to, std::move(type));
  };
  copy(types);
  if (otherTypes)
    copy(*otherTypes);
}

void Sharing::copyType(Value to, Value from) {
  types.set(to, types.get(from));
  if (otherTypes)
    otherTypes->set(to, otherTypes->get(from));
}

void Sharing::forget(Value buffer) {
  types.forget(buffer);
  if (otherTypes)
    otherTypes->forget(buffer);
}

bool Sharing::acceptsEverywhere(Value buffer) const {
  SmallVector<Value> worklist{buffer};
  while (!worklist.empty())
    for (Operation *user : worklist.pop_back_val().getUsers()) {
      if (auto launch = dyn_cast<LaunchOp>(user)) {
        if (!accepts(launch))
          return false;
        continue;
      }
      if (auto alias = dyn_cast<AliasOp>(user);
          alias && !isDense(alias.getParent()))
        return false;
      worklist.push_back(user->getResult(0));
    }
  return true;
}

Lifetimes::Lifetimes(EngineOp engine) {
  for (auto [i, launch] :
       llvm::enumerate(engine.getBlock()->getOps<LaunchOp>())) {
    unsigned position = i;
    positions[launch] = position;
    for (Value buffer : launch->getOperands()) {
      auto [it, isNew] =
          intervals.try_emplace(getRoot(buffer), Interval{position, position});
      it->second.last = position;
    }
  }
}

std::optional<Lifetimes::Interval> Lifetimes::find(Value root) const {
  auto it = intervals.find(root);
  if (it == intervals.end())
    return std::nullopt;
  return it->second;
}

void Lifetimes::extend(Value root, unsigned position) {
  Interval &interval = intervals.find(root)->second;
  interval.last = std::max(interval.last, position);
}
