//===- StaticTypes.cpp - sizes that stand for unknown ones ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One size does not fit all launches: a window is larger than an image of one
// pixel, a product requires the depth of its weights, a reshape an even number.
// So the search tries other sizes for the first launch that does not take its
// inputs' shapes, until it takes them, and then for the next one, while all
// launches before it must still take theirs.
//===----------------------------------------------------------------------===//
#include "passes/plan/StaticTypes.h"

#include "dialects/plan/Describe.h"
#include "passes/plan/ShapePropagation.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Semantics.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace graft;
using namespace graft::plan;

/// Queries of launches before the search gives up: about a second.
static constexpr int64_t kMostAsked = 1 << 20;
/// Sizes of the engine's own buffers that are tried.
static constexpr size_t kMostOwnSizes = 96;

//===----------------------------------------------------------------------===//
// The search
//===----------------------------------------------------------------------===//

/// Sizes to try, the smallest first, but 1 last: it makes too many tensors look
/// like scalars.
static SmallVector<int64_t> collectSizes(EngineOp engine) {
  llvm::SetVector<int64_t> sizes;
  for (Operation &op : *engine.getBlock())
    for (Type type : op.getResultTypes())
      for (int64_t size : cast<BufferType>(type).getShape())
        if (!ShapedType::isDynamic(size) && size > 1 &&
            sizes.size() < kMostOwnSizes)
          sizes.insert(size);
  for (int64_t size = 2; size <= 16; ++size)
    sizes.insert(size);
  // Multiples for reshapes, and images that are large enough for deep networks.
  for (int64_t power = 16; power <= 65536; power *= 2) {
    sizes.insert(power);
    sizes.insert(power / 2 * 3);
  }
  for (int64_t size : {75, 112, 224, 299, 331, 416, 600})
    sizes.insert(size);
  SmallVector<int64_t> sorted = sizes.takeVector();
  llvm::sort(sorted);
  sorted.push_back(1);
  return sorted;
}

namespace {

/// Changes sizes until as many launches as possible take their shapes.
class SizeSearch {
public:
  SizeSearch(EngineOp engine, ShapePropagation &shapes)
      : engine(engine), shapes(shapes) {}

  /// The launch at `failure` is the first that does not take its shapes.
  /// Returns the first after it that does not, or `failure` if no sizes were
  /// found.
  size_t repair(size_t failure);

private:
  /// Whether launch `failure` takes its shapes with sizes `size` for `which`;
  /// if not, restores the sizes.
  bool accept(ArrayRef<size_t> which, int64_t size);
  bool isBetter();

  EngineOp engine;
  ShapePropagation &shapes;
  SmallVector<int64_t> candidates;
  size_t failure = 0, next = 0;
};

} // namespace

bool SizeSearch::isBetter() {
  if (shapes.numAsked > kMostAsked)
    return false;
  size_t reached = shapes.run();
  if (reached <= failure)
    return false;
  next = reached;
  return true;
}

bool SizeSearch::accept(ArrayRef<size_t> which, int64_t size) {
  SmallVector<int64_t> before;
  for (size_t i : which)
    before.push_back(std::exchange(shapes.sizes[i].size, size));
  if (!isBetter()) {
    for (auto [i, old] : llvm::zip_equal(which, before))
      shapes.sizes[i].size = old;
    return false;
  }
  // Sizes that need not change stay.
  if (which.size() > 1)
    for (auto [i, old] : llvm::zip_equal(which, before)) {
      int64_t changed = std::exchange(shapes.sizes[i].size, old);
      if (!isBetter())
        shapes.sizes[i].size = changed;
    }
  return true;
}

size_t SizeSearch::repair(size_t position) {
  failure = next = position;
  if (candidates.empty())
    candidates = collectSizes(engine);
  // All sizes at once, those of each input, and each.
  SmallVector<SmallVector<size_t>> groups = {shapes.findSizes(position)};
  const SmallVector<size_t> all = groups.front();
  for (size_t i : all)
    if (groups.size() == 1 ||
        shapes.sizes[i].input != shapes.sizes[groups.back().front()].input)
      groups.push_back({i});
    else
      groups.back().push_back(i);
  for (size_t i : all)
    groups.push_back({i});
  for (int64_t size : candidates)
    for (const SmallVector<size_t> &group : groups) {
      if (shapes.numAsked > kMostAsked)
        return failure;
      if (!group.empty() && accept(group, size))
        return next;
    }
  return failure;
}

LogicalResult StaticTypes::infer(EngineOp engine, int64_t size) {
  ShapePropagation shapes;
  if (failed(shapes.init(engine, size)))
    return failure();
  SizeSearch search(engine, shapes);
  size_t reached = shapes.run();
  while (reached < shapes.countLaunches()) {
    if (search.repair(reached) == reached)
      shapes.skip(reached);
    reached = shapes.run(/*skips=*/shapes.numAsked > kMostAsked);
  }
  for (size_t i = 0; i < shapes.countLaunches(); ++i) {
    if (!shapes.isSkipped(i))
      continue;
    if (Status status = shapes.checkTypes(i); !status.ok())
      return shapes.getLaunch(i).emitOpError() << StringRef(status.message());
    unsettled.insert(shapes.getLaunch(i));
  }
  types = std::move(shapes.getTypes());
  for (auto constant : engine.getBlock()->getOps<ConstantOp>()) {
    nn::TensorBuffer content;
    if (constant.getValue().getNumElements() <= ops::kMaxShapeElements &&
        constant.getBuffer().getType().getElementType().isInteger() &&
        succeeded(content.read(constant.getValue())))
      constants[constant] = std::move(content);
  }
  return success();
}

std::optional<StaticTypes> graft::plan::inferOtherTypes(EngineOp engine) {
  // Few known dimensions have this size, so that nothing broadcasts by chance.
  constexpr int64_t kOtherSize = 61;
  if (!engine.getDynamic())
    return std::nullopt;
  // The inference of the first types reports errors.
  ScopedDiagnosticHandler silence(engine.getContext(),
                                  [](Diagnostic &) { return success(); });
  StaticTypes types;
  if (failed(types.infer(engine, kOtherSize)))
    return std::nullopt;
  return types;
}

//===----------------------------------------------------------------------===//
// Queries of passes
//===----------------------------------------------------------------------===//

std::vector<int64_t> StaticTypes::getStrides(Value buffer) const {
  if (isDense(buffer))
    return {};
  while (auto view = buffer.getDefiningOp<ViewOp>())
    buffer = view.getParent();
  return ops::denseStrides(get(buffer).shape);
}

runtime::LaunchDesc StaticTypes::describe(LaunchOp launch) const {
  runtime::LaunchDesc desc;
  desc.op = plan::describe(launch);
  if (std::optional<StringRef> tactic = launch.getTactic())
    desc.tactic = tactic->str();
  auto toSlot = [&](Value buffer) {
    runtime::Slot slot;
    slot.type = get(buffer);
    slot.strides = getStrides(buffer);
    if (auto constant = getRoot(buffer).getDefiningOp<ConstantOp>()) {
      slot.constant = true;
      if (auto it = constants.find(buffer); it != constants.end())
        slot.data = it->second.view().data;
      if (constant.getBuffer().getType().isPacked()) {
        slot.layout = constant.getBuffer().getType().getLayout().str();
        slot.bytes = constant.getValue().getNumElements();
      }
    }
    return slot;
  };
  for (Value input : launch.getInputs())
    desc.inputs.push_back(toSlot(input));
  for (Value output : launch.getOutputs())
    desc.outputs.push_back(toSlot(output));
  return desc;
}
