//===- TensorBuffer.cpp - tensors in memory and in attributes -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elements lie in memory as the runtime has them: whole bytes, native order.
// The attributes of MLIR lie so too, but for splats and truth values.
//===----------------------------------------------------------------------===//
#include "dialects/nn/reference/TensorBuffer.h"

#include "dialects/nn/Describe.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstring>
#include <new>

using namespace mlir;
using namespace graft;
using namespace graft::nn;

LogicalResult TensorBuffer::allocate(const ops::TensorType &type) {
  uint64_t bytes = 0;
  if (!type.isStatic() || !ops::countBytes(type, bytes))
    return failure();
  // Never null, so that an empty tensor has an address as well.
  owned.reset(new (std::nothrow) char[bytes ? bytes : 1]());
  if (!owned)
    return failure();
  tensor = {type, owned.get(), {}};
  return success();
}

LogicalResult TensorBuffer::read(ElementsAttr value) {
  std::optional<ops::TensorType> type = toTensorType(value.getType());
  uint64_t bytes = 0;
  if (!type || !type->isStatic() || !ops::countBytes(*type, bytes))
    return failure();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != bytes)
      return failure();
    const char *data = blob->getData().data();
    if (reinterpret_cast<uintptr_t>(data) % ops::sizeOf(type->dtype) == 0) {
      tensor = {*type, const_cast<char *>(data), {}};
      return success();
    }
    // A file puts its tensors anywhere.
    if (failed(allocate(*type)))
      return failure();
    std::memcpy(owned.get(), data, bytes);
    return success();
  }
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense)
    return failure();
  bool isBool = type->dtype == ops::DType::Bool;
  if (!isBool && !dense.isSplat()) {
    tensor = {*type, const_cast<char *>(dense.getRawData().data()), {}};
    return success();
  }
  if (failed(allocate(*type)))
    return failure();
  if (isBool) {
    char *out = owned.get();
    for (bool element : dense.getValues<bool>())
      *out++ = element;
    return success();
  }
  size_t size = ops::sizeOf(type->dtype);
  for (uint64_t at = 0; at < bytes; at += size)
    std::memcpy(owned.get() + at, dense.getRawData().data(), size);
  return success();
}

ElementsAttr TensorBuffer::toConstant(MLIRContext *context) const {
  RankedTensorType type = toMlirType(context, tensor.type);
  uint64_t bytes = static_cast<uint64_t>(type.getNumElements()) *
                   ops::sizeOf(tensor.type.dtype);
  // Attributes are hashed and live as long as the context; a resource does not.
  constexpr uint64_t kSmall = 4096;
  if (!owned || bytes <= kSmall || tensor.type.dtype == ops::DType::Bool)
    return toAttribute(context);
  AsmResourceBlob blob(
      ArrayRef(owned.get(), bytes), alignof(std::max_align_t),
      [owned = owned](void *, size_t, size_t) {}, /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, "folded", std::move(blob));
}

DenseElementsAttr TensorBuffer::toAttribute(MLIRContext *context) const {
  RankedTensorType type = toMlirType(context, tensor.type);
  auto count = static_cast<size_t>(type.getNumElements());
  if (tensor.type.dtype == ops::DType::Bool) {
    SmallVector<bool> values;
    values.reserve(count);
    for (size_t i = 0; i < count; ++i)
      values.push_back(tensor.as<uint8_t>()[i] != 0);
    return DenseElementsAttr::get(type, values);
  }
  return DenseElementsAttr::getFromRawBuffer(
      type,
      ArrayRef(tensor.as<char>(), count * ops::sizeOf(tensor.type.dtype)));
}
