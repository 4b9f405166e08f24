//===- GroupFilters.cpp - candidates that their group shows to be none ----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/GroupFilters.h"

#include "tftrt/EngineNodes.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace graft::graph {

void refuseForeignBorders(Groups groups, const DenseSet<Operation *> &wanted,
                          Refusals &refused) {
  for (ArrayRef<NodeOp> group : groups) {
    DenseSet<Operation *> inside(group.begin(), group.end());
    // The first reason why `node` cannot be at the border where it is.
    auto findReason = [&](NodeOp node) -> std::string {
      for (Value input : node.getInputs()) {
        auto source = input.getDefiningOp<NodeOp>();
        // A constant comes along.
        if (source && (source.is("Const") || inside.contains(source)))
          continue;
        if (std::string reason = tftrt::findForeignType(input.getType());
            !reason.empty())
          return reason;
      }
      for (Value output : node.getOutputs()) {
        bool leaves = wanted.contains(node) ||
                      llvm::any_of(output.getUsers(), [&](Operation *user) {
                        return !inside.contains(user);
                      });
        if (!leaves)
          continue;
        if (std::string reason = tftrt::findForeignType(output.getType());
            !reason.empty())
          return reason;
      }
      return "";
    };
    SmallVector<NodeOp> worklist(group);
    while (!worklist.empty()) {
      NodeOp node = worklist.pop_back_val();
      if (!inside.contains(node))
        continue;
      std::string reason = findReason(node);
      if (reason.empty())
        continue;
      inside.erase(node);
      refused.insert(
          {node, Refusal{NativeReason::UnsupportedType, std::move(reason)}});
      // The border is at its neighbours now.
      for (Value input : node.getInputs())
        if (auto source = input.getDefiningOp<NodeOp>();
            source && inside.contains(source))
          worklist.push_back(source);
      for (Operation *user : node->getUsers())
        if (inside.contains(user))
          worklist.push_back(cast<NodeOp>(user));
    }
  }
}

void refuseUnknownShapes(Groups groups, const NodeSemantics &semantics,
                         bool all, Refusals &refused) {
  // Nodes whose results are known as soon as the shapes of inputs are.
  DenseSet<Operation *> known;
  for (ArrayRef<NodeOp> group : groups) {
    DenseSet<Operation *> inside(group.begin(), group.end());
    auto isKnown = [&](Value value) {
      auto source = value.getDefiningOp<NodeOp>();
      return source && (source.is("Const") ||
                        (inside.contains(source) && known.contains(source)));
    };
    for (NodeOp node : group) {
      // Asking costs a conversion, and sizes are integers or make a range.
      bool mayTakeSizes =
          node.is("Range") || llvm::any_of(node.getInputs(), [](Value input) {
            auto source = input.getDefiningOp<NodeOp>();
            return getElementTypeOrSelf(input.getType()).isInteger() &&
                   !(source && source.is("Const"));
          });
      SmallVector<unsigned> shapeInputs;
      if (mayTakeSizes)
        shapeInputs = semantics.findShapeInputs(node);
      for (unsigned input : shapeInputs) {
        if (!all && isKnown(node.getInputs()[input]))
          continue;
        auto source = node.getInputs()[input].getDefiningOp<NodeOp>();
        if (source && source.is("Const"))
          continue;
        refused.insert(
            {node,
             Refusal{NativeReason::OperandNotConstant,
                     llvm::formatv("the shape of its result depends on the "
                                   "contents of input {0}, which must be known "
                                   "before its segment runs",
                                   input)
                         .str()}});
        break;
      }
      bool readsShape = llvm::StringSwitch<bool>(node.getOp())
                            .Cases({"Shape", "ShapeN", "Size", "Rank"}, true)
                            .Default(false);
      if (readsShape || llvm::all_of(node.getInputs(), isKnown))
        known.insert(node);
    }
  }
}

} // namespace graft::graph
