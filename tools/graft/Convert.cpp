//===- Convert.cpp - `graft convert`: engines grafted into a model --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Command.h"
#include "tools/graft/Progress.h"

#include "support/AtomicFile.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

using namespace graft;
using Json = nlohmann::ordered_json;

namespace {
struct Options {
  ModelSource model;
  ConvertOptions convert;
  std::string output, report;
};
} // namespace

static std::string reportJson(const Options &options,
                              const ConversionReport &report) {
  Json engines = Json::array(), native = Json::array();
  for (const EngineReport &engine : report.engines)
    engines.push_back({{"name", engine.name},
                       {"nodes", engine.nodes},
                       {"launches", engine.launches}});
  for (const NativeNode &node : report.native)
    native.push_back({{"node", node.node},
                      {"op", node.op},
                      {"code", node.code},
                      {"reason", node.reason}});
  Json json = {{"schema_version", 1},
               {"precision", options.convert.engine.precision},
               {"nodes", report.nodes},
               {"converted", report.converted},
               {"engines", std::move(engines)},
               {"native", std::move(native)}};
  // Node names are bytes; what is not UTF-8 is replaced, never thrown at.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// "operator (reason): n", most frequent first, as a reader wants it.
static void printSummary(const Options &options,
                         const ConversionReport &report) {
  std::printf("%s: %lld of %lld nodes in %zu engine(s), precision %s\n",
              options.output.c_str(), static_cast<long long>(report.converted),
              static_cast<long long>(report.nodes), report.engines.size(),
              options.convert.engine.precision.c_str());
  std::map<std::pair<std::string, std::string>, std::vector<std::string>>
      groups;
  for (const NativeNode &node : report.native)
    groups[{node.op, node.reason}].push_back(node.node);
  std::vector<const decltype(groups)::value_type *> sorted;
  for (const auto &group : groups)
    sorted.push_back(&group);
  std::stable_sort(sorted.begin(), sorted.end(), [](auto *a, auto *b) {
    return a->second.size() > b->second.size();
  });
  for (const auto *group : sorted) {
    const auto &[key, nodes] = *group;
    std::printf("  native: %zu x %s: %s (", nodes.size(), key.first.c_str(),
                key.second.c_str());
    for (size_t i = 0; i < nodes.size() && i < 3; ++i)
      std::printf("%s%s", i ? ", " : "", nodes[i].c_str());
    std::printf("%s)\n", nodes.size() > 3 ? ", ..." : "");
  }
}

static Status convert(const Options &options) {
  ProgressLine progress;
  Expected<ConversionReport> report = convertModel(
      options.model, options.convert, options.output, progress.callback());
  if (!report)
    return report.status();
  if (!options.report.empty())
    if (Status s =
            AtomicFile::writeAll(options.report, reportJson(options, *report));
        !s)
      return s;
  printSummary(options, *report);
  return Status();
}

void graft::addConvertCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "convert", "Replace the parts of a model that an engine runs better");
  auto options = std::make_shared<Options>();
  addModelOptions(*command, options->model);
  command
      ->add_option("-o,--output", options->output,
                   "GraphDef or SavedModel directory to write")
      ->required();
  addEngineOptions(*command, options->convert.engine);
  command
      ->add_option("--minimum-segment-size",
                   options->convert.minimumSegmentSize,
                   "fewest nodes that become an engine")
      ->check(CLI::Range(int64_t(1), INT64_MAX))
      ->capture_default_str();
  command
      ->add_option("--deny", options->convert.deny,
                   "operators to leave native, separated by commas")
      ->delimiter(',');
  command->add_option("--report", options->report,
                      "write what was converted, and what not and why (.json)");
  command->callback(
      [options, &action] { action = [options] { return convert(*options); }; });
}
