//===- TensorCodec.cpp - TensorProto to attribute and back ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/graph/codec/TensorCodec.h"

#include "dialects/graph/DataTypes.h"
#include "dialects/graph/OpSignature.h"
#include "dialects/graph/TensorData.h"
#include "dialects/graph/codec/AttrCodec.h"
#include "support/CheckedMath.h"

#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;
using tensorflow::TensorProto;
using tensorflow::TensorShapeProto;

/// A list that TensorFlow would repeat to more bytes than this stays as it is:
/// a few bytes of file must not cost gigabytes of memory.
static constexpr int64_t kMaxRepeatedBytes = int64_t(1) << 28;

std::string graph::describe(const TensorShapeProto &shape) {
  if (shape.unknown_rank())
    return "<unknown rank>";
  std::string text = "[";
  for (const auto &dim : shape.dim()) {
    if (text.size() > 1)
      text += ',';
    text += dim.size() == -1 ? "?" : std::to_string(dim.size());
  }
  return text + "]";
}

Expected<int64_t> graph::countElements(const TensorShapeProto &shape) {
  if (shape.unknown_rank())
    return Status::badInput(
        "a constant's shape must be known, got unknown rank");
  SmallVector<int64_t> dims;
  for (const auto &dim : shape.dim()) {
    if (dim.size() < 0)
      return Status::badInput(
          "a constant's dimensions must not be negative, got " +
          describe(shape));
    dims.push_back(dim.size());
  }
  if (std::optional<int64_t> count = checkedElementCount(dims))
    return *count;
  return Status::badInput(
      "a constant must have less than 2^63 elements, got shape " +
      describe(shape));
}

static RankedTensorType tensorTypeOf(const TensorProto &tensor,
                                     MLIRContext *context) {
  SmallVector<int64_t> dims;
  for (const auto &dim : tensor.tensor_shape().dim())
    dims.push_back(dim.size());
  return RankedTensorType::get(dims, typeFromNumber(tensor.dtype(), context));
}

/// The tensor's contents, whose length must fit its shape.
static Expected<TensorAttr> decodeContent(const TensorProto &tensor,
                                          int64_t count,
                                          const ContentView *content,
                                          StringRef blobName,
                                          MLIRContext *context) {
  ArrayRef<char> bytes = content
                             ? content->bytes
                             : ArrayRef<char>(tensor.tensor_content().data(),
                                              tensor.tensor_content().size());
  unsigned size = contentElementSize(tensor.dtype());
  if (size == 0)
    return TensorAttr();
  std::optional<int64_t> expected = checkedMul<int64_t>(count, size);
  if (!expected || static_cast<uint64_t>(*expected) != bytes.size())
    return Status::badInput(
        "tensor_content must have " +
        (expected ? std::to_string(*expected) : "2^63 or more") +
        " bytes for " + dataTypeName(tensor.dtype()) +
        describe(tensor.tensor_shape()) + ", got " +
        std::to_string(bytes.size()));
  RankedTensorType type = tensorTypeOf(tensor, context);
  ElementsAttr value =
      content ? makeTensorView(type, bytes, content->owner, blobName)
              : makeTensor(type, bytes, blobName);
  return TensorAttr::get(context, value, TensorEncoding::Content, 0);
}

static Expected<TensorAttr> decodeStrings(const TensorProto &tensor,
                                          int64_t count, int64_t stored,
                                          MLIRContext *context) {
  SmallVector<StringRef> strings;
  for (const std::string &string : tensor.string_val())
    strings.push_back(string);
  if (strings.empty() && count > 0)
    strings.push_back("");
  if (strings.size() > 1) {
    if (count > kMaxRepeatedBytes / int64_t(sizeof(StringRef)))
      return TensorAttr();
    strings.resize(count, strings.back());
  }
  RankedTensorType type = tensorTypeOf(tensor, context);
  auto value = cast<ElementsAttr>(
      count == 0 ? DenseElementsAttr::get(type, ArrayRef<Attribute>())
                 : cast<DenseElementsAttr>(
                       DenseStringElementsAttr::get(type, strings)));
  return TensorAttr::get(context, value, TensorEncoding::Values, stored);
}

/// Types of less than a byte: a file's byte may hold more than MLIR's element
/// can, so that only contents as they are, or raw, are safe.
static bool isNarrow(int32_t dtype) {
  return dtype >= tensorflow::DT_INT4 && dtype <= tensorflow::DT_FLOAT4_E2M1FN;
}

/// The tensor's typed list, its last element repeated up to the shape.
static Expected<TensorAttr> decodeList(const TensorProto &tensor, int64_t count,
                                       StringRef blobName,
                                       MLIRContext *context) {
  std::optional<int64_t> stored = graph::listLength(tensor);
  if (!stored || isNarrow(tensor.dtype()))
    return TensorAttr();
  if (*stored > count)
    return Status::badInput(
        "a constant must not hold more values than its shape " +
        describe(tensor.tensor_shape()) + " has room for, got " +
        std::to_string(*stored));
  if (tensor.dtype() == tensorflow::DT_STRING)
    return decodeStrings(tensor, count, *stored, context);
  unsigned size = contentElementSize(tensor.dtype());
  SmallVector<char> bytes;
  if (!graph::readList(tensor, *stored, bytes))
    return TensorAttr();
  if (*stored == 0 && count > 0)
    bytes.assign(size, 0);
  // A single value stays single, however large the shape.
  if (*stored > 1 && *stored < count) {
    std::optional<int64_t> total = checkedMul<int64_t>(count, size);
    if (!total || *total > kMaxRepeatedBytes)
      return TensorAttr();
    SmallVector<char> last(bytes.end() - size, bytes.end());
    bytes.reserve(*total);
    for (int64_t i = *stored; i < count; ++i)
      bytes.append(last.begin(), last.end());
  }
  ElementsAttr value =
      makeTensor(tensorTypeOf(tensor, context), bytes, blobName);
  return TensorAttr::get(context, value, TensorEncoding::Values, *stored);
}

Expected<TensorAttr> graph::decodeTensor(const TensorProto &tensor,
                                         const ContentView *content,
                                         StringRef blobName,
                                         MLIRContext *context) {
  // An absent tensor; only its bytes matter.
  if (tensor.dtype() == tensorflow::DT_INVALID && !content)
    return TensorAttr();
  Expected<int64_t> count = countElements(tensor.tensor_shape());
  if (!count)
    return count.status();
  bool hasContent = content || !tensor.tensor_content().empty();
  Expected<TensorAttr> attr =
      hasContent ? decodeContent(tensor, *count, content, blobName, context)
                 : decodeList(tensor, *count, blobName, context);
  if (!attr || !*attr)
    return attr;
  TensorProto again;
  ArrayRef<char> outside;
  if (Status status = encodeTensor(*attr, again, content ? &outside : nullptr);
      !status)
    return status;
  if (serialize(again) != serialize(tensor))
    return TensorAttr();
  return attr;
}

static Status encodeStrings(DenseStringElementsAttr value, int64_t length,
                            TensorProto &tensor) {
  ArrayRef<StringRef> strings = value.getRawStringData();
  for (int64_t i = 0; i < length; ++i)
    tensor.add_string_val(strings[value.isSplat() ? 0 : i].str());
  return Status();
}

Status graph::encodeTensor(TensorAttr attr, TensorProto &tensor,
                           ArrayRef<char> *content) {
  ElementsAttr value = attr.getValue();
  ShapedType type = value.getShapedType();
  std::optional<int32_t> number = numberFromType(type.getElementType());
  if (!number)
    return Status::failed("a constant's type must be one of TensorFlow's");
  tensor.set_dtype(static_cast<tensorflow::DataType>(*number));
  TensorShapeProto &shape = *tensor.mutable_tensor_shape();
  for (int64_t dim : type.getShape())
    shape.add_dim()->set_size(dim);
  bool isContent = attr.getEncoding() == TensorEncoding::Content;
  int64_t length = attr.getStored();
  if (length < 0 || length > type.getNumElements())
    return Status::failed("a constant must not store more values than it has");
  if (auto strings = dyn_cast<DenseStringElementsAttr>(value)) {
    if (isContent)
      return Status::failed("strings must be stored as values");
    return encodeStrings(strings, length, tensor);
  }
  if (isContent && content && isa<DenseResourceElementsAttr>(value)) {
    std::optional<TensorData> data = TensorData::get(value);
    if (!data)
      return Status::failed(
          "a constant's elements are elided or of the wrong size");
    *content = data->bytes();
    return Status();
  }
  if (type.getNumElements() == 0 && !isa<DenseResourceElementsAttr>(value))
    return Status();
  std::optional<TensorData> data = TensorData::get(value);
  if (!data)
    return Status::failed(
        "a constant's elements are elided or of the wrong size");
  if (!isContent) {
    if (!graph::writeList(data->bytes(), data->isSplat(), length, tensor))
      return Status::failed(
          "a constant of this type cannot be stored as values");
    return Status();
  }
  std::string &bytes = *tensor.mutable_tensor_content();
  bytes.reserve(data->elementCount() * data->elementSize());
  for (int64_t i = 0, e = data->isSplat() ? data->elementCount() : 1; i < e;
       ++i)
    bytes.append(data->bytes().data(), data->bytes().size());
  return Status();
}
