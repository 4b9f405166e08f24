//===- Placement.cpp - where tensors lie in each other --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A slice keeps its parent's strides and moves the start; another shape of the
// same elements needs a dense parent and is dense itself.
//===----------------------------------------------------------------------===//
#include "runtime/core/Placement.h"
#include "runtime/ops/Indexing.h"

using namespace graft;
using namespace graft::runtime;

std::string graft::runtime::describeTensor(const Plan &plan, uint32_t index) {
  std::string text = "tensor " + std::to_string(index);
  if (!plan.tensors[index].name.empty())
    text += " '" + plan.tensors[index].name + "'";
  return text;
}

Status graft::runtime::placeTensor(const Plan &plan,
                                   const std::vector<ops::Shape> &shapes,
                                   uint32_t index,
                                   std::vector<Placement> &placements) {
  const PlanTensor &tensor = plan.tensors[index];
  const ops::Shape &shape = shapes[index];
  Placement &place = placements[index];
  if (tensor.storage != Storage::View) {
    place = {index, 0,     ops::denseStrides(shape),
             true,  index, std::vector<int64_t>(shape.size(), 0)};
    return Status();
  }
  auto parentIndex = static_cast<uint32_t>(tensor.parent);
  const Placement &parent = placements[parentIndex];
  const ops::Shape &parentShape = shapes[parentIndex];
  if (tensor.axis < 0) {
    int64_t count = 0;
    int64_t parentCount = 0;
    if (!parent.dense || !ops::countElements(shape, count) ||
        !ops::countElements(parentShape, parentCount) || count != parentCount)
      return Status::badInput(describeTensor(plan, index) +
                              " must have the elements of a dense parent under "
                              "another shape, got " +
                              ops::toString(shape) + " of " +
                              ops::toString(parentShape));
    place = {parent.root,
             parent.byteOffset,
             ops::denseStrides(shape),
             true,
             index,
             std::vector<int64_t>(shape.size(), 0)};
    return Status();
  }
  auto axis = static_cast<size_t>(tensor.axis);
  int64_t end = 0;
  bool inside = !__builtin_add_overflow(tensor.start, shape[axis], &end) &&
                tensor.start >= 0 && end <= parentShape[axis];
  for (size_t d = 0; d < shape.size(); ++d)
    inside = inside && (d == axis || shape[d] == parentShape[d]);
  if (!inside)
    return Status::badInput(
        describeTensor(plan, index) + " must lie inside of its parent, got " +
        ops::toString(shape) + " from " + std::to_string(tensor.start) +
        " of axis " + std::to_string(tensor.axis) + " of " +
        ops::toString(parentShape));
  place = parent;
  place.corner[axis] += tensor.start;
  int64_t count = 0;
  (void)ops::countElements(shape, count);
  // An empty view reads nothing; its offset is arbitrary.
  if (count)
    place.byteOffset +=
        static_cast<uint64_t>(tensor.start * parent.strides[axis]) *
        ops::sizeOf(tensor.type.dtype);
  place.dense = ops::isDense(shape, place.strides);
  return Status();
}

Sharing graft::runtime::compareMemory(const Plan &plan,
                                      const std::vector<ops::Shape> &shapes,
                                      const std::vector<Placement> &placements,
                                      uint32_t a, uint32_t b) {
  const Placement &x = placements[a];
  const Placement &y = placements[b];
  if (x.root != y.root)
    return Sharing::None;
  auto bytesOf = [&](uint32_t index) {
    uint64_t bytes = 0;
    (void)ops::countBytes({plan.tensors[index].type.dtype, shapes[index]},
                          bytes);
    return bytes;
  };
  uint64_t bytesA = bytesOf(a);
  uint64_t bytesB = bytesOf(b);
  if (bytesA == 0 || bytesB == 0)
    return Sharing::None;
  if (x.dense && y.dense) {
    if (x.byteOffset + bytesA <= y.byteOffset ||
        y.byteOffset + bytesB <= x.byteOffset)
      return Sharing::None;
    return x.byteOffset == y.byteOffset && bytesA == bytesB ? Sharing::Same
                                                            : Sharing::Partial;
  }
  if (x.base != y.base)
    return Sharing::Partial;
  bool same = true;
  for (size_t d = 0; d < x.corner.size(); ++d) {
    if (x.corner[d] + shapes[a][d] <= y.corner[d] ||
        y.corner[d] + shapes[b][d] <= x.corner[d])
      return Sharing::None;
    same = same && x.corner[d] == y.corner[d] && shapes[a][d] == shapes[b][d];
  }
  return same ? Sharing::Same : Sharing::Partial;
}
