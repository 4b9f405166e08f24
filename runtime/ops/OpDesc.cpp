//===- OpDesc.cpp - attributes by name ------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A sorted list of named values: an operation has so few that a binary search
// is fastest.
//===----------------------------------------------------------------------===//
#include "runtime/ops/OpDesc.h"

#include <algorithm>

using namespace graft::ops;

namespace {
template <typename Entries>
auto position(Entries &entries, std::string_view name) {
  return std::lower_bound(entries.begin(), entries.end(), name,
                          [](const auto &entry, std::string_view key) {
                            return entry.first < key;
                          });
}
} // namespace

void Attributes::set(std::string name, AttributeValue value) {
  auto it = position(entries, name);
  if (it != entries.end() && it->first == name)
    it->second = std::move(value);
  else
    entries.emplace(it, std::move(name), std::move(value));
}

const AttributeValue *Attributes::find(std::string_view name) const {
  auto it = position(entries, name);
  return it != entries.end() && it->first == name ? &it->second : nullptr;
}

int64_t Attributes::getInt(std::string_view name, int64_t fallback) const {
  const AttributeValue *value = find(name);
  const int64_t *integer = value ? std::get_if<int64_t>(value) : nullptr;
  return integer ? *integer : fallback;
}

double Attributes::getFloat(std::string_view name, double fallback) const {
  const AttributeValue *value = find(name);
  const double *number = value ? std::get_if<double>(value) : nullptr;
  return number ? *number : fallback;
}

std::string_view Attributes::getString(std::string_view name) const {
  const AttributeValue *value = find(name);
  const std::string *text = value ? std::get_if<std::string>(value) : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

const std::vector<int64_t> &Attributes::getInts(std::string_view name) const {
  static const std::vector<int64_t> kEmpty;
  const AttributeValue *value = find(name);
  const auto *ints = value ? std::get_if<std::vector<int64_t>>(value) : nullptr;
  return ints ? *ints : kEmpty;
}

const std::vector<double> &Attributes::getFloats(std::string_view name) const {
  static const std::vector<double> kEmpty;
  const AttributeValue *value = find(name);
  const auto *floats =
      value ? std::get_if<std::vector<double>>(value) : nullptr;
  return floats ? *floats : kEmpty;
}
