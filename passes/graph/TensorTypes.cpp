//===- TensorTypes.cpp - what two types say together ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/TensorTypes.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace graft::graph {

Type meet(Type known, Type found) {
  auto a = dyn_cast<TensorType>(known), b = dyn_cast_or_null<TensorType>(found);
  if (!a || !b)
    return known;
  auto opaque = dyn_cast<OpaqueType>(a.getElementType());
  bool isUntyped = opaque && opaque.getNumber() == 0;
  if (a.getElementType() != b.getElementType() && !isUntyped)
    return known;
  if (!b.hasRank())
    return isUntyped ? a.clone(b.getElementType()) : known;
  if (!a.hasRank())
    return b;
  if (a.getRank() != b.getRank())
    return known;
  SmallVector<int64_t> shape(a.getShape());
  for (auto [mine, other] : llvm::zip(shape, b.getShape())) {
    if (ShapedType::isDynamic(mine))
      mine = other;
    else if (!ShapedType::isDynamic(other) && mine != other)
      return known;
  }
  return RankedTensorType::get(shape, b.getElementType());
}

Type join(Type a, Type b) {
  auto left = dyn_cast<RankedTensorType>(a),
       right = dyn_cast<RankedTensorType>(b);
  Type element = getElementTypeOrSelf(a);
  if (!left || !right || left.getRank() != right.getRank() ||
      element != getElementTypeOrSelf(b))
    return UnrankedTensorType::get(element);
  SmallVector<int64_t> shape(left.getShape());
  for (auto [mine, other] : llvm::zip(shape, right.getShape()))
    if (mine != other)
      mine = ShapedType::kDynamic;
  return RankedTensorType::get(shape, element);
}

Type typeOf(ShapeAttr shape, Type element) {
  if (!shape || !shape.getHasRank())
    return UnrankedTensorType::get(element);
  SmallVector<int64_t> sizes;
  for (int64_t size : shape.getDims())
    sizes.push_back(size < 0 ? ShapedType::kDynamic : size);
  return RankedTensorType::get(sizes, element);
}

Type typeFromShape(const PartialValue &shape, Type element,
                   std::optional<int64_t> count) {
  SmallVector<int64_t> sizes;
  int64_t known = 1;
  unsigned unknown = 0;
  for (std::optional<int64_t> size : shape.elements) {
    bool isKnown = size && *size >= 0;
    sizes.push_back(isKnown ? *size : ShapedType::kDynamic);
    unknown += !isKnown;
    if (isKnown && __builtin_mul_overflow(known, *size, &known))
      return UnrankedTensorType::get(element);
  }
  if (unknown == 1 && count && known > 0 && *count % known == 0)
    *llvm::find(sizes, ShapedType::kDynamic) = *count / known;
  return RankedTensorType::get(sizes, element);
}

std::optional<int64_t> countElements(Type type) {
  auto ranked = dyn_cast<RankedTensorType>(type);
  if (!ranked || !ranked.hasStaticShape())
    return std::nullopt;
  int64_t count = 1;
  for (int64_t size : ranked.getShape())
    if (__builtin_mul_overflow(count, size, &count))
      return std::nullopt;
  return count;
}

bool contradict(Type a, Type b) {
  auto left = dyn_cast<TensorType>(a), right = dyn_cast<TensorType>(b);
  return left && right && failed(verifyCompatibleShape(left, right));
}

} // namespace graft::graph
