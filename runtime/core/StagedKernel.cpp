//===- StagedKernel.cpp - kernels for copies of a launch's operands -------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/StagedKernel.h"
#include "runtime/ops/Indexing.h"
#include "support/CheckedMath.h"

#include <algorithm>
#include <cstring>

using namespace graft;
using namespace graft::runtime;

namespace {

/// Copies `shape` elements of `bytes` each between two places.
void copyStrided(const ops::Shape &shape, size_t bytes, void *to,
                 const std::vector<int64_t> &toStrides, const void *from,
                 const std::vector<int64_t> &fromStrides) {
  // Rows that are adjacent on both sides are copied whole.
  ops::Shape outer = shape;
  int64_t run = 1;
  if (!shape.empty() && toStrides.back() == 1 && fromStrides.back() == 1) {
    run = shape.back();
    outer.back() = 1;
  }
  ops::forEachOffset<2>(outer, {toStrides, fromStrides},
                        [&](const std::array<int64_t, 2> &at) {
                          ops::copyElements(to, at[0], from, at[1], run, bytes);
                        });
}

class StagedKernel final : public Kernel {
public:
  /// Reserves memory for copies of the slots that differ.
  Status addCopies(const std::vector<Slot> &given,
                   const std::vector<Slot> &wanted, bool output);
  Status setInner(std::unique_ptr<Kernel> kernel);

  uint64_t scratchBytes() const override { return total; }
  void expectNext(const void *memory, uint64_t bytes) override {
    inner->expectNext(memory, bytes);
  }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;

private:
  struct Copy {
    size_t index = 0;
    ops::TensorType type;
    bool isZero = false;          ///< in place of a constant that is not read
    std::vector<int64_t> strides; ///< of the original
    uint64_t offset = 0;          ///< of the copy in the scratch memory
  };

  std::vector<Copy> sources, targets;
  std::vector<const void *> from;
  std::vector<void *> to;
  std::unique_ptr<Kernel> inner;
  uint64_t innerOffset = 0;
  uint64_t total = 0;
};

bool isSame(const Slot &a, const Slot &b) {
  return a.type == b.type && a.strides == b.strides && a.layout == b.layout;
}

} // namespace

Status StagedKernel::addCopies(const std::vector<Slot> &given,
                               const std::vector<Slot> &wanted, bool output) {
  for (size_t i = 0; i < given.size(); ++i) {
    if (isSame(given[i], wanted[i]))
      continue;
    Copy copy;
    copy.index = i;
    copy.type = wanted[i].type;
    copy.isZero = given[i].layout != wanted[i].layout;
    if (!copy.isZero &&
        !broadcastStrides(given[i], copy.type.shape, copy.strides))
      return Status::failed("an operand must broadcast to " +
                            ops::toString(copy.type) + ", got " +
                            ops::toString(given[i].type));
    copy.offset = total;
    uint64_t bytes = 0;
    std::optional<uint64_t> sum;
    if (ops::countBytes(copy.type, bytes))
      if (std::optional<uint64_t> aligned = checkedAlignTo(bytes, 64))
        sum = checkedAdd(total, *aligned);
    if (!sum)
      return Status::exhausted("a copy of " + ops::toString(copy.type) +
                               " must fit into memory");
    total = *sum;
    (output ? targets : sources).push_back(std::move(copy));
  }
  if (output)
    to.resize(given.size());
  else
    from.resize(given.size());
  return Status();
}

Status StagedKernel::setInner(std::unique_ptr<Kernel> kernel) {
  inner = std::move(kernel);
  innerOffset = total;
  std::optional<uint64_t> sum = checkedAdd(total, inner->scratchBytes());
  if (!sum)
    return Status::exhausted("scratch memory must fit into memory");
  total = *sum;
  return Status();
}

Status StagedKernel::enqueue(const void *const *inputs, void *const *outputs,
                             ExecutionContext &context) {
  std::byte *base = static_cast<std::byte *>(context.scratch());
  std::copy_n(inputs, from.size(), from.begin());
  std::copy_n(outputs, to.size(), to.begin());
  for (const Copy &copy : sources) {
    std::byte *place = base + copy.offset;
    size_t bytes = ops::sizeOf(copy.type.dtype);
    if (copy.isZero) {
      uint64_t all = 0;
      (void)ops::countBytes(copy.type, all);
      std::memset(place, 0, all);
    } else {
      copyStrided(copy.type.shape, bytes, place,
                  ops::denseStrides(copy.type.shape), inputs[copy.index],
                  copy.strides);
    }
    from[copy.index] = place;
  }
  for (const Copy &copy : targets)
    to[copy.index] = base + copy.offset;
  {
    ScratchOffset offset(context, innerOffset);
    GRAFT_RETURN_IF_ERROR(inner->enqueue(from.data(), to.data(), context));
  }
  for (const Copy &copy : targets)
    copyStrided(copy.type.shape, ops::sizeOf(copy.type.dtype),
                outputs[copy.index], copy.strides, base + copy.offset,
                ops::denseStrides(copy.type.shape));
  return Status();
}

LaunchDesc graft::runtime::spreadOperands(const LaunchDesc &launch) {
  LaunchDesc result = launch;
  if (launch.outputs.size() != 1)
    return result;
  const ops::Shape &out = launch.outputs.front().type.shape;
  for (const ops::Epilogue &epilogue : launch.op.epilogues) {
    auto index = static_cast<size_t>(epilogue.operand);
    if (epilogue.operand < 0 || index >= launch.inputs.size())
      continue;
    Slot &slot = result.inputs[index];
    int64_t count = 0;
    const ops::Shape &shape = slot.type.shape;
    bool isRow = !shape.empty() && !out.empty() && shape.back() == out.back() &&
                 ops::countElements(shape, count) && count == out.back();
    bool isValue = ops::countElements(shape, count) && count == 1;
    if (isRow || isValue || shape == out || !slot.layout.empty())
      continue;
    slot.type.shape = out;
    slot.strides.clear();
    slot.constant = false;
    slot.data = nullptr;
  }
  return result;
}

LaunchDesc graft::runtime::makeDense(const LaunchDesc &launch) {
  LaunchDesc result = launch;
  for (std::vector<Slot> *slots : {&result.inputs, &result.outputs})
    for (Slot &slot : *slots) {
      if (slot.strides.empty())
        continue;
      slot.strides.clear();
      slot.constant = false;
      slot.data = nullptr;
    }
  return result;
}

LaunchDesc graft::runtime::dropPacked(const LaunchDesc &launch) {
  LaunchDesc result = launch;
  for (Slot &slot : result.inputs) {
    if (slot.layout.empty())
      continue;
    slot.layout.clear();
    slot.bytes = 0;
    slot.constant = false;
    slot.data = nullptr;
  }
  return result;
}

bool graft::runtime::needsStaging(const LaunchDesc &launch,
                                  const LaunchDesc &staged) {
  for (size_t i = 0; i < launch.inputs.size(); ++i)
    if (!isSame(launch.inputs[i], staged.inputs[i]))
      return true;
  for (size_t i = 0; i < launch.outputs.size(); ++i)
    if (!isSame(launch.outputs[i], staged.outputs[i]))
      return true;
  return false;
}

Expected<std::unique_ptr<Kernel>>
graft::runtime::createStaged(const Provider &provider, const LaunchDesc &launch,
                             const LaunchDesc &staged, int threads) {
  if (!needsStaging(launch, staged))
    return provider.create(staged, threads);
  auto kernel = std::make_unique<StagedKernel>();
  GRAFT_RETURN_IF_ERROR(
      kernel->addCopies(launch.inputs, staged.inputs, /*output=*/false));
  GRAFT_RETURN_IF_ERROR(
      kernel->addCopies(launch.outputs, staged.outputs, /*output=*/true));
  Expected<std::unique_ptr<Kernel>> inner = provider.create(staged, threads);
  GRAFT_RETURN_IF_ERROR(inner.status());
  GRAFT_RETURN_IF_ERROR(kernel->setInner(*std::move(inner)));
  return std::unique_ptr<Kernel>(std::move(kernel));
}
