//===- Report.cpp - what became of a model, to read -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace graft;
using Json = nlohmann::ordered_json;

/// Names of nodes are bytes; what is not UTF-8 is replaced, never thrown at.
static std::string dump(const Json &json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

static Json describe(const ConversionReport &report,
                     const std::string &precision) {
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
  return {{"schema_version", 1},           {"precision", precision},
          {"nodes", report.nodes},         {"converted", report.converted},
          {"engines", std::move(engines)}, {"native", std::move(native)}};
}

static bool isReport(std::string_view text) {
  auto root = Json::parse(text.begin(), text.end(), nullptr,
                          /*allow_exceptions=*/false);
  return root.is_object() && root.contains("schema_version") &&
         (root.contains("native") || root.contains("restored"));
}

const FileKind graft::kReportFile{"a report", isReport};

std::string graft::toJson(const ConversionReport &report,
                          const std::string &precision) {
  return dump(describe(report, precision));
}

std::string graft::toJson(const RescueReport &report,
                          const std::string &precision) {
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

std::string graft::toText(const RescueReport &report,
                          const std::string &precision) {
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
            " engine(s) of Graft, precision " + precision + "\n";
  return text;
}

std::string graft::toText(const ConversionReport &report,
                          const std::string &precision) {
  std::string text = std::to_string(report.converted) + " of " +
                     std::to_string(report.nodes) + " nodes in " +
                     std::to_string(report.engines.size()) +
                     " engine(s), precision " + precision + "\n";
  for (const EngineReport &engine : report.engines) {
    auto wide = engine.precisions.find("f32");
    if (precision != "fp32" && precision != "best" &&
        wide != engine.precisions.end() && wide->second == engine.launches)
      text += "  fp32: " + engine.name + ": none of its " +
              std::to_string(engine.launches) + " layers is " + precision +
              (precision == "int8" ? ", the ranges of its tensors are not known"
                                   : "") +
              "\n";
  }
  std::map<std::pair<std::string_view, std::string_view>,
           std::vector<std::string_view>>
      groups;
  for (const NativeNode &node : report.native)
    groups[{node.op, node.reason}].push_back(node.node);
  std::vector<const decltype(groups)::value_type *> sorted;
  for (const auto &group : groups)
    sorted.push_back(&group);
  std::sort(sorted.begin(), sorted.end(), [](auto *a, auto *b) {
    return std::make_pair(b->second.size(), a->first) <
           std::make_pair(a->second.size(), b->first);
  });
  for (const auto *group : sorted) {
    const auto &[key, nodes] = *group;
    text += "  native: " + std::to_string(nodes.size()) + " x ";
    text.append(key.first).append(": ").append(key.second).append(" (");
    for (size_t i = 0; i < nodes.size() && i < 3; ++i)
      text.append(i ? ", " : "").append(nodes[i]);
    text += nodes.size() > 3 ? ", ...)\n" : ")\n";
  }
  return text;
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
