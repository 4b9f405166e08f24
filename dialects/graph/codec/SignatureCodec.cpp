//===- SignatureCodec.cpp - OpDef as a signature --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/graph/codec/SignatureCodec.h"

#include <algorithm>

using namespace graft;
using namespace graft::graph;
using tensorflow::OpDef;

static Expected<OpArg> decodeArg(const OpDef::ArgDef &def) {
  OpArg arg;
  arg.name = def.name();
  arg.type = def.type();
  arg.typeAttr = def.type_attr();
  arg.typeListAttr = def.type_list_attr();
  arg.numberAttr = def.number_attr();
  arg.isRef = def.is_ref();
  int ways =
      (arg.type != 0) + !arg.typeAttr.empty() + !arg.typeListAttr.empty();
  if (ways != 1)
    return Status::badInput("argument '" + def.name() +
                            "' must have exactly one of type, type_attr and "
                            "type_list_attr, got " +
                            std::to_string(ways));
  return arg;
}

static graph::OpAttrValue
decodeShape(const tensorflow::TensorShapeProto &proto) {
  ShapeValue shape;
  shape.hasRank = !proto.unknown_rank();
  for (const auto &dim : proto.dim())
    shape.dims.push_back(dim.size());
  return {shape};
}

static std::vector<graph::OpAttrValue>
decodeList(const tensorflow::AttrValue::ListValue &proto) {
  std::vector<graph::OpAttrValue> list;
  for (const std::string &s : proto.s())
    list.push_back({s});
  for (int64_t i : proto.i())
    list.push_back({i});
  for (float f : proto.f())
    list.push_back({f});
  for (bool b : proto.b())
    list.push_back({b});
  for (int type : proto.type())
    list.push_back({TypeValue{type}});
  for (const auto &shape : proto.shape())
    list.push_back(decodeShape(shape));
  for (const auto &func : proto.func())
    list.push_back({FuncValue{func.name()}});
  return list;
}

/// The value; of a tensor only the type, which is all that validation asks.
static std::optional<graph::OpAttrValue>
decodeValue(const tensorflow::AttrValue &proto) {
  using Proto = tensorflow::AttrValue;
  switch (proto.value_case()) {
  case Proto::kS:
    return graph::OpAttrValue{proto.s()};
  case Proto::kI:
    return graph::OpAttrValue{int64_t(proto.i())};
  case Proto::kF:
    return graph::OpAttrValue{proto.f()};
  case Proto::kB:
    return graph::OpAttrValue{proto.b()};
  case Proto::kType:
    return graph::OpAttrValue{TypeValue{proto.type()}};
  case Proto::kShape:
    return decodeShape(proto.shape());
  case Proto::kTensor:
    return graph::OpAttrValue{TensorValue{proto.tensor().dtype(), {}, {}}};
  case Proto::kFunc:
    return graph::OpAttrValue{FuncValue{proto.func().name()}};
  case Proto::kList:
    return graph::OpAttrValue{decodeList(proto.list())};
  case Proto::kPlaceholder:
  case Proto::VALUE_NOT_SET:
    return std::nullopt;
  }
  return std::nullopt;
}

static constexpr std::pair<const char *, OpAttrKind> kinds[] = {
    {"string", OpAttrKind::String}, {"int", OpAttrKind::Int},
    {"float", OpAttrKind::Float},   {"bool", OpAttrKind::Bool},
    {"type", OpAttrKind::Type},     {"shape", OpAttrKind::Shape},
    {"tensor", OpAttrKind::Tensor}, {"func", OpAttrKind::Func}};

static Expected<OpAttr> decodeAttrDef(const OpDef::AttrDef &def) {
  OpAttr attr;
  attr.name = def.name();
  std::string kind = def.type();
  if (kind.rfind("list(", 0) == 0 && kind.back() == ')') {
    attr.isList = true;
    kind = kind.substr(5, kind.size() - 6);
  }
  const auto *known = std::find_if(std::begin(kinds), std::end(kinds),
                                   [&](auto &k) { return kind == k.first; });
  if (known == std::end(kinds))
    return Status::badInput("attribute '" + def.name() +
                            "' must be of a kind that TensorFlow has, got '" +
                            def.type() + "'");
  attr.kind = known->second;
  if (def.has_minimum())
    attr.minimum = def.minimum();
  if (def.has_allowed_values())
    attr.allowed = decodeList(def.allowed_values().list());
  if (def.has_default_value())
    attr.defaultValue = decodeValue(def.default_value());
  return attr;
}

Expected<OpSignature> graph::decodeSignature(const OpDef &def) {
  OpSignature signature;
  signature.name = def.name();
  auto decodeArgs = [](const auto &defs, std::vector<OpArg> &args) {
    for (const OpDef::ArgDef &argDef : defs) {
      Expected<OpArg> arg = decodeArg(argDef);
      if (!arg)
        return arg.status();
      args.push_back(*std::move(arg));
    }
    return Status();
  };
  if (Status status = decodeArgs(def.input_arg(), signature.inputs); !status)
    return status;
  if (Status status = decodeArgs(def.output_arg(), signature.outputs); !status)
    return status;
  for (const OpDef::AttrDef &attrDef : def.attr()) {
    Expected<OpAttr> attr = decodeAttrDef(attrDef);
    if (!attr)
      return attr.status();
    signature.attrs.push_back(*std::move(attr));
  }
  signature.isAggregate = def.is_aggregate();
  signature.isCommutative = def.is_commutative();
  signature.isDistributed = def.is_distributed_communication();
  signature.isStateful = def.is_stateful();
  signature.allowsUninitializedInput = def.allows_uninitialized_input();
  return signature;
}

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

static void
encodeArgs(const std::vector<OpArg> &args,
           google::protobuf::RepeatedPtrField<OpDef::ArgDef> &defs) {
  for (const OpArg &arg : args) {
    OpDef::ArgDef &def = *defs.Add();
    def.set_name(arg.name);
    def.set_type(static_cast<tensorflow::DataType>(arg.type));
    def.set_type_attr(arg.typeAttr);
    def.set_type_list_attr(arg.typeListAttr);
    def.set_number_attr(arg.numberAttr);
    def.set_is_ref(arg.isRef);
  }
}

static void encodeShape(const ShapeValue &shape,
                        tensorflow::TensorShapeProto &proto) {
  proto.set_unknown_rank(!shape.hasRank);
  for (int64_t dim : shape.dims)
    proto.add_dim()->set_size(dim);
}

static void encodeTensor(const TensorValue &tensor,
                         tensorflow::TensorProto &proto) {
  proto.set_dtype(static_cast<tensorflow::DataType>(tensor.type));
  encodeShape(tensor.shape, *proto.mutable_tensor_shape());
  for (int64_t value : tensor.values)
    proto.add_int_val(static_cast<int32_t>(value));
}

static void encodeElement(const graph::OpAttrValue &element,
                          tensorflow::AttrValue::ListValue &list) {
  if (auto *s = std::get_if<std::string>(&element.value))
    list.add_s(*s);
  else if (auto *i = std::get_if<int64_t>(&element.value))
    list.add_i(*i);
  else if (auto *f = std::get_if<float>(&element.value))
    list.add_f(*f);
  else if (auto *b = std::get_if<bool>(&element.value))
    list.add_b(*b);
  else if (auto *type = std::get_if<TypeValue>(&element.value))
    list.add_type(static_cast<tensorflow::DataType>(type->type));
  else if (auto *shape = std::get_if<ShapeValue>(&element.value))
    encodeShape(*shape, *list.add_shape());
  else if (auto *tensor = std::get_if<TensorValue>(&element.value))
    encodeTensor(*tensor, *list.add_tensor());
  else if (auto *func = std::get_if<FuncValue>(&element.value))
    list.add_func()->set_name(func->name);
}

static void encodeValue(const graph::OpAttrValue &value,
                        tensorflow::AttrValue &proto) {
  if (auto *s = std::get_if<std::string>(&value.value))
    proto.set_s(*s);
  else if (auto *i = std::get_if<int64_t>(&value.value))
    proto.set_i(*i);
  else if (auto *f = std::get_if<float>(&value.value))
    proto.set_f(*f);
  else if (auto *b = std::get_if<bool>(&value.value))
    proto.set_b(*b);
  else if (auto *type = std::get_if<TypeValue>(&value.value))
    proto.set_type(static_cast<tensorflow::DataType>(type->type));
  else if (auto *shape = std::get_if<ShapeValue>(&value.value))
    encodeShape(*shape, *proto.mutable_shape());
  else if (auto *tensor = std::get_if<TensorValue>(&value.value))
    encodeTensor(*tensor, *proto.mutable_tensor());
  else if (auto *func = std::get_if<FuncValue>(&value.value))
    proto.mutable_func()->set_name(func->name);
  else if (auto *list =
               std::get_if<std::vector<graph::OpAttrValue>>(&value.value)) {
    // An empty list is a value, too.
    tensorflow::AttrValue::ListValue &target = *proto.mutable_list();
    for (const graph::OpAttrValue &element : *list)
      encodeElement(element, target);
  }
}

OpDef graph::encodeSignature(const OpSignature &signature) {
  OpDef def;
  def.set_name(signature.name);
  encodeArgs(signature.inputs, *def.mutable_input_arg());
  encodeArgs(signature.outputs, *def.mutable_output_arg());
  for (const OpAttr &attr : signature.attrs) {
    OpDef::AttrDef &attrDef = *def.add_attr();
    attrDef.set_name(attr.name);
    const auto *kind =
        std::find_if(std::begin(kinds), std::end(kinds),
                     [&](auto &k) { return k.second == attr.kind; });
    attrDef.set_type(attr.isList ? std::string("list(") + kind->first + ")"
                                 : kind->first);
    if (attr.minimum) {
      attrDef.set_has_minimum(true);
      attrDef.set_minimum(*attr.minimum);
    }
    for (const graph::OpAttrValue &allowed : attr.allowed)
      encodeElement(allowed, *attrDef.mutable_allowed_values()->mutable_list());
    if (attr.defaultValue)
      encodeValue(*attr.defaultValue, *attrDef.mutable_default_value());
  }
  def.set_is_aggregate(signature.isAggregate);
  def.set_is_commutative(signature.isCommutative);
  def.set_is_distributed_communication(signature.isDistributed);
  def.set_is_stateful(signature.isStateful);
  def.set_allows_uninitialized_input(signature.allowsUninitializedInput);
  return def;
}
