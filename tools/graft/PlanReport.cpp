//===- PlanReport.cpp - what is in a plan ---------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/PlanReport.h"

#include <array>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

using namespace graft;
using json = nlohmann::ordered_json;

static constexpr int kSchemaVersion = 1;

static json describeType(const ops::TensorType &type) {
  return {{"dtype", ops::name(type.dtype)}, {"shape", type.shape}};
}

static json describePorts(const runtime::Plan &plan,
                          const std::vector<uint32_t> &ports) {
  json list = json::array();
  for (uint32_t index : ports) {
    json port = {{"name", plan.tensors[index].name}};
    port.update(describeType(plan.tensors[index].type));
    if (!plan.tensors[index].limits.empty())
      port["limits"] = plan.tensors[index].limits;
    list.push_back(std::move(port));
  }
  return list;
}

static json describeTypes(const runtime::Plan &plan,
                          const std::vector<uint32_t> &tensors) {
  json list = json::array();
  for (uint32_t index : tensors)
    list.push_back(describeType(plan.tensors[index].type));
  return list;
}

static json describeLayer(const runtime::Plan &plan,
                          const runtime::PlanLaunch &launch) {
  json epilogues = json::array();
  for (const ops::Epilogue &step : launch.op.epilogues)
    epilogues.push_back(step.kind);
  return {{"name", launch.name},
          {"kind", launch.op.kind},
          {"provider", launch.provider},
          {"tactic", launch.tactic},
          {"precision", launch.precision},
          {"epilogues", std::move(epilogues)},
          {"nodes", launch.nodes},
          {"inputs", describeTypes(plan, launch.inputs)},
          {"outputs", describeTypes(plan, launch.outputs)}};
}

std::string graft::describePlanAsJson(const runtime::PlanFile &file) {
  const runtime::Plan &plan = file.plan();
  json layers = json::array();
  for (const runtime::PlanLaunch &launch : plan.launches)
    layers.push_back(describeLayer(plan, launch));
  json root = {{"schema_version", kSchemaVersion},
               {"file", "plan"},
               {"producer", plan.producer},
               {"name", plan.name},
               {"precision", plan.precision},
               {"target", plan.target},
               {"features", plan.features},
               {"dynamic", !plan.isStatic()},
               {"arena_bytes", plan.arenaBytes},
               {"weight_bytes", file.weights().size()},
               {"inputs", describePorts(plan, plan.inputs)},
               {"outputs", describePorts(plan, plan.outputs)},
               {"layers", std::move(layers)}};
  // Names come from a file and may be any bytes.
  return root.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

namespace {

/// Rows whose columns are as wide as their longest cell.
class Table {
public:
  using Row = std::array<std::string, 6>;

  void add(Row row) {
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
    rows.push_back(std::move(row));
  }
  std::string print() const {
    std::string text;
    for (const Row &row : rows) {
      std::string line;
      for (size_t i = 0; i < row.size(); ++i)
        line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + '\n';
    }
    return text;
  }

private:
  std::array<size_t, 6> widths{};
  std::vector<Row> rows;
};

} // namespace

/// "name 1..8x224x224x3xf32" for every port.
static std::string printPorts(const runtime::Plan &plan, const char *what,
                              const std::vector<uint32_t> &ports) {
  std::string text;
  for (uint32_t index : ports)
    text += std::string(what) + plan.tensors[index].name + "  " +
            plan.tensors[index].describe() + '\n';
  return text;
}

std::string graft::describePlanAsText(const runtime::PlanFile &file) {
  const runtime::Plan &plan = file.plan();
  std::string features;
  for (const std::string &feature : plan.features)
    features += ' ' + feature;
  std::string text =
      "plan     " + plan.name + ", " + plan.precision + ", by " +
      plan.producer + "\ntarget   " + plan.target + "\nneeds   " + features +
      "\nweights  " + std::to_string(file.weights().size()) +
      " bytes\narena    " +
      (plan.isStatic() ? std::to_string(plan.arenaBytes) + " bytes"
                       : "laid out when shapes are known") +
      '\n' + printPorts(plan, "input    ", plan.inputs) +
      printPorts(plan, "output   ", plan.outputs) + '\n';
  Table table;
  table.add(
      {"layer", "kind", "provider/tactic", "precision", "output", "epilogues"});
  for (const runtime::PlanLaunch &launch : plan.launches) {
    std::string epilogues;
    for (const ops::Epilogue &step : launch.op.epilogues)
      epilogues += (epilogues.empty() ? "" : " ") + step.kind;
    table.add({launch.name, launch.op.kind,
               launch.provider + "/" + launch.tactic, launch.precision,
               launch.outputs.empty()
                   ? ""
                   : ops::toString(plan.tensors[launch.outputs[0]].type),
               epilogues});
  }
  return text + table.print();
}

std::string graft::countPrecisions(const runtime::Plan &plan) {
  std::map<std::string, size_t> counts;
  for (const runtime::PlanLaunch &launch : plan.launches)
    ++counts[launch.precision];
  std::multimap<size_t, std::string, std::greater<>> sorted;
  for (const auto &[precision, count] : counts)
    sorted.emplace(count, precision);
  std::string text;
  for (const auto &[count, precision] : sorted)
    text +=
        (text.empty() ? "" : ", ") + std::to_string(count) + ' ' + precision;
  return text;
}
