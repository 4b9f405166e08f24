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

static Expected<OpAttr> decodeAttrDef(const OpDef::AttrDef &def) {
  static constexpr std::pair<const char *, OpAttrKind> kinds[] = {
      {"string", OpAttrKind::String}, {"int", OpAttrKind::Int},
      {"float", OpAttrKind::Float},   {"bool", OpAttrKind::Bool},
      {"type", OpAttrKind::Type},     {"shape", OpAttrKind::Shape},
      {"tensor", OpAttrKind::Tensor}, {"func", OpAttrKind::Func}};
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
