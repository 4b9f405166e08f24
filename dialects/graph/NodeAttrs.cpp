//===- NodeAttrs.cpp - a node's attributes against its signature ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/graph/NodeAttrs.h"

#include "dialects/graph/DataTypes.h"
#include "dialects/graph/Graph.h"
#include "tftrt/Names.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

static StringRef ref(std::string_view view) {
  return StringRef(view.data(), view.size());
}

std::optional<int64_t> NodeAttrs::intAttr(std::string_view name) const {
  if (auto attr = attrs.getAs<IntegerAttr>(ref(name)))
    return attr.getInt();
  return std::nullopt;
}

std::optional<int> NodeAttrs::typeAttr(std::string_view name) const {
  if (auto attr = attrs.getAs<TypeAttr>(ref(name)))
    return numberFromType(attr.getValue());
  return std::nullopt;
}

std::optional<std::vector<int>>
NodeAttrs::typeListAttr(std::string_view name) const {
  auto list = attrs.getAs<ListAttr>(ref(name));
  if (!list)
    return std::nullopt;
  std::vector<int> types;
  for (Attribute element : list.getElements()) {
    auto type = dyn_cast<TypeAttr>(element);
    if (!type)
      return std::nullopt;
    types.push_back(numberFromType(type.getValue()).value_or(0));
  }
  return types;
}

static std::string kindName(OpAttrKind kind, bool isList) {
  static constexpr const char *names[] = {"string", "int",   "float",  "bool",
                                          "type",   "shape", "tensor", "func"};
  std::string name = names[static_cast<int>(kind)];
  return isList ? "list(" + name + ")" : name;
}

static bool isOfKind(Attribute attr, OpAttrKind kind) {
  switch (kind) {
  case OpAttrKind::String:
    return isa<StringAttr, BytesAttr>(attr);
  case OpAttrKind::Int:
    return isa<IntegerAttr>(attr) && !isa<BoolAttr>(attr);
  case OpAttrKind::Float:
    return isa<FloatAttr>(attr);
  case OpAttrKind::Bool:
    return isa<BoolAttr>(attr);
  case OpAttrKind::Type:
    return isa<TypeAttr>(attr);
  case OpAttrKind::Shape:
    return isa<ShapeAttr>(attr);
  case OpAttrKind::Tensor:
    return isa<TensorAttr>(attr);
  case OpAttrKind::Func:
    return isa<FuncAttr>(attr);
  }
  return false;
}

static ListKind listKindOf(OpAttrKind kind) {
  switch (kind) {
  case OpAttrKind::String:
    return ListKind::S;
  case OpAttrKind::Int:
    return ListKind::I;
  case OpAttrKind::Float:
    return ListKind::F;
  case OpAttrKind::Bool:
    return ListKind::B;
  case OpAttrKind::Type:
    return ListKind::Type;
  case OpAttrKind::Shape:
    return ListKind::Shape;
  case OpAttrKind::Tensor:
    return ListKind::Tensor;
  case OpAttrKind::Func:
    return ListKind::Func;
  }
  return ListKind::None;
}

/// What an attribute is, for messages.
static std::string describe(Attribute attr) {
  if (auto type = dyn_cast<TypeAttr>(attr))
    if (std::optional<int32_t> number = numberFromType(type.getValue()))
      return dataTypeName(*number);
  if (auto string = dyn_cast<StringAttr>(attr)) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << '\'';
    llvm::printEscapedString(string.getValue().take_front(40), stream);
    stream << '\'';
    return text;
  }
  if (auto integer = dyn_cast<IntegerAttr>(attr);
      integer && !isa<BoolAttr>(attr))
    return std::to_string(integer.getInt());
  static constexpr OpAttrKind kinds[] = {OpAttrKind::String, OpAttrKind::Int,
                                         OpAttrKind::Float,  OpAttrKind::Bool,
                                         OpAttrKind::Type,   OpAttrKind::Shape,
                                         OpAttrKind::Tensor, OpAttrKind::Func};
  for (OpAttrKind kind : kinds) {
    if (isOfKind(attr, kind))
      return "a " + kindName(kind, false);
    if (auto list = dyn_cast<ListAttr>(attr);
        list && list.getKind() == listKindOf(kind))
      return "a " + kindName(kind, true);
  }
  return isa<ListAttr>(attr) ? "an empty list" : "no value";
}

static bool equals(Attribute attr, const OpAttrValue &allowed) {
  if (auto *type = std::get_if<TypeValue>(&allowed.value)) {
    auto typeAttr = dyn_cast<TypeAttr>(attr);
    return typeAttr && numberFromType(typeAttr.getValue()) == type->type;
  }
  if (auto *string = std::get_if<std::string>(&allowed.value)) {
    auto stringAttr = dyn_cast<StringAttr>(attr);
    return stringAttr && stringAttr.getValue() == *string;
  }
  // The registry restricts nothing else.
  return true;
}

static std::string listAllowed(const std::vector<OpAttrValue> &allowed) {
  std::string text;
  for (const OpAttrValue &value : allowed) {
    if (!text.empty())
      text += ", ";
    if (auto *type = std::get_if<TypeValue>(&value.value))
      text += dataTypeName(type->type);
    else if (auto *string = std::get_if<std::string>(&value.value))
      text += "'" + *string + "'";
  }
  return text;
}

/// Checks one element, or an attribute that is no list.
static Status checkValue(const OpAttr &expected, Attribute attr) {
  if (expected.allowed.empty())
    return Status();
  for (const OpAttrValue &allowed : expected.allowed)
    if (equals(attr, allowed))
      return Status();
  return Status::badInput("attribute '" + expected.name + "' must be one of " +
                          listAllowed(expected.allowed) + ", got " +
                          describe(attr));
}

/// The kind inside a raw attribute: a serialized AttrValue has one known field,
/// and it comes first.
static bool rawIsOfKind(StringRef bytes, OpAttrKind kind, bool isList) {
  static constexpr unsigned fields[] = {2, 3, 4, 5, 6, 7, 8, 10};
  constexpr unsigned listField = 1;
  unsigned expected = isList ? listField : fields[static_cast<int>(kind)];
  return !bytes.empty() &&
         static_cast<unsigned char>(bytes.front()) >> 3 == expected;
}

static Status checkAttr(const OpAttr &expected, Attribute attr) {
  if (isa<PlaceholderAttr>(attr))
    return Status();
  if (auto raw = dyn_cast<RawAttr>(attr)) {
    if (rawIsOfKind(raw.getBytes().getValue(), expected.kind, expected.isList))
      return Status();
    return Status::badInput("attribute '" + expected.name + "' must be a " +
                            kindName(expected.kind, expected.isList) +
                            ", got another kind");
  }
  auto list = dyn_cast<ListAttr>(attr);
  bool fits = expected.isList
                  ? list && (list.getKind() == ListKind::None ||
                             list.getKind() == listKindOf(expected.kind))
                  : isOfKind(attr, expected.kind);
  if (!fits)
    return Status::badInput("attribute '" + expected.name + "' must be a " +
                            kindName(expected.kind, expected.isList) +
                            ", got " + describe(attr));
  if (list) {
    int64_t length = list.getElements().size();
    if (expected.minimum && length < *expected.minimum)
      return Status::badInput("attribute '" + expected.name +
                              "' must have at least " +
                              std::to_string(*expected.minimum) +
                              " elements, got " + std::to_string(length));
    for (Attribute element : list.getElements())
      if (Status status = checkValue(expected, element); !status)
        return status;
    return Status();
  }
  if (auto integer = dyn_cast<IntegerAttr>(attr))
    if (expected.minimum && integer.getInt() < *expected.minimum)
      return Status::badInput("attribute '" + expected.name +
                              "' must be at least " +
                              std::to_string(*expected.minimum) + ", got " +
                              std::to_string(integer.getInt()));
  return checkValue(expected, attr);
}

/// TF-TRT's operator had other attributes before TensorFlow 1.14, and its files
/// are still read: only what decides on inputs and outputs is asked of it.
static bool hasOlderForms(const OpSignature &signature) {
  return signature.name == tftrt::kEngineOp;
}

Status graph::checkComplete(const OpSignature &signature,
                            DictionaryAttr attrs) {
  for (const OpAttr &expected : signature.attrs)
    if (!expected.defaultValue && !attrs.contains(expected.name) &&
        !(hasOlderForms(signature) && !expected.isList))
      return Status::badInput("op '" + signature.name + "' needs attribute '" +
                              expected.name + "' of kind " +
                              kindName(expected.kind, expected.isList));
  return Status();
}

Status graph::checkAttrs(const OpSignature &signature, DictionaryAttr attrs) {
  for (const OpAttr &expected : signature.attrs) {
    Attribute attr = attrs.get(expected.name);
    // INT8CALIB was a precision.
    if (!attr ||
        (hasOlderForms(signature) && expected.name == "precision_mode"))
      continue;
    if (Status status = checkAttr(expected, attr); !status)
      return status;
  }
  if (signature.name != "Const")
    return Status();
  auto type = attrs.getAs<TypeAttr>("dtype");
  auto value = attrs.getAs<TensorAttr>("value");
  if (!type || !value)
    return Status();
  Type element = value.getValue().getShapedType().getElementType();
  if (element == type.getValue())
    return Status();
  return Status::badInput("attribute 'value' must have the type of 'dtype', " +
                          describe(type) + ", got " +
                          describe(TypeAttr::get(element)));
}
