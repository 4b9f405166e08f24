//===- Convert.cpp - `graft convert`: engines grafted into a model --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Command.h"
#include "tools/graft/Progress.h"

#include "support/AtomicFile.h"

#include <cstdio>

using namespace graft;

namespace {
struct ConvertCall : ApiCall {
  std::string report;
};

struct DestroyReport {
  void operator()(graft_report *report) const { graft_report_destroy(report); }
};
using ReportPtr = std::unique_ptr<graft_report, DestroyReport>;

/// Bytes that the C API handed out.
struct Bytes : graft_bytes {
  Bytes() : graft_bytes{nullptr, 0, 0} {}
  Bytes(const Bytes &) = delete;
  ~Bytes() { graft_bytes_free(this); }

  std::string_view view() const {
    return {static_cast<const char *>(data), size};
  }
};
} // namespace

static Status convert(const ConvertCall &call) {
  ProgressLine progress;
  progress.show(*call.options);
  graft_model model = call.source();
  notePrecision(graft_options_get(call.options.get(), "precision"));
  graft_report *made = nullptr;
  if (Status s = toStatus(graft_convert(&model, call.options.get(),
                                        call.output.c_str(), nullptr, &made));
      !s)
    return s;
  ReportPtr report(made);
  if (!call.report.empty()) {
    Bytes json;
    if (Status s = toStatus(graft_report_json(made, &json)); !s)
      return s;
    if (Status s = AtomicFile::writeAll(call.report, json.view()); !s)
      return s;
  }
  Bytes text;
  if (Status s = toStatus(graft_report_text(made, &text)); !s)
    return s;
  std::printf("%s: ", call.output.c_str());
  std::fwrite(text.data, 1, text.size, stdout);
  return Status();
}

void graft::addConvertCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "convert", "Replace the parts of a model that an engine runs better");
  auto call = std::make_shared<ConvertCall>();
  addApiCall(*command, GRAFT_FOR_CONVERT,
             "GraphDef (.pb, .pbtxt) or SavedModel directory to write", *call);
  command->add_option("--report", call->report,
                      "write what was converted, and what not and why (.json)");
  command->callback(
      [call, &action] { action = [call] { return convert(*call); }; });
}
