//===- Calibrate.cpp - `graft calibrate`: ranges for int8 -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn/RangeTable.h"
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

static Status calibrate(const CalibrateCall &call) {
  bool merges = !call.tables.empty();
  if (call.model.empty() != merges || call.data.empty() != merges)
    return Status::usage("give either a model and --data, or --merge with "
                         "tables; see graft calibrate --help");
  ProgressLine progress;
  progress.show(*call.options);
  Bytes text;
  GRAFT_RETURN_IF_ERROR(toStatus(start(call, text)));
  GRAFT_RETURN_IF_ERROR(AtomicFile::writeAll(call.output, text.view()));
  Expected<nn::RangeTable> table = nn::RangeTable::parse(text.view());
  GRAFT_RETURN_IF_ERROR(table.status());
  std::fprintf(stderr,
               "graft: wrote %s, ranges of %zu tensors on %llu samples\n",
               call.output.c_str(), table->getRanges().size(),
               static_cast<unsigned long long>(table->samples));
  if (table->budget.empty())
    return Status();
  std::fprintf(stderr, "graft: budget %s: %.4g with %zu layers in f32\n",
               table->budget.c_str(), table->reached, table->wide.size());
  for (const nn::WideLayer &layer : table->wide)
    std::fprintf(stderr, "  %s: %.4g if narrow, %.0f us if wide\n",
                 layer.node.c_str(), layer.error.value_or(0),
                 layer.microseconds);
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
