//===- Command.cpp - options that several subcommands share ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Command.h"

#include <cctype>

using namespace graft;

void graft::addModelOptions(CLI::App &command, ModelSource &model) {
  command
      .add_option("MODEL", model.path,
                  "frozen GraphDef (.pb, .pbtxt) or SavedModel directory")
      ->required();
  command.add_option("--signature", model.signature,
                     "signature of a SavedModel (default: serving_default)");
  command
      .add_option("--inputs", model.inputs,
                  "input tensors, separated by commas (default: the model's)")
      ->delimiter(',');
  command
      .add_option("--outputs", model.outputs,
                  "output tensors, separated by commas (default: the model's)")
      ->delimiter(',');
}

void graft::addEngineOptions(CLI::App &command, EngineOptions &options) {
  command
      .add_option("--precision", options.precision,
                  "precision of the engines' arithmetic")
      ->check(CLI::IsMember({"fp32"}))
      ->capture_default_str();
  command.add_flag("--tune", options.tune,
                   "time the candidate kernels instead of estimating them");
  command.add_option("--timing-cache", options.timingCache,
                     "file that keeps the times of --tune");
  command.add_option("--threads", options.threads,
                     "threads to choose kernels for (default: the cores)");
}

/// The digits at the front of `text`, which loses them.
static bool takeSize(std::string_view &text, int64_t &size) {
  size_t digits = 0;
  size = 0;
  for (; digits < text.size() &&
         std::isdigit(static_cast<unsigned char>(text[digits]));
       ++digits)
    if (__builtin_mul_overflow(size, 10, &size) ||
        __builtin_add_overflow(size, text[digits] - '0', &size))
      return false;
  text.remove_prefix(digits);
  return digits > 0;
}

Status graft::parseShape(const std::string &text, ShapeMap &shapes) {
  Status malformed = Status::usage(
      "expected --shapes name=1x224x224x3 or name=1..32x224x224x3, got '" +
      text + "'");
  size_t equals = text.rfind('=');
  if (equals == 0 || equals == std::string::npos)
    return malformed;
  std::string_view rest = std::string_view(text).substr(equals + 1);
  std::vector<DimRange> dims;
  while (!rest.empty()) {
    DimRange &dim = dims.emplace_back();
    if (!takeSize(rest, dim.min))
      return malformed;
    dim.max = dim.min;
    if (rest.substr(0, 2) == "..") {
      rest.remove_prefix(2);
      if (!takeSize(rest, dim.max) || dim.max < dim.min)
        return malformed;
    }
    if (rest.empty())
      break;
    if (rest[0] != 'x' || rest.size() == 1)
      return malformed;
    rest.remove_prefix(1);
  }
  if (!shapes.emplace(text.substr(0, equals), std::move(dims)).second)
    return Status::usage("--shapes gives input '" + text.substr(0, equals) +
                         "' twice");
  return Status();
}

void graft::addShapeOption(CLI::App &command, ShapeMap &shapes) {
  command
      .add_option_function<std::vector<std::string>>(
          "--shapes",
          [&shapes](const std::vector<std::string> &texts) {
            for (const std::string &text : texts)
              if (Status status = parseShape(text, shapes); !status)
                throw CLI::ValidationError(status.message());
          },
          "shapes of inputs: x=1x224x224x3, or a range x=1..32x224x224x3")
      ->delimiter(',');
}
