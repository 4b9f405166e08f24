//===- ElideConcats.cpp - producers write into the joined buffer ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Works launch by launch from the front, so that an inner concat has become
// views of its result when the outer one makes that result a view in turn. A
// rewrite is applied first and undone if a kernel does not take it: so
// providers check the slots that they would really get.
//===----------------------------------------------------------------------===//
#include "dialects/plan/Describe.h"
#include "passes/plan/BufferSharing.h"

using namespace mlir;
using namespace graft;
using namespace graft::plan;

namespace {

/// The elision of one concat.
class Join {
public:
  Join(Sharing &sharing, LaunchOp concat)
      : sharing(sharing), concat(concat), whole(concat.getOutputs().front()) {}

  /// Replaces the launch by views and, for operands that cannot be views,
  /// copies. Changes nothing if no operand can be a view or a copy cannot run.
  void run();

private:
  /// The axis, or nothing if the concat is not a plain one.
  std::optional<int64_t> findAxis();
  /// Makes `operand` a slice of the result if all kernels agree.
  bool moveInto(Value operand, int64_t start);
  /// Copies `operand` into the slice at `start`; false if no kernel can.
  bool copyInto(Value operand, int64_t start);
  ViewOp createView(Operation *before, Value operand, int64_t start);
  void undo();

  Sharing &sharing;
  LaunchOp concat;
  Value whole;
  int64_t axis = 0;
  SmallVector<std::pair<AllocOp, ViewOp>> moved;
  SmallVector<std::pair<LaunchOp, ViewOp>> copies;
};

} // namespace

std::optional<int64_t> Join::findAxis() {
  auto type = cast<BufferType>(whole.getType());
  int64_t found = plan::describe(concat).attributes.getInt("axis");
  if (found < 0)
    found += type.getRank();
  if (found < 0 || found >= type.getRank() || !concat.getEpilogues().empty() ||
      ShapedType::isDynamic(type.getShape()[found]))
    return std::nullopt;
  for (Value operand : concat.getInputs()) {
    auto part = cast<BufferType>(operand.getType());
    if (part.getRank() != type.getRank() || part.isPacked() ||
        part.getElementType() != type.getElementType())
      return std::nullopt;
    // A view differs from its parent in one dimension only. Operands know some
    // sizes that the result does not, and the other way round.
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (i == found ? ShapedType::isDynamic(part.getShape()[i])
                     : part.getShape()[i] != type.getShape()[i])
        return std::nullopt;
  }
  return found;
}

ViewOp Join::createView(Operation *before, Value operand, int64_t start) {
  OpBuilder builder(before);
  auto view = ViewOp::create(builder, concat.getLoc(), operand.getType(), whole,
                             axis, start);
  sharing.copyType(view, operand);
  return view;
}

bool Join::moveInto(Value operand, int64_t start) {
  auto alloc = operand.getDefiningOp<AllocOp>();
  // A result that lies in another one, or in this one already, an engine's
  // input or output, a constant.
  if (!alloc ||
      llvm::any_of(moved, [&](auto &pair) { return pair.first == alloc; }))
    return false;
  ViewOp view = createView(alloc, operand, start);
  operand.replaceUsesWithIf(view, [&](OpOperand &use) {
    return use.getOwner() != concat.getOperation();
  });
  if (sharing.acceptsEverywhere(view)) {
    moved.push_back({alloc, view});
    return true;
  }
  view.getBuffer().replaceAllUsesWith(operand);
  view.erase();
  return false;
}

bool Join::copyInto(Value operand, int64_t start) {
  ViewOp view = createView(concat, operand, start);
  OpBuilder builder(concat);
  LaunchOp copy = createCopy(builder, concat.getLoc(), operand, view);
  copies.push_back({copy, view});
  return selectTactic(copy, sharing.types, *sharing.target, sharing.threads) &&
         sharing.accepts(copy);
}

void Join::undo() {
  for (auto [copy, view] : copies) {
    copy.erase();
    view.erase();
  }
  for (auto [alloc, view] : moved) {
    view.getBuffer().replaceAllUsesWith(alloc.getBuffer());
    view.erase();
  }
}

void Join::run() {
  std::optional<int64_t> found = findAxis();
  if (!found)
    return;
  axis = *found;
  // Views replace their buffers in place, so the joined buffer must come first.
  // Outputs do not move, because their order is the engine's signature.
  Operation *root = whole.getDefiningOp();
  bool isMovable = isa<AllocOp>(root);
  if (auto alias = dyn_cast<AliasOp>(root))
    isMovable = isa<OutputOp>(alias.getParent().getDefiningOp());
  else if (!isa<AllocOp, OutputOp>(root))
    return;
  Operation *place = root;
  for (Value operand : concat.getInputs())
    if (auto alloc = operand.getDefiningOp<AllocOp>())
      if (alloc->isBeforeInBlock(place))
        place = alloc;
  if (place != root) {
    if (!isMovable)
      return;
    if (auto alias = dyn_cast<AliasOp>(root))
      if (place->isBeforeInBlock(alias.getParent().getDefiningOp()))
        return;
    root->moveBefore(place);
  }

  SmallVector<std::pair<Value, int64_t>> rest;
  int64_t start = 0;
  for (Value operand : SmallVector<Value>(concat.getInputs())) {
    if (!moveInto(operand, start))
      rest.push_back({operand, start});
    start += cast<BufferType>(operand.getType()).getShape()[axis];
  }
  if (moved.empty())
    return;
  for (auto [operand, position] : rest) {
    // The same operand again: it is in the result already.
    Value source = operand;
    for (auto [alloc, view] : moved)
      if (alloc.getBuffer() == operand)
        source = view;
    if (!copyInto(source, position))
      return undo();
  }
  concat.erase();
  for (auto [alloc, view] : moved)
    alloc.erase();
}

void graft::plan::elideConcats(Sharing &sharing) {
  for (auto launch : llvm::make_early_inc_range(
           sharing.engine.getBlock()->getOps<LaunchOp>()))
    if (launch.getKind() == "concat")
      Join(sharing, launch).run();
}
