//===- Report.cpp - what became of a model, to read -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Report.h"

#include "dialects/graph/NativeReasons.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

using namespace graft;
using Json = nlohmann::ordered_json;

/// Names of nodes are bytes; bytes that are not UTF-8 are replaced and never
/// throw.
static std::string dump(const Json &json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

static Json describe(const ConversionReport &report, Precision precision) {
  Json engines = Json::array(), native = Json::array();
  for (const EngineReport &engine : report.engines)
    engines.push_back({{"name", engine.name},
                       {"nodes", engine.nodes},
                       {"launches", engine.launches},
                       {"precisions", engine.precisions}});
  for (const NativeNode &node : report.native)
    native.push_back({{"node", node.node},
                      {"op", node.op},
                      {"code", node.code},
                      {"reason", node.reason}});
  return {{"schema_version", 1},           {"precision", getName(precision)},
          {"nodes", report.nodes},         {"converted", report.converted},
          {"engines", std::move(engines)}, {"native", std::move(native)},
          {"warnings", report.warnings}};
}

static bool isReport(std::string_view text) {
  auto root = Json::parse(text.begin(), text.end(), nullptr,
                          /*allow_exceptions=*/false);
  return root.is_object() && root.contains("schema_version") &&
         (root.contains("native") || root.contains("restored"));
}

const FileKind graft::kReportFile{"a report", isReport};

std::string graft::toJson(const ConversionReport &report, Precision precision) {
  return dump(describe(report, precision));
}

std::string graft::toJson(const RescueReport &report, Precision precision) {
  Json restored = Json::array();
  for (const RestoredEngine &engine : report.engines)
    restored.push_back({{"name", engine.name},
                        {"function", engine.function},
                        {"nodes", engine.nodes}});
  return dump(
      {{"schema_version", 1},
       {"restored", std::move(restored)},
       {"conversion",
        report.conversion ? describe(*report.conversion, precision) : Json()}});
}

std::string graft::toText(const RescueReport &report, Precision precision) {
  std::string text =
      std::to_string(report.engines.size()) + " engine(s) of TF-TRT put back\n";
  for (const RestoredEngine &engine : report.engines)
    text += "  restored: " + engine.name +
            (engine.function.empty() ? "" : " in ") + engine.function + ", " +
            std::to_string(engine.nodes) + " nodes\n";
  if (const auto &converted = report.conversion)
    text += "  converted: " + std::to_string(converted->converted) + " of " +
            std::to_string(converted->nodes) + " nodes in " +
            std::to_string(converted->engines.size()) +
            " engine(s) of Graft, precision " +
            std::string(getName(precision)) + "\n";
  return text;
}

namespace {
/// Nodes of one operator that stay native for the same reason.
struct NativeGroup {
  std::string_view op, code, reason;
  std::vector<std::string_view> nodes;
};
} // namespace

/// The nodes in groups: causes before their consequences, large ones first.
static std::vector<NativeGroup>
groupNative(const std::vector<NativeNode> &nodes) {
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  std::map<Key, std::vector<std::string_view>> byReason;
  for (const NativeNode &node : nodes)
    byReason[{node.op, node.code, node.reason}].push_back(node.node);
  std::vector<NativeGroup> groups;
  for (auto &[key, names] : byReason)
    groups.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key),
                      std::move(names)});
  std::sort(groups.begin(), groups.end(), [](auto &a, auto &b) {
    auto kind = [](auto &group) { return graph::nativeReasonKind(group.code); };
    return std::make_tuple(kind(a), b.nodes.size(), a.op, a.reason) <
           std::make_tuple(kind(b), a.nodes.size(), b.op, b.reason);
  });
  return groups;
}

/// A line for each group but the harmless ones, which are counted.
static std::string describeNative(const std::vector<NativeNode> &native) {
  std::string text;
  size_t harmless = 0;
  for (const auto &[op, code, reason, nodes] : groupNative(native)) {
    if (graph::nativeReasonKind(code) == graph::ReasonKind::Harmless) {
      harmless += nodes.size();
      continue;
    }
    text += "  native: " + std::to_string(nodes.size()) + " x ";
    text.append(op).append(": ").append(reason).append(" [");
    text.append(code).append("] (");
    for (size_t i = 0; i < nodes.size() && i < 3; ++i)
      text.append(i ? ", " : "").append(nodes[i]);
    text += nodes.size() > 3 ? ", ...)\n" : ")\n";
  }
  if (!text.empty())
    text += "  what a code in brackets means, and what to do: graft explain "
            "CODE\n";
  if (harmless > 0)
    text += "  and " + std::to_string(harmless) +
            " inputs and constants, which need no engine\n";
  return text;
}

std::string graft::toText(const ConversionReport &report, Precision precision) {
  const std::string name(getName(precision));
  std::string text = std::to_string(report.converted) + " of " +
                     std::to_string(report.nodes) + " nodes in " +
                     std::to_string(report.engines.size()) +
                     " engine(s), precision " + name + "\n";
  for (const EngineReport &engine : report.engines) {
    auto wide = engine.precisions.find("fp32");
    if (precision != Precision::FP32 && precision != Precision::Best &&
        wide != engine.precisions.end() && wide->second == engine.launches)
      text += "  fp32: " + engine.name + ": none of its " +
              std::to_string(engine.launches) + " layers is " + name +
              (precision == Precision::Int8
                   ? ", the ranges of its tensors are not known"
                   : "") +
              "\n";
  }
  for (const std::string &warning : report.warnings)
    text += "  warning: " + warning + "\n";
  return text + describeNative(report.native);
}

std::string graft::toJson(const ModelSummary &summary) {
  Json ops = Json::object(), inputs = Json::array(), outputs = Json::array();
  for (const auto &[op, count] : summary.ops)
    ops[op] = count;
  for (const std::string &port : summary.inputs)
    inputs.push_back(port);
  for (const std::string &port : summary.outputs)
    outputs.push_back(port);
  return dump({{"schema_version", 1},
               {"kind", "model"},
               {"nodes", summary.nodes},
               {"functions", summary.functions},
               {"inputs", std::move(inputs)},
               {"outputs", std::move(outputs)},
               {"ops", std::move(ops)}});
}
