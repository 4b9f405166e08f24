//===- RangeTable.cpp - which numbers each tensor holds -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn/RangeTable.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

using namespace graft;
using namespace graft::nn;
using nlohmann::json;

static constexpr int kSchemaVersion = 1;

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static Status damaged(const std::string &what) {
  return Status::badInput("a calibration table needs " + what);
}

/// The member `key` of an object, or null.
static const json *getMember(const json &object, const char *key) {
  auto it = object.find(key);
  return it == object.end() ? nullptr : &*it;
}

static bool readNumber(const json *value, float &number) {
  if (!value || !value->is_number())
    return false;
  double wide = value->get<double>();
  if (!(std::abs(wide) <= std::numeric_limits<float>::max()))
    return false;
  number = static_cast<float>(wide);
  return true;
}

static bool readNumbers(const json *value, std::vector<float> &numbers) {
  if (!value || !value->is_array())
    return false;
  numbers.resize(value->size());
  for (size_t i = 0; i < numbers.size(); ++i)
    if (!readNumber(&(*value)[i], numbers[i]))
      return false;
  return true;
}

static bool readString(const json *value, std::string &text) {
  if (!value || !value->is_string())
    return false;
  text = value->get<std::string>();
  return true;
}

static Status parseRange(const std::string &name, const json &entry,
                         Range &range) {
  auto wrong = [&](const std::string &what) {
    return damaged(what + " for tensor '" + name + "'");
  };
  if (!entry.is_object())
    return wrong("an object");
  if (!readNumber(getMember(entry, "min"), range.min) ||
      !readNumber(getMember(entry, "max"), range.max) || range.min > range.max)
    return wrong("finite numbers 'min' and 'max' in this order");
  std::vector<float> observed;
  if (!readNumbers(getMember(entry, "observed"), observed) ||
      observed.size() != 2 || observed[0] > observed[1])
    return wrong("'observed', two finite numbers in ascending order,");
  range.observedMin = observed[0];
  range.observedMax = observed[1];
  const json *mean = getMember(entry, "mean");
  if (mean && !readNumbers(mean, range.mean))
    return wrong("finite numbers in 'mean'");
  return Status();
}

Expected<RangeTable> RangeTable::parse(std::string_view text) {
  json root = json::parse(text.begin(), text.end(), nullptr,
                          /*allow_exceptions=*/false);
  if (!root.is_object())
    return damaged("to be a whole JSON object");
  const json *version = getMember(root, "schema_version");
  if (!version || !version->is_number_integer() || *version != kSchemaVersion)
    return damaged(
        "schema_version " + std::to_string(kSchemaVersion) +
        (version ? ", got " + version->dump(-1, ' ', false,
                                            json::error_handler_t::replace)
                 : std::string()));
  RangeTable table;
  if (!readString(getMember(root, "algorithm"), table.algorithm))
    return damaged("a string 'algorithm'");
  const json *data = getMember(root, "data");
  if (!data || !data->is_object() ||
      !readString(getMember(*data, "hash"), table.dataHash))
    return damaged("'data' with a string 'hash'");
  const json *samples = getMember(*data, "samples");
  if (!samples || !samples->is_number_unsigned())
    return damaged("a number of 'samples' in 'data'");
  table.samples = samples->get<uint64_t>();
  const json *tensors = getMember(root, "tensors");
  if (!tensors || !tensors->is_object())
    return damaged("an object 'tensors'");
  for (const auto &[name, entry] : tensors->items())
    GRAFT_RETURN_IF_ERROR(parseRange(name, entry, table.ranges[name]));
  return table;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// Names come from graphs, and may be any bytes.
static std::string quote(const std::string &text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The fewest digits that read back as the same number.
static void append(std::string &text, float number) {
  char digits[32];
  text.append(digits, std::to_chars(digits, std::end(digits), number).ptr);
}

static void append(std::string &text, const std::vector<float> &numbers) {
  text += '[';
  for (size_t i = 0; i < numbers.size(); ++i) {
    text += i ? ", " : "";
    append(text, numbers[i]);
  }
  text += ']';
}

std::string RangeTable::write() const {
  std::string text =
      "{\n \"schema_version\": " + std::to_string(kSchemaVersion) +
      ",\n \"algorithm\": " + quote(algorithm) +
      ",\n \"data\": {\"hash\": " + quote(dataHash) +
      ", \"samples\": " + std::to_string(samples) + "},\n \"tensors\": {";
  const char *separator = "\n  ";
  for (const auto &[name, range] : ranges) {
    text += separator + quote(name) + ": {\"min\": ";
    append(text, range.min);
    text += ", \"max\": ";
    append(text, range.max);
    text += ", \"observed\": ";
    append(text, {range.observedMin, range.observedMax});
    if (!range.mean.empty()) {
      text += ", \"mean\": ";
      append(text, range.mean);
    }
    text += '}';
    separator = ",\n  ";
  }
  return text + "\n }\n}\n";
}

const Range *RangeTable::find(std::string_view name) const {
  auto it = ranges.find(name);
  return it == ranges.end() ? nullptr : &it->second;
}

void RangeTable::set(const std::string &name, Range range) {
  ranges[name] = std::move(range);
}
