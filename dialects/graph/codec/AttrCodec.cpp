//===- AttrCodec.cpp - AttrValue to attribute and back --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recursion follows the nesting of func attributes, which protobuf's parser
// bounds at 100 messages.
//===----------------------------------------------------------------------===//
#include "dialects/graph/codec/AttrCodec.h"

#include "dialects/graph/DataTypes.h"
#include "dialects/graph/TensorData.h"
#include "dialects/graph/codec/TensorCodec.h"
#include "support/CheckedMath.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;
using tensorflow::NameAttrList;
using tensorflow::TensorShapeProto;
using ProtoValue = tensorflow::AttrValue;
using AttrMap = google::protobuf::Map<std::string, ProtoValue>;

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

static Expected<Attribute> decodeShape(const TensorShapeProto &shape,
                                       MLIRContext *context) {
  // Dimensions of no meaning, which only the raw form keeps.
  if (shape.unknown_rank() && shape.dim_size() != 0)
    return Attribute();
  SmallVector<int64_t> dims, known;
  for (const auto &dim : shape.dim()) {
    if (dim.size() < -1)
      return Status::badInput("a dimension must be -1 or more, got " +
                              describe(shape));
    dims.push_back(dim.size());
    if (dim.size() != -1)
      known.push_back(dim.size());
  }
  if (!checkedElementCount(known))
    return Status::badInput("a shape must have less than 2^63 elements, got " +
                            describe(shape));
  return Attribute(ShapeAttr::get(context, dims, !shape.unknown_rank()));
}

static Attribute decodeType(int32_t number, MLIRContext *context) {
  return TypeAttr::get(typeFromNumber(number, context));
}

static Expected<Attribute> decodeFunc(NameAttrList func, StringRef blobName,
                                      MLIRContext *context) {
  Expected<DictionaryAttr> attrs =
      decodeAttrs(*func.mutable_attr(), blobName, context);
  if (!attrs)
    return attrs.status();
  return Attribute(
      FuncAttr::get(context, StringAttr::get(context, func.name()), *attrs));
}

/// The list's only field that is used; None if there are several.
static ListKind kindOf(const ProtoValue::ListValue &list) {
  ListKind kind = ListKind::None;
  int used = 0;
  auto see = [&](ListKind candidate, int size) {
    if (size == 0)
      return;
    kind = candidate;
    ++used;
  };
  see(ListKind::S, list.s_size());
  see(ListKind::I, list.i_size());
  see(ListKind::F, list.f_size());
  see(ListKind::B, list.b_size());
  see(ListKind::Type, list.type_size());
  see(ListKind::Shape, list.shape_size());
  see(ListKind::Tensor, list.tensor_size());
  see(ListKind::Func, list.func_size());
  return used > 1 ? ListKind::None : kind;
}

/// The list as an attribute; null where it cannot be said.
static Expected<Attribute> decodeList(const ProtoValue::ListValue &list,
                                      StringRef blobName,
                                      MLIRContext *context) {
  Builder b(context);
  SmallVector<Attribute> elements;
  ListKind kind = kindOf(list);
  for (const std::string &s : list.s())
    elements.push_back(b.getStringAttr(s));
  for (int64_t i : list.i())
    elements.push_back(b.getI64IntegerAttr(i));
  for (float f : list.f())
    elements.push_back(b.getF32FloatAttr(f));
  for (bool value : list.b())
    elements.push_back(b.getBoolAttr(value));
  for (int type : list.type())
    elements.push_back(decodeType(type, context));
  for (const TensorShapeProto &shape : list.shape()) {
    Expected<Attribute> attr = decodeShape(shape, context);
    if (!attr || !*attr)
      return attr;
    elements.push_back(*attr);
  }
  for (const tensorflow::TensorProto &tensor : list.tensor()) {
    Expected<TensorAttr> attr =
        decodeTensor(tensor, nullptr, blobName, context);
    if (!attr)
      return attr.status();
    if (!*attr)
      return Attribute();
    elements.push_back(*attr);
  }
  for (const NameAttrList &func : list.func()) {
    Expected<Attribute> attr = decodeFunc(func, blobName, context);
    if (!attr)
      return attr;
    elements.push_back(*attr);
  }
  if (kind == ListKind::None && !elements.empty())
    return Attribute();
  return Attribute(ListAttr::get(context, kind, elements));
}

static Expected<Attribute> decode(const ProtoValue &value, StringRef blobName,
                                  MLIRContext *context) {
  Builder b(context);
  switch (value.value_case()) {
  case ProtoValue::kS:
    return Attribute(b.getStringAttr(value.s()));
  case ProtoValue::kI:
    return Attribute(b.getI64IntegerAttr(value.i()));
  case ProtoValue::kF:
    return Attribute(b.getF32FloatAttr(value.f()));
  case ProtoValue::kB:
    return Attribute(b.getBoolAttr(value.b()));
  case ProtoValue::kType:
    return decodeType(value.type(), context);
  case ProtoValue::kShape:
    return decodeShape(value.shape(), context);
  case ProtoValue::kTensor: {
    Expected<TensorAttr> attr =
        decodeTensor(value.tensor(), nullptr, blobName, context);
    if (!attr)
      return attr.status();
    return Attribute(*attr);
  }
  case ProtoValue::kList:
    return decodeList(value.list(), blobName, context);
  case ProtoValue::kFunc:
    return decodeFunc(value.func(), blobName, context);
  case ProtoValue::kPlaceholder:
    return Attribute(
        PlaceholderAttr::get(context, b.getStringAttr(value.placeholder())));
  case ProtoValue::VALUE_NOT_SET:
    return Attribute(b.getUnitAttr());
  }
  return Attribute();
}

static bool hasUnknownFields(const google::protobuf::Message &message) {
  return !message.GetReflection()->GetUnknownFields(message).empty();
}

/// True if the kind has nothing that decoding could lose.
static bool isScalar(const ProtoValue &value) {
  switch (value.value_case()) {
  case ProtoValue::kS:
  case ProtoValue::kI:
  case ProtoValue::kF:
  case ProtoValue::kB:
  case ProtoValue::kType:
  case ProtoValue::kPlaceholder:
  case ProtoValue::VALUE_NOT_SET:
    return !hasUnknownFields(value);
  default:
    return false;
  }
}

Expected<Attribute> graph::decodeAttr(const ProtoValue &value,
                                      StringRef blobName,
                                      MLIRContext *context) {
  Expected<Attribute> attr = decode(value, blobName, context);
  if (!attr || (*attr && isScalar(value)))
    return attr;
  std::string bytes = serialize(value);
  if (*attr) {
    ProtoValue again;
    if (encodeAttr(*attr, again).ok() && serialize(again) == bytes)
      return attr;
  }
  return Attribute(RawAttr::get(context, StringAttr::get(context, bytes)));
}

/// Moves the unknown fields of `from` to the end of those of `to`.
static void moveUnknownFields(google::protobuf::Message &from,
                              google::protobuf::Message &to) {
  to.GetReflection()->MutableUnknownFields(&to)->MergeFrom(
      from.GetReflection()->GetUnknownFields(from));
  from.GetReflection()->MutableUnknownFields(&from)->Clear();
}

Expected<DictionaryAttr> graph::decodeAttrs(AttrMap &attrs, StringRef blobName,
                                            MLIRContext *context,
                                            ArrayRef<NamedAttribute> more) {
  SmallVector<NamedAttribute> decoded(more);
  AttrMap rest;
  for (auto &[name, value] : attrs) {
    if (name.empty()) {
      rest[name] = value;
      continue;
    }
    if (hasUnknownFields(value))
      moveUnknownFields(value, rest[name]);
    // A list of types must stay readable: the node's outputs hang on it.
    if (value.has_list() && hasUnknownFields(value.list()))
      moveUnknownFields(*value.mutable_list(), *rest[name].mutable_list());
    Expected<Attribute> attr = decodeAttr(value, blobName, context);
    if (!attr)
      return Status(attr.status().code(),
                    "attribute '" + name + "': " + attr.status().message());
    decoded.emplace_back(StringAttr::get(context, name), *attr);
  }
  attrs.swap(rest);
  return DictionaryAttr::get(context, decoded);
}

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

static Status encodeType(Type type, int32_t &number) {
  std::optional<int32_t> known = numberFromType(type);
  if (!known)
    return Status::failed("a type attribute must be one of TensorFlow's types");
  number = *known;
  return Status();
}

static void encodeShape(ShapeAttr attr, TensorShapeProto &shape) {
  for (int64_t dim : attr.getDims())
    shape.add_dim()->set_size(dim);
  shape.set_unknown_rank(!attr.getHasRank());
}

static Status encodeFunc(FuncAttr attr, NameAttrList &func) {
  func.set_name(attr.getName().str());
  return encodeAttrs(attr.getAttrs(), *func.mutable_attr());
}

static Status encodeElement(ListKind kind, Attribute element,
                            ProtoValue::ListValue &list) {
  switch (kind) {
  case ListKind::S:
    if (auto attr = dyn_cast<StringAttr>(element))
      return list.add_s(attr.str()), Status();
    break;
  case ListKind::I:
    if (auto attr = dyn_cast<IntegerAttr>(element))
      return list.add_i(attr.getInt()), Status();
    break;
  case ListKind::F:
    if (auto attr = dyn_cast<FloatAttr>(element);
        attr && attr.getType().isF32())
      return list.add_f(attr.getValue().convertToFloat()), Status();
    break;
  case ListKind::B:
    if (auto attr = dyn_cast<BoolAttr>(element))
      return list.add_b(attr.getValue()), Status();
    break;
  case ListKind::Type:
    if (auto attr = dyn_cast<TypeAttr>(element)) {
      int32_t number;
      if (Status status = encodeType(attr.getValue(), number); !status)
        return status;
      list.add_type(static_cast<tensorflow::DataType>(number));
      return Status();
    }
    break;
  case ListKind::Shape:
    if (auto attr = dyn_cast<ShapeAttr>(element))
      return encodeShape(attr, *list.add_shape()), Status();
    break;
  case ListKind::Tensor:
    if (auto attr = dyn_cast<TensorAttr>(element))
      return encodeTensor(attr, *list.add_tensor());
    break;
  case ListKind::Func:
    if (auto attr = dyn_cast<FuncAttr>(element))
      return encodeFunc(attr, *list.add_func());
    break;
  case ListKind::None:
    break;
  }
  return Status::failed("a list's elements must be of its kind");
}

static Status encodeBytes(BytesAttr attr, ProtoValue &value, Pieces *content) {
  for (ElementsAttr piece : attr.getPieces()) {
    std::optional<TensorData> data = TensorData::get(piece);
    if (!data || data->isSplat() || data->elementSize() != 1)
      return Status::failed("a long string must be a resource of its bytes, "
                            "got one that is elided or of another type");
    if (content)
      content->push_back(data->bytes());
    else
      value.mutable_s()->append(data->bytes().data(), data->bytes().size());
  }
  return Status();
}

Status graph::encodeAttr(Attribute attr, ProtoValue &value, Pieces *content) {
  return llvm::TypeSwitch<Attribute, Status>(attr)
      .Case([&](UnitAttr) { return Status(); })
      .Case([&](StringAttr s) { return value.set_s(s.str()), Status(); })
      .Case([&](BoolAttr b) { return value.set_b(b.getValue()), Status(); })
      .Case([&](IntegerAttr i) {
        if (!i.getType().isSignlessInteger(64))
          return Status::failed("an integer attribute must be an i64");
        return value.set_i(i.getInt()), Status();
      })
      .Case([&](FloatAttr f) {
        if (!f.getType().isF32())
          return Status::failed("a float attribute must be an f32");
        return value.set_f(f.getValue().convertToFloat()), Status();
      })
      .Case([&](TypeAttr type) {
        int32_t number;
        if (Status status = encodeType(type.getValue(), number); !status)
          return status;
        value.set_type(static_cast<tensorflow::DataType>(number));
        return Status();
      })
      .Case([&](ShapeAttr shape) {
        return encodeShape(shape, *value.mutable_shape()), Status();
      })
      .Case([&](TensorAttr tensor) {
        ArrayRef<char> bytes;
        Status status = encodeTensor(tensor, *value.mutable_tensor(),
                                     content ? &bytes : nullptr);
        if (!bytes.empty())
          content->push_back(bytes);
        return status;
      })
      .Case([&](BytesAttr bytes) { return encodeBytes(bytes, value, content); })
      .Case([&](ListAttr list) {
        ProtoValue::ListValue &elements = *value.mutable_list();
        for (Attribute element : list.getElements())
          if (Status status = encodeElement(list.getKind(), element, elements);
              !status)
            return status;
        return Status();
      })
      .Case([&](FuncAttr func) {
        return encodeFunc(func, *value.mutable_func());
      })
      .Case([&](PlaceholderAttr placeholder) {
        return value.set_placeholder(placeholder.getName().str()), Status();
      })
      .Case([&](RawAttr raw) {
        if (!value.ParseFromString(raw.getBytes().str()))
          return Status::failed(
              "a raw attribute must be a serialized AttrValue");
        return Status();
      })
      .Default([](Attribute) {
        return Status::failed("an attribute of a node must be of a kind that "
                              "TensorFlow has");
      });
}

Status graph::encodeAttrs(DictionaryAttr attrs, AttrMap &result) {
  for (NamedAttribute attr : attrs)
    if (Status status =
            encodeAttr(attr.getValue(), result[attr.getName().str()]);
        !status)
      return Status(status.code(), "attribute '" + attr.getName().str() +
                                       "': " + status.message());
  return Status();
}
