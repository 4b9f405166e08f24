//===- TensorData.cpp - the bytes of a constant ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/graph/TensorData.h"

#include "dialects/graph/DataTypes.h"
#include "dialects/graph/Graph.h"
#include "support/MappedFile.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <algorithm>

using namespace mlir;
using namespace graft::graph;

static size_t elementSizeOf(Type elementType) {
  std::optional<int32_t> number = numberFromType(elementType);
  if (number && contentElementSize(*number))
    return contentElementSize(*number);
  if (elementType.isIntOrIndexOrFloat())
    return elementType.isIndex()
               ? 8
               : (elementType.getIntOrFloatBitWidth() + 7) / 8;
  return 0;
}

std::optional<TensorData> TensorData::get(ElementsAttr value) {
  TensorData data;
  ShapedType type = value.getShapedType();
  data.count = type.getNumElements();
  data.size = elementSizeOf(type.getElementType());
  if (data.size == 0)
    return std::nullopt;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != data.count * data.size)
      return std::nullopt;
    data.view = blob->getData();
    return data;
  }
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense || isa<DenseStringElementsAttr>(value))
    return std::nullopt;
  data.splat = dense.isSplat() && data.count != 0;
  if (!type.getElementType().isInteger(1)) {
    data.view = dense.getRawData();
    return data;
  }
  // MLIR packs booleans into bits.
  data.owned = std::make_shared<SmallVector<char>>();
  if (data.splat)
    data.owned->push_back(dense.getSplatValue<bool>());
  else
    for (bool element : dense.getValues<bool>())
      data.owned->push_back(element);
  data.view = *data.owned;
  return data;
}

/// A dense attribute of the bytes.
static ElementsAttr makeDense(ShapedType type, ArrayRef<char> bytes) {
  if (type.getNumElements() == 0)
    return DenseElementsAttr::get(type, ArrayRef<Attribute>());
  if (!type.getElementType().isInteger(1))
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  SmallVector<bool> elements(bytes.begin(), bytes.end());
  return DenseElementsAttr::get(type, elements);
}

static bool fitsInline(ShapedType type, ArrayRef<char> bytes) {
  Type element = type.getElementType();
  if (!element.isIntOrIndexOrFloat() && !isa<ComplexType>(element))
    return false;
  // The spare bits of narrow elements would be lost.
  if (element.isIntOrFloat() && !element.isInteger(1) &&
      element.getIntOrFloatBitWidth() < 8)
    return false;
  return bytes.size() <= kInlineTensorBytes;
}

ElementsAttr graft::graph::makeTensor(ShapedType type, ArrayRef<char> bytes,
                                      StringRef name) {
  if (fitsInline(type, bytes))
    return makeDense(type, bytes);
  // The alignment of a vector register serves every reader.
  return DenseResourceElementsAttr::get(
      type, name,
      HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, 64,
                                                    /*dataIsMutable=*/false));
}

/// A resource over the bytes, at whichever address.
static ElementsAttr makeView(ShapedType type, ArrayRef<char> bytes,
                             std::shared_ptr<const void> owner,
                             StringRef name) {
  auto address = reinterpret_cast<uintptr_t>(bytes.data());
  size_t alignment = std::min<size_t>(64, address & (~address + 1));
  return DenseResourceElementsAttr::get(
      type, name,
      UnmanagedAsmResourceBlob::allocateWithAlign(
          bytes, alignment,
          [owner = std::move(owner)](void *data, size_t size, size_t) {
            // The rest of the file may be in use for long.
            graft::returnPages({static_cast<const char *>(data), size});
          }));
}

ElementsAttr graft::graph::makeTensorView(ShapedType type, ArrayRef<char> bytes,
                                          std::shared_ptr<const void> owner,
                                          StringRef name) {
  if (fitsInline(type, bytes))
    return makeDense(type, bytes);
  return makeView(type, bytes, std::move(owner), name);
}

Attribute graft::graph::makeString(MLIRContext *context, ArrayRef<char> bytes,
                                   std::shared_ptr<const void> owner,
                                   StringRef name) {
  return makeString(context, ArrayRef<ArrayRef<char>>(bytes), std::move(owner),
                    name);
}

Attribute graft::graph::makeString(MLIRContext *context,
                                   ArrayRef<ArrayRef<char>> pieces,
                                   std::shared_ptr<const void> owner,
                                   StringRef name) {
  size_t size = 0;
  for (ArrayRef<char> piece : pieces)
    size += piece.size();
  if (size <= kInlineTensorBytes) {
    std::string bytes;
    for (ArrayRef<char> piece : pieces)
      bytes.append(piece.data(), piece.size());
    return StringAttr::get(context, bytes);
  }
  SmallVector<ElementsAttr> views;
  for (ArrayRef<char> piece : pieces) {
    auto type = RankedTensorType::get(static_cast<int64_t>(piece.size()),
                                      IntegerType::get(context, 8));
    views.push_back(makeView(type, piece, owner, name));
  }
  return BytesAttr::get(context, views);
}
