//===- FoldConstants.cpp - nodes of constants become constants ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One sweep in topological order: a node whose value is known, because its
// inputs are constants or because it follows from shapes, becomes a constant of
// its name.
//===----------------------------------------------------------------------===//
#include "passes/graph/GraphUtils.h"
#include "passes/graph/NodeSemantics.h"
#include "passes/graph/PartialValues.h"
#include "passes/graph/Passes.h"
#include "passes/graph/SegmentReport.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace graft::graph {

#define GEN_PASS_DEF_FOLDCONSTANTS
#include "passes/graph/Passes.h.inc"

namespace {

/// A node whose constants wait for more than this is not folded: in a chain of
/// such nodes the lists would grow.
constexpr size_t maxWaits = 8;

class Folder {
public:
  Folder(Operation *container, int64_t maxBytes, int64_t &budget)
      : body(getBody(container)), border(container), index(body),
        semantics(NodeSemantics::get(container->getContext())),
        maxBytes(maxBytes), budget(budget) {}

  void run();

private:
  bool mayFold(NodeOp node) const;
  bool findValues(NodeOp node, SmallVectorImpl<ElementsAttr> &results,
                  SmallVectorImpl<Value> &waits);
  void replace(NodeOp node, ArrayRef<ElementsAttr> results, ValueRange waits);

  Block &body;
  Border border;
  NodeIndex index;
  const NodeSemantics *semantics;
  int64_t maxBytes;
  /// Bytes that evaluation may still read and write, in the whole module.
  int64_t &budget;
  PartialValues values;
  /// Nodes behind a Switch, a Merge or in a loop. They run under a condition or
  /// in a frame, which a constant in their place would not know.
  DenseSet<Operation *> steered;
};

bool Folder::mayFold(NodeOp node) const {
  return !node.getOutputs().empty() && !node.is("Const") &&
         !node.getInputs().empty() && !isIdentityLike(node) &&
         !node.is("PlaceholderWithDefault") && !steered.contains(node) &&
         !border.isFed(node.getNameAttr()) && !isStateful(node) &&
         // Constants for further results would need further names.
         (node.getOutputs().size() == 1 || !border.names(node.getNameAttr()));
}

/// The values of all results, if they are known and small enough, and what the
/// constants among the inputs wait for.
bool Folder::findValues(NodeOp node, SmallVectorImpl<ElementsAttr> &results,
                        SmallVectorImpl<Value> &waits) {
  if (node.getOutputs().size() == 1) {
    Value output = node.getOutputs()[0];
    const PartialValue *value = values.lookup(output);
    if (value && value->isComplete())
      if (auto constant =
              toConstant(*value, getElementTypeOrSelf(output.getType()))) {
        results.push_back(constant);
        return true;
      }
  }
  if (!semantics)
    return false;
  SmallVector<ElementsAttr> operands;
  SmallPtrSet<const void *, 4> counted;
  int64_t operandBytes = 0;
  for (Value input : node.getInputs()) {
    NodeOp source = findConstant(input, border, &waits);
    if (!source || waits.size() > maxWaits)
      return false;
    ElementsAttr constant = source.getConstantValue();
    operands.push_back(constant);
    if (counted.insert(constant.getAsOpaquePointer()).second)
      operandBytes += std::max<int64_t>(byteSize(constant.getType()), 0);
  }
  // A result no larger than what it is made of costs nothing.
  int64_t most = std::min(std::max(maxBytes, operandBytes), budget);
  if (operandBytes > budget ||
      failed(semantics->evaluate(node, operands, most, results)) ||
      results.size() != node.getOutputs().size())
    return false;
  budget -= operandBytes;
  for (ElementsAttr result : results)
    budget -= byteSize(result.getType());
  return budget >= 0;
}

void Folder::replace(NodeOp node, ArrayRef<ElementsAttr> results,
                     ValueRange waits) {
  addControls(node, waits);
  dedupeControls(node);
  Value control;
  for (auto [number, value] : llvm::enumerate(results)) {
    Value output = node.getOutputs()[number];
    if (number != 0 && output.use_empty())
      continue;
    StringAttr name =
        number == 0 ? node.getNameAttr()
                    : index.claim(node.getName() + "/output_" + Twine(number),
                                  node.getContext());
    NodeOp constant =
        createConst(node, node.getLoc(), value, node.getControls(), name,
                    node.getDeviceAttr());
    values.learn(constant);
    output.replaceAllUsesWith(constant.getOutputs()[0]);
    if (number == 0)
      control = constant.getControl();
  }
  node.getControl().replaceAllUsesWith(control);
}

void Folder::run() {
  SmallVector<Operation *> folded, order = topologicalOrder(body);
  DenseSet<Operation *> read;
  steered = findReaders(body, [](Operation *op) {
    auto node = dyn_cast<NodeOp>(op);
    return node && isControlFlow(node);
  });
  for (Operation *op : order) {
    auto node = dyn_cast<NodeOp>(op);
    if (!op->use_empty())
      read.insert(op);
    if (!node)
      continue;
    // A fed node is not what its inputs make of it.
    if (!border.isFed(node.getNameAttr()))
      values.learn(node);
    SmallVector<ElementsAttr> results;
    SmallVector<Value> waits;
    if (!mayFold(node) || !findValues(node, results, waits))
      continue;
    replace(node, results, waits);
    folded.push_back(op);
  }
  eraseWithSources(folded, order, read, border);
  dropStaleColocations(body);
}

/// What evaluation may read and write: so much anyway, and in proportion to the
/// constants of the module, so that a small file cannot cost much.
int64_t evaluationBudget(ModuleOp module) {
  constexpr int64_t free = int64_t(512) << 20, perByte = 8;
  int64_t bytes = 0;
  module.walk([&](NodeOp node) {
    ElementsAttr constant =
        node.is("Const") ? node.getConstantValue() : ElementsAttr();
    if (constant && !constant.isSplat()) // a splat is one element
      bytes += std::max<int64_t>(byteSize(constant.getType()), 0);
  });
  return free + perByte * bytes;
}

struct FoldConstants : impl::FoldConstantsBase<FoldConstants> {
  using Base::Base;

  void runOnOperation() override {
    int64_t budget = evaluationBudget(getOperation());
    for (Operation *container : getContainers(getOperation()))
      Folder(container, maxBytes, budget).run();
  }
};

} // namespace
} // namespace graft::graph
