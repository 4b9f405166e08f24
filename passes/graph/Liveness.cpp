//===- Liveness.cpp - under which conditions a node runs ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/Liveness.h"

#include "passes/graph/GraphUtils.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace mlir;

namespace graft::graph {
namespace {

/// More conditions than this on one node are not followed.
constexpr size_t maxConditions = 64;
constexpr int32_t entangled = -1;

/// Outcomes beside the numbers of a Switch's results.
constexpr unsigned leftLoop = 1000;
constexpr unsigned merged = 1001;

} // namespace

int32_t Liveness::intern(const Conditions &conditions) {
  if (conditions.size() > maxConditions)
    return entangled;
  auto [entry, isNew] =
      numbers.try_emplace(conditions, static_cast<int32_t>(sets.size()));
  if (isNew)
    sets.push_back(conditions);
  return entry->second;
}

uint32_t Liveness::conditionOf(Value predicate, unsigned outcome) {
  auto [entry, isNew] = conditions.try_emplace(
      {seeThrough(predicate), outcome}, static_cast<uint32_t>(meanings.size()));
  if (isNew)
    meanings.emplace_back(predicate, outcome);
  return entry->second;
}

int32_t Liveness::join(int32_t a, int32_t b) {
  if (a == b || b == 0)
    return a;
  if (a == 0)
    return b;
  if (a == entangled || b == entangled)
    return entangled;
  Conditions both;
  std::set_union(sets[a].begin(), sets[a].end(), sets[b].begin(), sets[b].end(),
                 std::back_inserter(both));
  return intern(both);
}

/// A Merge of the two sides of one Switch runs when the Switch runs. Of any
/// other nothing is known but that it is itself.
int32_t Liveness::merge(Operation *op) {
  auto node = cast<NodeOp>(op);
  auto numberOf = [&](Value value) {
    auto own = ofValue.find(value);
    return own != ofValue.end() ? own->second
                                : ofOp.lookup(value.getDefiningOp());
  };
  if (node.getInputs().size() == 2 && node.getControls().empty()) {
    int32_t a = numberOf(node.getInputs()[0]),
            b = numberOf(node.getInputs()[1]);
    if (a > 0 && b > 0) {
      Conditions difference, common;
      std::set_symmetric_difference(sets[a].begin(), sets[a].end(),
                                    sets[b].begin(), sets[b].end(),
                                    std::back_inserter(difference));
      std::set_intersection(sets[a].begin(), sets[a].end(), sets[b].begin(),
                            sets[b].end(), std::back_inserter(common));
      if (difference.size() == 2) {
        auto [predicate, outcome] = meanings[difference[0]];
        auto [otherPredicate, otherOutcome] = meanings[difference[1]];
        if (predicate == otherPredicate && outcome + otherOutcome == 1)
          return intern(common);
      }
    }
  }
  return intern({conditionOf(node.getControl(), merged)});
}

Liveness::Liveness(ArrayRef<Operation *> order) {
  intern({});
  for (Operation *op : order) {
    auto node = dyn_cast<NodeOp>(op);
    int32_t number = 0;
    if (node && (node.is("Merge") || node.is("RefMerge"))) {
      number = merge(op);
    } else if (node && (node.is("Exit") || node.is("RefExit"))) {
      // Exits of one loop run together: their Switches share a predicate.
      auto source = node.getInputs().empty()
                        ? NodeOp()
                        : node.getInputs()[0].getDefiningOp<NodeOp>();
      Value predicate = source && source.getInputs().size() == 2
                            ? source.getInputs()[1]
                            : node.getControl();
      number = intern({conditionOf(predicate, leftLoop)});
    } else {
      for (Value operand : op->getOperands()) {
        auto own = ofValue.find(operand);
        number = join(number, own != ofValue.end()
                                  ? own->second
                                  : ofOp.lookup(operand.getDefiningOp()));
      }
    }
    if (number != 0)
      ofOp[op] = number;
    if (node && (node.is("Switch") || node.is("RefSwitch")) &&
        node.getInputs().size() == 2)
      for (OpResult output : node.getOutputs())
        ofValue[output] =
            join(number, intern({conditionOf(node.getInputs()[1],
                                             output.getResultNumber())}));
  }
}

} // namespace graft::graph
