//===- OpSignature.cpp - What TensorFlow's registry says of an op ---------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resolving a node's arguments to tensors.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/OpSignature.h"

#include <algorithm>

using namespace graft;
using namespace graft::graph;

/// No node has as many tensors; a damaged attribute must not exhaust memory.
static constexpr int64_t maxTensorsPerArg = 1 << 20;

AttrSource::~AttrSource() = default;

const OpAttr *OpSignature::findAttr(std::string_view attrName) const {
  auto found =
      std::find_if(attrs.begin(), attrs.end(),
                   [&](const OpAttr &attr) { return attr.name == attrName; });
  return found == attrs.end() ? nullptr : &*found;
}

static std::optional<size_t> find(const std::vector<OpArg> &args,
                                  std::string_view name) {
  auto found = std::find_if(args.begin(), args.end(),
                            [&](const OpArg &arg) { return arg.name == name; });
  if (found == args.end())
    return std::nullopt;
  return found - args.begin();
}

std::optional<size_t> OpSignature::findInput(std::string_view argName) const {
  return find(inputs, argName);
}

std::optional<size_t> OpSignature::findOutput(std::string_view argName) const {
  return find(outputs, argName);
}

std::optional<size_t> FlatArgs::flatIndex(size_t arg, size_t index) const {
  if (arg + 1 >= starts.size() || index >= count(arg))
    return std::nullopt;
  return first(arg) + index;
}

std::pair<size_t, size_t> FlatArgs::argAndIndex(size_t flat) const {
  // Empty arguments share their start with the next one: take the last.
  auto after = std::upper_bound(starts.begin(), starts.end(), flat);
  size_t arg = after - starts.begin() - 1;
  return {arg, flat - starts[arg]};
}

/// The default of an attribute as a T, if it has one.
template <typename T>
static const T *defaultOf(const OpSignature &signature, std::string_view name) {
  const OpAttr *attr = signature.findAttr(name);
  if (!attr || !attr->defaultValue)
    return nullptr;
  return std::get_if<T>(&attr->defaultValue->value);
}

static std::optional<int64_t> intOf(const OpSignature &signature,
                                    const AttrSource &attrs,
                                    const std::string &name) {
  if (std::optional<int64_t> value = attrs.intAttr(name))
    return value;
  if (const int64_t *value = defaultOf<int64_t>(signature, name))
    return *value;
  return std::nullopt;
}

static std::optional<int> typeOf(const OpSignature &signature,
                                 const AttrSource &attrs,
                                 const std::string &name) {
  if (std::optional<int> value = attrs.typeAttr(name))
    return value;
  if (const TypeValue *value = defaultOf<TypeValue>(signature, name))
    return value->type;
  return std::nullopt;
}

static std::optional<std::vector<int>> typesOf(const OpSignature &signature,
                                               const AttrSource &attrs,
                                               const std::string &name) {
  if (std::optional<std::vector<int>> value = attrs.typeListAttr(name))
    return value;
  const auto *list = defaultOf<std::vector<OpAttrValue>>(signature, name);
  if (!list)
    return std::nullopt;
  std::vector<int> types;
  for (const OpAttrValue &element : *list)
    if (const TypeValue *type = std::get_if<TypeValue>(&element.value))
      types.push_back(type->type);
  return types;
}

Expected<FlatArgs> graft::graph::flattenArgs(const OpSignature &signature,
                                             const std::vector<OpArg> &args,
                                             const AttrSource &attrs) {
  auto lacks = [&](const std::string &attr, const char *kind) {
    return Status::badInput("op '" + signature.name + "' needs attribute '" +
                            attr + "' of kind " + kind);
  };
  FlatArgs flat;
  for (const OpArg &arg : args) {
    int offset = arg.isRef ? refTypeOffset : 0;
    if (!arg.typeListAttr.empty()) {
      std::optional<std::vector<int>> types =
          typesOf(signature, attrs, arg.typeListAttr);
      if (!types)
        return lacks(arg.typeListAttr, "list(type)");
      for (int type : *types)
        flat.types.push_back(type + offset);
      flat.starts.push_back(flat.types.size());
      continue;
    }
    int type = arg.type;
    if (!arg.typeAttr.empty()) {
      std::optional<int> value = typeOf(signature, attrs, arg.typeAttr);
      if (!value)
        return lacks(arg.typeAttr, "type");
      type = *value;
    }
    int64_t count = 1;
    if (!arg.numberAttr.empty()) {
      std::optional<int64_t> value = intOf(signature, attrs, arg.numberAttr);
      if (!value)
        return lacks(arg.numberAttr, "int");
      if (*value < 0 || *value > maxTensorsPerArg)
        return Status::badInput("op '" + signature.name + "': attribute '" +
                                arg.numberAttr +
                                "' must be the number of tensors in '" +
                                arg.name + "', got " + std::to_string(*value));
      count = *value;
    }
    flat.types.insert(flat.types.end(), count, type + offset);
    flat.starts.push_back(flat.types.size());
  }
  return flat;
}
