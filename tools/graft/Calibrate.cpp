//===- Calibrate.cpp - `graft calibrate`: ranges for int8 -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "calibration/RangeTable.h"
#include "calibration/RangeTableFile.h"
#include "support/AtomicFile.h"
#include "tools/graft/Command.h"
#include "tools/graft/Progress.h"

#include <cstdio>

using namespace graft;

namespace {
struct CalibrateCall : ApiCall {
  std::string data;
  std::vector<std::string> tables; ///< to merge
};
} // namespace

static graft_code start(const CalibrateCall &call, Bytes &table) {
  if (call.tables.empty()) {
    graft_model model = call.source();
    return graft_calibrate(&model, call.data.c_str(), call.options.get(),
                           nullptr, &table);
  }
  std::vector<const char *> paths;
  for (const std::string &path : call.tables)
    paths.push_back(path.c_str());
  return graft_merge_calibrations(paths.data(), paths.size(),
                                  call.options.get(), nullptr, &table);
}

/// Which layers are wider than int8, and why.
static void showChoices(const RangeTable &table) {
  if (!table.budget.empty())
    std::fprintf(stderr, "graft: budget %s: %.4g with %zu layers wider\n",
                 table.budget.c_str(), table.reached, table.wide.size());
  if (table.speed) {
    std::fputs("graft: speed:", stderr);
    const char *separator = "";
    for (const auto &[precision, time] : table.speed->microseconds) {
      std::fprintf(stderr, "%s %s %.0f us", separator, precision.c_str(), time);
      separator = ",";
    }
    std::fputc('\n', stderr);
  }
  for (const WideLayer &layer : table.wide) {
    std::fprintf(stderr, "  %s: %s, %+.0f us", layer.node.c_str(),
                 getName(layer.precision).data(), layer.microseconds);
    if (layer.error)
      std::fprintf(stderr, ", %.4g if narrow", *layer.error);
    std::fputc('\n', stderr);
  }
}

static Status calibrate(const CalibrateCall &call) {
  bool merges = !call.tables.empty();
  if (call.model.empty() != merges || call.data.empty() != merges)
    return Status::usage("give either a model and --data, or --merge with "
                         "tables; see graft calibrate --help");
  GRAFT_RETURN_IF_ERROR(checkReplaces(call.output, kRangeTableFile));
  ProgressLine progress;
  progress.show(*call.options);
  showWarnings(*call.options, progress);
  Bytes text;
  GRAFT_RETURN_IF_ERROR(toStatus(start(call, text)));
  progress.clear();
  GRAFT_RETURN_IF_ERROR(
      AtomicFile::writeAll(call.output, text.view(), kRangeTableFile));
  Expected<RangeTable> table = RangeTable::parse(text.view());
  GRAFT_RETURN_IF_ERROR(table.status());
  std::fprintf(stderr,
               "graft: wrote %s, ranges of %zu tensors on %llu samples\n",
               call.output.c_str(), table->getRanges().size(),
               static_cast<unsigned long long>(table->samples));
  showChoices(*table);
  return Status();
}

void graft::addCalibrateCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "calibrate", "Measure the ranges of a model's tensors, for int8");
  auto call = std::make_shared<CalibrateCall>();
  command->add_option("MODEL", call->model,
                      "frozen GraphDef (.pb, .pbtxt) or SavedModel directory");
  command->add_option("--data", call->data,
                      "samples: an .npz of inputs, or a directory of them");
  command->add_option("--merge", call->tables,
                      "tables with histograms that become one");
  addOutput(*command, "table to write (.json)", *call);
  addApiOptions(*command, GRAFT_FOR_CALIBRATE, *call);
  command->callback(
      [call, &action] { action = [call] { return calibrate(*call); }; });
}
