//===- RangeTable.cpp - which numbers each tensor holds -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "calibration/RangeTable.h"
#include "calibration/RangeTableFile.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

using namespace graft;
using nlohmann::json;

static constexpr int kSchemaVersion = 1;

/// Larger than any real count; sums of this many bins do not overflow.
static constexpr int64_t kMaxCount = int64_t(1) << 48;

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

/// Reads a number that T can hold.
template <typename T>
static bool readNumber(const json *value, T &number) {
  if (!value || !value->is_number())
    return false;
  double wide = value->get<double>();
  if (!(std::fabs(wide) <= static_cast<double>(std::numeric_limits<T>::max())))
    return false;
  number = static_cast<T>(wide);
  return static_cast<double>(number) == wide || std::is_floating_point_v<T>;
}

template <typename T>
static bool readNumbers(const json *value, std::vector<T> &numbers) {
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

/// Two numbers in ascending order.
static bool readLimits(const json *value, float &least, float &most) {
  std::vector<float> limits;
  if (!readNumbers(value, limits) || limits.size() != 2 ||
      limits[0] > limits[1])
    return false;
  least = limits[0];
  most = limits[1];
  return true;
}

static bool readCounts(const json *value, std::vector<int64_t> &counts) {
  if (!value || !value->is_array())
    return false;
  int64_t bin = 0;
  for (const json &entry : *value) {
    if (!entry.is_number_integer())
      return false;
    auto number = entry.get<int64_t>();
    if (number < -ops::kNumBins || number > kMaxCount || number == 0)
      return false;
    if (number > 0 && bin < ops::kNumBins)
      counts[bin] = number;
    bin += number > 0 ? 1 : -number;
    if (bin > ops::kNumBins)
      return false;
  }
  return bin > 0;
}

/// The observations of a tensor, if the table has them.
static Status parseObservation(const json &entry, TensorRange &range) {
  const json *counts = getMember(entry, "counts");
  if (!counts)
    return Status();
  Observation &seen = range.seen.emplace();
  seen.min = range.observedMin;
  seen.max = range.observedMax;
  Histogram &histogram = seen.histogram;
  int want = ops::findWidthExponent(
      std::max(std::fabs(seen.min), std::fabs(seen.max)));
  if (!readNumber(getMember(entry, "exponent"), histogram.exponent) ||
      histogram.exponent != want)
    return damaged("the 'exponent' of what was observed, " +
                   std::to_string(want) + ",");
  if (!readCounts(counts, histogram.counts))
    return damaged("'counts' of " + std::to_string(ops::kNumBins) + " bins");
  const json *batches = getMember(entry, "batches");
  if (!batches || !batches->is_array() || batches->empty())
    return damaged("one or more 'batches'");
  for (const json &limits : *batches) {
    auto &[least, most] = seen.batches.emplace_back();
    if (!readLimits(&limits, least, most))
      return damaged("two finite numbers in each of 'batches'");
  }
  const json *sums = getMember(entry, "sums");
  if ((sums && !readNumbers(sums, seen.sums)) ||
      seen.sums.size() != range.mean.size())
    return damaged("as many 'sums' as means");
  return Status();
}

static Status parseRange(const json &entry, TensorRange &range) {
  if (!entry.is_object())
    return damaged("an object");
  if (!readNumber(getMember(entry, "min"), range.min) ||
      !readNumber(getMember(entry, "max"), range.max) || range.min > range.max)
    return damaged("finite numbers 'min' and 'max' in this order");
  if (!readLimits(getMember(entry, "observed"), range.observedMin,
                  range.observedMax))
    return damaged("'observed', two finite numbers in this order,");
  const json *mean = getMember(entry, "mean");
  if (mean && !readNumbers(mean, range.mean))
    return damaged("finite numbers in 'mean'");
  return parseObservation(entry, range);
}

/// The hash as 16 digits.
static bool readHash(const json *value, uint64_t &hash) {
  std::string text;
  if (!readString(value, text) || text.size() != 16)
    return false;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), hash, 16);
  return error == std::errc() && end == text.data() + text.size();
}

static Status parseWide(const json &entry, WideLayer &layer) {
  const json *precision =
      entry.is_object() ? getMember(entry, "precision") : nullptr;
  const json *error = entry.is_object() ? getMember(entry, "error") : nullptr;
  if (!entry.is_object() || !readString(getMember(entry, "node"), layer.node) ||
      (error && !readNumber(error, layer.error.emplace())) ||
      !readNumber(getMember(entry, "microseconds"), layer.microseconds))
    return damaged("'node', 'error' and 'microseconds' in 'wide'");
  // Tables without it are older than the choice of precisions.
  if (!precision)
    return Status();
  std::string name;
  std::optional<Precision> known;
  if (readString(precision, name)) // tables used to have f32
    known = parsePrecision(fromStoredPrecision(name));
  if (known != Precision::FP32 && known != Precision::BF16)
    return damaged("'precision' fp32 or bf16 in 'wide'");
  layer.precision = *known;
  return Status();
}

static Status parseSpeed(const json &speed, MeasuredSpeed &measured) {
  if (!speed.is_object() ||
      !readNumber(getMember(speed, "threads"), measured.threads))
    return damaged("'speed' with a number of 'threads'");
  const json *times = getMember(speed, "microseconds");
  if (!times || !times->is_object())
    return damaged("an object 'microseconds' in 'speed'");
  for (const auto &[precision, time] : times->items())
    if (!readNumber(&time, measured.microseconds[precision]))
      return damaged("numbers in the 'microseconds' of 'speed'");
  return Status();
}

/// The layers' precisions, and the criteria of the choice.
static Status parseChoices(const json &root, RangeTable &table) {
  const json *budget = getMember(root, "budget");
  const json *speed = getMember(root, "speed");
  const json *wide = getMember(root, "wide");
  if (!budget && !speed && !wide)
    return Status();
  if (speed)
    GRAFT_RETURN_IF_ERROR(parseSpeed(*speed, table.speed.emplace()));
  if ((budget || !speed) &&
      (!budget || !budget->is_object() ||
       !readString(getMember(*budget, "limit"), table.budget) ||
       !readNumber(getMember(*budget, "reached"), table.reached)))
    return damaged("'budget' with a string 'limit' and a number 'reached'");
  if (!wide || !wide->is_array())
    return damaged("an array 'wide'");
  for (const json &entry : *wide)
    GRAFT_RETURN_IF_ERROR(parseWide(entry, table.wide.emplace_back()));
  return Status();
}

static bool isRangeTable(std::string_view text) {
  json root = json::parse(text.begin(), text.end(), nullptr,
                          /*allow_exceptions=*/false);
  return root.is_object() && root.contains("schema_version") &&
         root.contains("tensors");
}

const FileKind graft::kRangeTableFile{"a calibration table", isRangeTable};

Expected<RangeTable> RangeTable::parse(std::string_view text) {
  json root = json::parse(text.begin(), text.end(), nullptr,
                          /*allow_exceptions=*/false);
  if (!root.is_object())
    return damaged("to be a whole JSON object");
  const json *version = getMember(root, "schema_version");
  if (!version || !version->is_number_integer() || *version != kSchemaVersion)
    return damaged("schema_version " + std::to_string(kSchemaVersion) +
                   (version && version->is_number() ? ", got " + version->dump()
                                                    : std::string()));
  RangeTable table;
  if (!readString(getMember(root, "algorithm"), table.algorithm))
    return damaged("a string 'algorithm'");
  const json *percentile = getMember(root, "percentile");
  if (percentile && (!readNumber(percentile, table.percentile) ||
                     table.percentile <= 0 || table.percentile > 100))
    return damaged("a 'percentile' of at most 100");
  if (const json *equalized = getMember(root, "equalized")) {
    if (!equalized->is_boolean())
      return damaged("true or false for 'equalized'");
    table.equalized = equalized->get<bool>();
  }
  const json *data = getMember(root, "data");
  if (!data || !data->is_object() ||
      !readHash(getMember(*data, "hash"), table.dataHash))
    return damaged("'data' with a 'hash' of 16 digits");
  const json *samples = getMember(*data, "samples");
  if (!samples || !samples->is_number_unsigned())
    return damaged("a number of 'samples' in 'data'");
  table.samples = samples->get<uint64_t>();
  GRAFT_RETURN_IF_ERROR(parseChoices(root, table));
  const json *tensors = getMember(root, "tensors");
  if (!tensors || !tensors->is_object())
    return damaged("an object 'tensors'");
  for (const auto &[name, entry] : tensors->items())
    if (Status status = parseRange(entry, table.ranges[name]); !status)
      return Status(status.code(),
                    status.message() + " for tensor '" + name + "'");
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
template <typename T>
static void append(std::string &text, T number) {
  char digits[32];
  text.append(digits, std::to_chars(digits, std::end(digits), number).ptr);
}

static void append(std::string &text, const std::pair<float, float> &limits) {
  text += '[';
  append(text, limits.first);
  text += ", ";
  append(text, limits.second);
  text += ']';
}

template <typename T>
static void append(std::string &text, const std::vector<T> &entries) {
  text += '[';
  for (size_t i = 0; i < entries.size(); ++i) {
    text += i ? ", " : "";
    append(text, entries[i]);
  }
  text += ']';
}

template <typename T>
static void appendMember(std::string &text, const char *key, const T &value) {
  text += std::string(text.back() == '{' ? "\"" : ", \"") + key + "\": ";
  append(text, value);
}

/// The counts without the zeros; see the header.
static std::vector<int64_t> pack(const std::vector<int64_t> &counts) {
  std::vector<int64_t> packed;
  int64_t empty = 0;
  for (int64_t count : counts) {
    empty += count == 0;
    if (count == 0)
      continue;
    if (empty > 0)
      packed.push_back(-empty);
    packed.push_back(count);
    empty = 0;
  }
  return packed;
}

static void appendRange(std::string &text, const TensorRange &range,
                        bool whole) {
  text += '{';
  appendMember(text, "min", range.min);
  appendMember(text, "max", range.max);
  appendMember(text, "observed",
               std::pair(range.observedMin, range.observedMax));
  if (!range.mean.empty())
    appendMember(text, "mean", range.mean);
  if (whole && range.seen) {
    appendMember(text, "exponent", range.seen->histogram.exponent);
    appendMember(text, "counts", pack(range.seen->histogram.counts));
    appendMember(text, "batches", range.seen->batches);
    if (!range.seen->sums.empty())
      appendMember(text, "sums", range.seen->sums);
  }
  text += '}';
}

static void appendChoices(std::string &text, const RangeTable &table) {
  if (!table.hasChoices())
    return;
  if (!table.budget.empty()) {
    text += ",\n \"budget\": {\"limit\": " + quote(table.budget) +
            ", \"reached\": ";
    append(text, table.reached);
    text += '}';
  }
  if (table.speed) {
    text += ",\n \"speed\": {";
    appendMember(text, "threads", table.speed->threads);
    text += ", \"microseconds\": {";
    for (const auto &[precision, time] : table.speed->microseconds)
      appendMember(text, precision.c_str(), time);
    text += "}}";
  }
  text += ",\n \"wide\": [";
  const char *separator = "\n  ";
  for (const WideLayer &layer : table.wide) {
    text += separator + ("{\"node\": " + quote(layer.node)) +
            ", \"precision\": " + quote(std::string(getName(layer.precision)));
    if (layer.error)
      appendMember(text, "error", *layer.error);
    appendMember(text, "microseconds", layer.microseconds);
    text += '}';
    separator = ",\n  ";
  }
  text += ']';
}

std::string RangeTable::write(bool whole) const {
  std::string text =
      "{\n \"schema_version\": " + std::to_string(kSchemaVersion) +
      ",\n \"algorithm\": " + quote(algorithm);
  if (percentile > 0)
    appendMember(text, "percentile", percentile);
  if (equalized)
    text += ", \"equalized\": true";
  char digits[17];
  std::snprintf(digits, sizeof(digits), "%016llx",
                static_cast<unsigned long long>(dataHash));
  text += std::string(",\n \"data\": {\"hash\": \"") + digits +
          "\", \"samples\": " + std::to_string(samples) + "}";
  appendChoices(text, *this);
  text += ",\n \"tensors\": {";
  const char *separator = "\n  ";
  for (const auto &[name, range] : ranges) {
    text += separator + quote(name) + ": ";
    appendRange(text, range, whole);
    separator = ",\n  ";
  }
  return text + "\n }\n}\n";
}

const TensorRange *RangeTable::find(std::string_view name) const {
  auto it = ranges.find(name);
  return it == ranges.end() ? nullptr : &it->second;
}

void RangeTable::set(const std::string &name, TensorRange range) {
  ranges[name] = std::move(range);
}
