//===- Compare.cpp - where two files, or their answers, differ ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compare/Compare.h"

#include "compare/DifferenceList.h"
#include "runtime/core/PlanContainer.h"
#include "support/MappedFile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

using namespace graft;
using Json = nlohmann::ordered_json;

bool graft::isPlan(const std::string &path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode))
    return false;
  Expected<MappedFile> file = MappedFile::open(path);
  return file && runtime::hasPlanMagic(file->bytes());
}

Expected<ComparisonReport> graft::compareFiles(const ModelSource &left,
                                               const ModelSource &right,
                                               const CompareOptions &options) {
  bool leftIsPlan = !left.bytes && isPlan(left.path);
  bool rightIsPlan = !right.bytes && isPlan(right.path);
  if (leftIsPlan != rightIsPlan)
    return Status::usage("'" + left.path + "' and '" + right.path +
                         "' must both be plans or both be models; compare "
                         "their answers with inputs");
  ComparisonReport report;
  report.subject = leftIsPlan ? "plans" : "models";
  DifferenceList differences(report, options.limit);
  Status status = leftIsPlan
                      ? comparePlans(left.path, right.path, report, differences)
                      : compareModels(left, right, report, differences);
  if (!status)
    return status;
  return report;
}

//===----------------------------------------------------------------------===//
// The report
//===----------------------------------------------------------------------===//

/// JSON has no infinity.
static Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

static Json figuresOf(const OutputDifference &output) {
  return {{"name", output.name},
          {"left", output.left},
          {"right", output.right},
          {"elements", output.elements},
          {"beyond", output.beyond},
          {"max_absolute", number(output.maxAbsolute)},
          {"max_relative", number(output.maxRelative)},
          {"worst_element", output.worst},
          {"sqnr_db", number(output.deviation.signalToNoise())},
          {"cosine", number(output.deviation.cosine())},
          {"rows", output.tops.rows},
          {"same_top1", output.tops.same},
          {"in_top5", output.tops.inFive}};
}

static Json figuresOf(const LayerDifference &layer) {
  const Deviation &deviation = layer.deviation;
  auto figure = [&](double value) {
    return layer.comparable ? number(value) : Json();
  };
  return {{"name", layer.name},
          {"kind", layer.kind},
          {"precision", layer.precision},
          {"elements", deviation.count()},
          {"sqnr_db", figure(deviation.signalToNoise())},
          {"cosine", figure(deviation.cosine())},
          {"max_error", figure(deviation.largestError())},
          {"max", figure(deviation.largest())}};
}

std::string graft::toJson(const ComparisonReport &report) {
  Json json = {{"schema_version", 1},
               {"subject", report.subject},
               {"equal", report.equal()}};
  if (report.subject == "outputs") {
    Json outputs = Json::array(), layers = Json::array();
    for (const OutputDifference &output : report.outputs)
      outputs.push_back(figuresOf(output));
    for (const LayerDifference &layer : report.layers)
      layers.push_back(figuresOf(layer));
    const std::optional<double> &least = report.tolerance.signalToNoise;
    json.update({{"rtol", report.tolerance.relative},
                 {"atol", report.tolerance.absolute},
                 {"min_sqnr_db", least ? number(*least) : Json()},
                 {"outputs", std::move(outputs)}});
    if (!layers.empty())
      json["layers"] = std::move(layers);
  } else {
    Json differences = Json::array();
    for (const Difference &difference : report.differences)
      differences.push_back({{"kind", difference.kind},
                             {"where", difference.where},
                             {"what", difference.what},
                             {"left", difference.left},
                             {"right", difference.right}});
    json.update({{"identical", report.identical},
                 {"difference_count", report.differenceCount},
                 {"differences", std::move(differences)}});
  }
  // Names come from files and may be any bytes.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

static std::string printNoise(const Deviation &deviation) {
  if (deviation.signalToNoise() == std::numeric_limits<double>::infinity())
    return "  equal";
  char text[160];
  std::snprintf(text, sizeof(text),
                "%7.2f dB, cosine %.6f, largest error %.3g of %.3g",
                deviation.signalToNoise(), deviation.cosine(),
                deviation.largestError(), deviation.largest());
  return text;
}

static std::string printTops(const OutputDifference &output) {
  if (output.tops.rows == 0)
    return "";
  std::string of = " of " + std::to_string(output.tops.rows);
  return ", the same first in " + std::to_string(output.tops.same) + of +
         " rows, among the first five in " +
         std::to_string(output.tops.inFive) + of;
}

/// A line for each layer in columns.
static std::string printLayers(const std::vector<LayerDifference> &layers) {
  size_t widest = 0;
  for (const LayerDifference &layer : layers)
    widest = std::max(widest, layer.name.size());
  std::string text;
  for (const LayerDifference &layer : layers) {
    std::string line = "  " + layer.name;
    auto pad = [&](size_t to) { line.resize(std::max(line.size(), to), ' '); };
    pad(widest + 4);
    line += layer.kind;
    pad(widest + 20);
    line += layer.precision;
    pad(widest + 26);
    text += line +
            (layer.comparable ? printNoise(layer.deviation)
                              : "no such layer on the left") +
            "\n";
  }
  return text;
}

static std::string printOutput(const OutputDifference &output, bool byNoise) {
  if (!output.comparable)
    return "  " + output.name + ": " +
           (output.left.empty() ? "nothing" : output.left) + ", got " +
           (output.right.empty() ? "nothing" : output.right) + "\n";
  std::string heading = "  " + output.name + " " + output.left;
  if (byNoise)
    return heading + ": " + printNoise(output.deviation) + printTops(output) +
           "\n";
  char text[160];
  std::snprintf(text, sizeof(text),
                ": largest difference %.3g absolute, %.3g relative, %lld of "
                "%lld elements beyond the tolerance",
                output.maxAbsolute, output.maxRelative,
                static_cast<long long>(output.beyond),
                static_cast<long long>(output.elements));
  return heading + text +
         (output.beyond ? ", the worst is " + std::to_string(output.worst)
                        : std::string()) +
         "\n";
}

std::string graft::toText(const ComparisonReport &report) {
  std::string text;
  if (report.subject == "outputs") {
    bool byNoise = report.tolerance.signalToNoise || !report.layers.empty();
    if (!report.layers.empty())
      text = "layers\n" + printLayers(report.layers);
    text += byNoise          ? "outputs\n"
            : report.equal() ? "the outputs agree\n"
                             : "the outputs differ\n";
    for (const OutputDifference &output : report.outputs)
      text += printOutput(output, byNoise);
    return text;
  }
  if (report.identical)
    return "the " + report.subject + " are identical, byte for byte\n";
  if (report.equal())
    return "the " + report.subject + " say the same in other bytes\n";
  text = "the " + report.subject + " differ in " +
         std::to_string(report.differenceCount) + " place(s)\n";
  for (const Difference &difference : report.differences) {
    // "layer 'a': layer kind" says too much.
    bool says = difference.kind == "plan" ||
                difference.where.rfind(difference.kind + " ", 0) == 0;
    std::string line = difference.where;
    for (const std::string &word :
         {says ? "" : difference.kind, difference.what})
      if (!word.empty())
        line += (line.empty()               ? ""
                 : line == difference.where ? ": "
                                            : " ") +
                word;
    text += "  " + line;
    text += ": " + (difference.left.empty() ? "nothing" : difference.left) +
            ", got " +
            (difference.right.empty() ? "nothing" : difference.right) + "\n";
  }
  if (size_t listed = report.differences.size();
      listed < static_cast<size_t>(report.differenceCount))
    text +=
        "  and " + std::to_string(report.differenceCount - listed) + " more\n";
  return text;
}
