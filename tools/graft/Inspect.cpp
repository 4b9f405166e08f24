//===- Inspect.cpp - `graft inspect`: what is in a file -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "engine/Engine.h"
#include "tools/graft/Command.h"
#include "tools/graft/PlanDrawing.h"
#include "tools/graft/PlanReport.h"

#include "compare/Compare.h"
#include "compiler/Report.h"
#include "support/AtomicFile.h"
#include "support/MappedFile.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

using namespace graft;

namespace {
struct InspectOptions {
  std::string file;
  bool json = false;
  bool dot = false;
  std::string html, profile;
};
} // namespace

static void printModel(const ModelSummary &summary) {
  std::printf("model with %lld nodes and %lld functions\n",
              static_cast<long long>(summary.nodes),
              static_cast<long long>(summary.functions));
  for (const std::string &port : summary.inputs)
    std::printf("inputs   %s\n", port.c_str());
  for (const std::string &port : summary.outputs)
    std::printf("outputs  %s\n", port.c_str());
  std::vector<std::pair<std::string, int64_t>> ops(summary.ops.begin(),
                                                   summary.ops.end());
  std::sort(ops.begin(), ops.end(), [](auto &a, auto &b) {
    return std::pair(-a.second, a.first) < std::pair(-b.second, b.first);
  });
  for (const auto &[op, count] : ops)
    std::printf("%8lld x %s\n", static_cast<long long>(count), op.c_str());
}

/// The layers' times of what `graft bench --profile --json` printed.
static Expected<LayerTimes> readTimes(const std::string &path) {
  LayerTimes times;
  if (path.empty())
    return times;
  Expected<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.status();
  auto json = nlohmann::json::parse(file->bytes(), nullptr, false);
  bool isProfile =
      json.is_object() && json.contains("layers") && json["layers"].is_array();
  for (const auto &layer :
       isProfile ? json["layers"] : nlohmann::json::array()) {
    isProfile &= layer.is_object() && layer.contains("name") &&
                 layer["name"].is_string() && layer.contains("us") &&
                 layer["us"].is_number();
    if (isProfile)
      times[layer["name"].get<std::string>()] = layer["us"].get<double>();
  }
  if (!isProfile)
    return Status::badInput(path + ": must be what 'graft bench --profile "
                                   "--json' prints, got other contents");
  return times;
}

static const FileKind kPageFile{"an HTML page", [](std::string_view text) {
                                  constexpr std::string_view head =
                                      "<!DOCTYPE html>";
                                  return text.substr(0, head.size()) == head;
                                }};

/// Prints the drawing or writes the page.
static Status show(const InspectOptions &options, const std::string &text) {
  if (!options.html.empty())
    return AtomicFile::writeAll(options.html, text, kPageFile);
  std::fputs(text.c_str(), stdout);
  return Status();
}

static Status inspectPlan(const InspectOptions &options) {
  Expected<runtime::PlanFile> plan = runtime::PlanFile::open(options.file);
  if (!plan)
    return plan.status();
  Expected<LayerTimes> times = readTimes(options.profile);
  if (!times)
    return times.status();
  if (!options.html.empty())
    return show(options, planPage(*plan, *times));
  if (options.dot)
    return show(options,
                toDot(drawPlan(plan->plan(), *times), plan->plan().name));
  return show(options, options.json ? describePlanAsJson(*plan)
                                    : describePlanAsText(*plan));
}

static ModelSource sourceOf(const InspectOptions &options) {
  ModelSource model;
  model.path = options.file;
  return model;
}

static Status drawModel(const InspectOptions &options,
                        const ModelSummary &summary) {
  Expected<std::vector<GraphNode>> nodes = listNodes(sourceOf(options), {});
  if (!nodes)
    return nodes.status();
  Drawing drawing;
  std::string rows;
  for (const GraphNode &node : *nodes) {
    drawing.nodes.push_back(
        {{node.op, node.name}, node.name, node.op == "Placeholder"});
    rows += "<tr><td>" + escapeHtml(node.name) + "</td><td>" +
            escapeHtml(node.op) + "</td></tr>\n";
  }
  for (size_t i = 0; i < nodes->size(); ++i)
    for (size_t input : (*nodes)[i].inputs)
      drawing.connect(input, i);
  if (options.dot)
    return show(options, toDot(drawing, options.file));
  return show(options,
              htmlPage(options.file,
                       "<p>" + std::to_string(summary.nodes) + " nodes, " +
                           std::to_string(summary.functions) +
                           " functions</p>\n",
                       {"node", "operator"}, rows,
                       "<h2>Graph</h2>\n" + toSvg(drawing)));
}

static Status inspectModel(const InspectOptions &options) {
  Expected<ModelSummary> summary = summarizeModel(sourceOf(options), {});
  if (!summary)
    return summary.status();
  if (options.dot || !options.html.empty())
    return drawModel(options, *summary);
  if (!options.json) {
    printModel(*summary);
    return Status();
  }
  std::fputs(toJson(*summary).c_str(), stdout);
  return Status();
}

void graft::addInspectCommand(CLI::App &app, Action &action) {
  CLI::App *command =
      app.add_subcommand("inspect", "Show what is in a plan or a model");
  auto options = std::make_shared<InspectOptions>();
  command
      ->add_option("FILE", options->file,
                   "engine plan, GraphDef or SavedModel directory")
      ->required();
  auto *forms = command->add_option_group("form");
  forms->add_flag("--json", options->json, "print one JSON object");
  forms->add_flag("--dot", options->dot, "print the graph for Graphviz");
  forms
      ->add_option("--html", options->html,
                   "write one page: a table, the graph and a plan's memory")
      ->check(notEmpty());
  forms->require_option(0, 1);
  command
      ->add_option("--profile", options->profile,
                   "of a plan: times of its layers, as 'graft bench "
                   "--profile --json' prints them")
      ->check(notEmpty());
  command->callback([options, &action] {
    action = [options] {
      return isPlan(options->file) ? inspectPlan(*options)
                                   : inspectModel(*options);
    };
  });
}
