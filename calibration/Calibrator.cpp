//===- Calibrator.cpp - from observations to a table of ranges ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "calibration/Calibrator.h"

#include <cstring>
#include <tuple>

using namespace graft;

/// The name after `prefix` if `text` begins with it, else nothing.
static std::string_view nameBehind(std::string_view text,
                                   std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix ? text.substr(prefix.size())
                                                 : std::string_view();
}

Calibrator::Calibrator(const std::vector<std::string> &outputs) {
  std::map<std::string_view, size_t> index;
  for (size_t i = 0; i < outputs.size(); ++i)
    index[outputs[i]] = i;
  for (const auto &[output, i] : index) {
    std::string name(nameBehind(output, kLimitsOf));
    auto counts = index.find(kCountsOf + name);
    if (name.empty() || counts == index.end())
      continue;
    Tensor &tensor = tensors.emplace_back();
    tensor.limits = i;
    tensor.counts = counts->second;
    if (auto mean = index.find(kMeanOf + name); mean != index.end())
      tensor.mean = mean->second;
    tensor.name = std::move(name);
  }
}

/// The elements of an array.
template <typename T>
static std::vector<T> readElements(const NpyArray &array) {
  std::vector<T> elements(array.bytes.size() / sizeof(T));
  std::memcpy(elements.data(), array.bytes.data(), elements.size() * sizeof(T));
  return elements;
}

void Calibrator::note(const std::vector<NpyArray> &outputs, int64_t samples) {
  for (Tensor &tensor : tensors) {
    auto limits = readElements<float>(outputs[tensor.limits]);
    auto counts = readElements<int64_t>(outputs[tensor.counts]);
    std::vector<float> means;
    if (tensor.mean)
      means = readElements<float>(outputs[*tensor.mean]);
    tensor.seen.addBatch(samples, limits[0], limits[1], counts.data(),
                         means.data(), means.size());
  }
}

static TensorRange makeRange(const Observation &seen,
                             const CalibrationAlgorithm &algorithm,
                             uint64_t samples) {
  TensorRange range;
  std::tie(range.min, range.max) = chooseRange(seen, algorithm);
  range.observedMin = seen.min;
  range.observedMax = seen.max;
  for (double sum : seen.sums)
    range.mean.push_back(
        static_cast<float>(sum / static_cast<double>(samples)));
  range.seen = seen;
  return range;
}

static RangeTable startTable(const CalibrationAlgorithm &algorithm,
                             uint64_t hash, uint64_t samples) {
  RangeTable table;
  table.algorithm = algorithm.name;
  if (algorithm.name == "percentile")
    table.percentile = algorithm.percentile;
  table.dataHash = hash;
  table.samples = samples;
  return table;
}

RangeTable Calibrator::makeTable(const CalibrationAlgorithm &algorithm,
                                 const SampleCounts &counts) const {
  auto samples = static_cast<uint64_t>(counts.used);
  RangeTable table = startTable(algorithm, counts.hash, samples);
  for (const Tensor &tensor : tensors)
    if (!tensor.seen.isEmpty())
      table.set(tensor.name, makeRange(tensor.seen, algorithm, samples));
  return table;
}

Expected<RangeTable>
graft::mergeTables(const std::vector<NamedTable> &tables,
                   const std::optional<CalibrationAlgorithm> &algorithm) {
  const RangeTable &first = tables.front().table;
  CalibrationAlgorithm chosen{first.algorithm, first.percentile};
  if (algorithm)
    chosen = *algorithm;
  auto wrong = [](const NamedTable &at, const std::string &what) {
    return Status::badInput(at.name + ": " + what);
  };
  if (!isCalibrationAlgorithm(chosen.name) ||
      (chosen.name == "percentile" && !(chosen.percentile > 0)))
    return wrong(tables.front(), "must say how its ranges are chosen, got '" +
                                     chosen.name + "'");
  std::map<std::string, Observation> all;
  uint64_t hash = 0, samples = 0;
  for (const NamedTable &at : tables) {
    const RangeTable &table = at.table;
    hash += table.dataHash;
    samples += table.samples;
    if (!algorithm && (table.algorithm != chosen.name ||
                       table.percentile != chosen.percentile))
      return wrong(at, "must have ranges that are chosen as in the first "
                       "table, unless an algorithm is given");
    if (table.equalized != first.equalized)
      return wrong(at,
                   "must be equalized if the first table is, and only then");
    if (table.getRanges().size() != first.getRanges().size())
      return wrong(at, "must have the tensors of the first table");
    for (const auto &[name, range] : table.getRanges()) {
      if (!range.seen)
        return wrong(at, "must have kept its histograms, got none for tensor "
                         "'" +
                             name + "'");
      if (!first.find(name))
        return wrong(at, "must have the tensors of the first table, got '" +
                             name + "'");
      all[name].add(*range.seen);
    }
  }
  RangeTable merged = startTable(chosen, hash, samples);
  merged.equalized = first.equalized;
  for (const auto &[name, seen] : all)
    merged.set(name, makeRange(seen, chosen, samples));
  return merged;
}
