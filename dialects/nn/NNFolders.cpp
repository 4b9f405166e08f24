//===- NNFolders.cpp - operations that do nothing -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folders for what is its own operand. Operations on constants are folded for
// the whole dialect at once, by reference/Folding.cpp.
//===----------------------------------------------------------------------===//
#include "dialects/nn/NN.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace graft::nn;

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

/// `x` where the result has its type and the type says all sizes.
static OpFoldResult foldSameStaticType(Value x, Type result) {
  auto type = cast<RankedTensorType>(result);
  return x.getType() == type && type.hasStaticShape() ? x : OpFoldResult();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return foldSameStaticType(getX(), getType());
}

OpFoldResult BroadcastToOp::fold(FoldAdaptor) {
  return foldSameStaticType(getX(), getType());
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  return foldSameStaticType(getX(), getType());
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  for (auto [i, from] : llvm::enumerate(getPerm()))
    if (from != static_cast<int64_t>(i))
      return {};
  return getX().getType() == getType() ? getX() : Value();
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getInputs().size() == 1 && getInputs()[0].getType() == getType()
             ? getInputs()[0]
             : Value();
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  auto isZero = [](int64_t count) { return count == 0; };
  bool none = llvm::all_of(getLow(), isZero) && llvm::all_of(getHigh(), isZero);
  return none && getX().getType() == getType() ? getX() : Value();
}

OpFoldResult TileOp::fold(FoldAdaptor) {
  bool once = llvm::all_of(getMultiples(), [](int64_t n) { return n == 1; });
  return once && getX().getType() == getType() ? getX() : Value();
}

OpFoldResult ShapeOfOp::fold(FoldAdaptor) {
  auto type = cast<RankedTensorType>(getX().getType());
  auto result = cast<RankedTensorType>(getType());
  if (!type.hasStaticShape() || !result.hasStaticShape())
    return {};
  SmallVector<Attribute> sizes;
  for (int64_t size : type.getShape())
    sizes.push_back(IntegerAttr::get(result.getElementType(), size));
  return DenseElementsAttr::get(result, sizes);
}

OpFoldResult QuantizeOp::fold(FoldAdaptor) {
  // The inverse: quantized values are not rounded again.
  auto first = getX().getDefiningOp<DequantizeOp>();
  bool same = first && first.getX().getType() == getType() &&
              first.getScale() == getScale() &&
              first.getZeroPoint() == getZeroPoint() &&
              first.getAxis() == getAxis();
  return same ? first.getX() : Value();
}

/// Whether every number of type `from` is one of type `to`.
static bool holdsEvery(Type to, Type from) {
  auto wide = dyn_cast<FloatType>(to), narrow = dyn_cast<FloatType>(from);
  return wide && narrow && wide.getWidth() > narrow.getWidth();
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getX().getType() == getType())
    return getX();
  // A round trip. In the other order, the values were rounded.
  auto first = getX().getDefiningOp<CastOp>();
  if (first && first.getX().getType() == getType() &&
      holdsEvery(getElementTypeOrSelf(first.getType()),
                 getElementTypeOrSelf(getType())))
    return first.getX();
  return {};
}
