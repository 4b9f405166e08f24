//===- Options.cpp - the options of every surface -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Options.h"

#include "compiler/ModelInputs.h"
#include "compiler/precision/AccuracyBudget.h"
#include "passes/nn/NamePattern.h"
#include "passes/plan/Target.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

using namespace graft;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// The parts of a list; an empty text is an empty list.
static std::vector<std::string> splitList(StringRef text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    auto [part, rest] = text.split(',');
    parts.push_back(part.str());
    text = rest;
  }
  return parts;
}

static Status setFlag(bool &flag, StringRef value, const char *name) {
  if (value != "true" && value != "false")
    return Status::usage(std::string("option '") + name +
                         "' must be true or false, got '" + value.str() + "'");
  flag = value == "true";
  return Status();
}

template <typename Int>
static Status setInteger(Int &number, StringRef value, Int minimum,
                         const char *name) {
  Int parsed;
  if (value.getAsInteger(10, parsed) || parsed < minimum)
    return Status::usage(
        std::string("option '") + name + "' must be an integer of at least " +
        std::to_string(minimum) + ", got '" + value.str() + "'");
  number = parsed;
  return Status();
}

static Status setPercentile(double &percentile, StringRef value) {
  double parsed;
  if (value.getAsDouble(parsed, /*AllowInexact=*/true) ||
      !(parsed > 0 && parsed <= 100))
    return Status::usage("option 'calibration_percentile' must be above 0 and "
                         "at most 100, got '" +
                         value.str() + "'");
  percentile = parsed;
  return Status();
}

/// Takes a number from the front of `text`. No sign.
static bool consumeSize(StringRef &text, int64_t &size) {
  return !text.empty() && llvm::isDigit(text.front()) &&
         !text.consumeInteger(10, size);
}

/// "4", "1..32", "1.." without a largest one, or "?", "-1" and "None" for any.
static bool parseDim(StringRef text, DimRange &dim) {
  if (text == "?" || text == "-1" || text.equals_insensitive("none")) {
    dim = {0, kUnlimited};
    return true;
  }
  if (!consumeSize(text, dim.min))
    return false;
  dim.max = dim.min;
  if (text.consume_front("..")) {
    dim.max = kUnlimited;
    if (!text.empty() && (!consumeSize(text, dim.max) || dim.max < dim.min))
      return false;
  }
  return text.empty();
}

/// "1x224x224x3" or "1..32x?": sizes, each as of parseDim(). An empty text is
/// the shape of a scalar.
static bool parseDims(StringRef text, std::vector<DimRange> &dims) {
  while (!text.empty()) {
    auto [size, rest] = text.split('x');
    bool endsOpen = rest.empty() && text.ends_with("x");
    if (endsOpen || !parseDim(size, dims.emplace_back()))
      return false;
    text = rest;
  }
  return true;
}

static Status setShapes(ShapeMap &shapes, StringRef value) {
  shapes.clear();
  for (const std::string &text : splitList(value)) {
    auto [name, sizes] = StringRef(text).rsplit('=');
    std::vector<DimRange> dims;
    if (name.empty() || name.size() == text.size() || !parseDims(sizes, dims))
      return Status::usage("option 'shapes' must be name=1x224x224x3, a range "
                           "name=1..32x224x224x3, or with ? for any size, "
                           "got '" +
                           text + "'");
    if (!shapes.emplace(name.str(), std::move(dims)).second)
      return Status::usage("option 'shapes' must name each input once, got '" +
                           name.str() + "' twice");
  }
  return Status();
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static const OptionInfo table[] = {
    {"signature", OptionKind::Text, OptionGroup::Model, "", "",
     "signature of a SavedModel (default: serving_default)",
     [](Options &options, std::string_view value) {
       options.model.signature = value;
       return Status();
     }},
    {"inputs", OptionKind::List, OptionGroup::Model, "", "",
     "input tensors, separated by commas: names of the signature or of the "
     "graph (default: the model's)",
     [](Options &options, std::string_view value) {
       options.model.inputs = splitList(value);
       return Status();
     }},
    {"outputs", OptionKind::List, OptionGroup::Model, "", "",
     "output tensors, separated by commas: names of the signature or of the "
     "graph (default: the model's)",
     [](Options &options, std::string_view value) {
       options.model.outputs = splitList(value);
       return Status();
     }},
    {"shapes", OptionKind::List, OptionGroup::Shapes, "", "",
     "shapes of inputs: x=1x224x224x3, or a range x=1..32x224x224x3; ? (or -1, "
     "None) is any size",
     [](Options &options, std::string_view value) {
       return setShapes(options.shapes, value);
     }},
    {"precision", OptionKind::Text, OptionGroup::Precision, "fp32",
     "fp32,bf16,fp16,int8,best",
     "precision of the engines' arithmetic; best: each layer's fastest, which "
     "is measured unless the table of calibration has it",
     [](Options &options, std::string_view value) {
       options.convert.engine.precision = *parsePrecision(value);
       return Status();
     }},
    {"target", OptionKind::Text, OptionGroup::Engine, kDefaultTarget, "",
     "what plans run on: cpu, this machine's processor, or an architecture "
     "such "
     "as cpu:x86-64-v3, for which every machine builds the same plan",
     [](Options &options, std::string_view value) {
       GRAFT_RETURN_IF_ERROR(plan::findTarget(value).status());
       options.convert.engine.target = value;
       return Status();
     }},
    {"keep_wide", OptionKind::Text, OptionGroup::Engine, "", "",
     "regular expression: nodes of such a name stay in fp32",
     [](Options &options, std::string_view value) {
       if (Status parsed = nn::NamePattern().parse(value); !parsed)
         return Status::usage("option 'keep_wide' " + parsed.message());
       options.convert.engine.keepWide = value;
       return Status();
     }},
    {"tune", OptionKind::Flag, OptionGroup::Engine, "false", "",
     "time the candidate kernels instead of estimating them",
     [](Options &options, std::string_view value) {
       return setFlag(options.convert.engine.tune, value, "tune");
     }},
    {"timing_cache", OptionKind::File, OptionGroup::Engine, "", "",
     "file that keeps the times of --tune",
     [](Options &options, std::string_view value) {
       options.convert.engine.timingCache = value;
       return Status();
     }},
    {"calibration", OptionKind::File, OptionGroup::Engine, "", "",
     "for int8 and best: table of ranges that graft calibrate wrote",
     [](Options &options, std::string_view value) {
       options.convert.engine.calibration = value;
       return Status();
     }},
    {"calibration_data", OptionKind::File, OptionGroup::Engine, "", "",
     "for int8 and best: samples to measure ranges on, an .npz or a directory "
     "of them",
     [](Options &options, std::string_view value) {
       options.convert.engine.calibrationData = std::string(value);
       return Status();
     }},
    {"calibration_algorithm", OptionKind::Text, OptionGroup::Algorithm,
     "percentile", "minmax,moving-average,percentile,entropy,mse",
     "how a range is chosen from what was measured",
     [](Options &options, std::string_view value) {
       options.convert.engine.calibrationAlgorithm.name = value;
       return Status();
     }},
    {"calibration_percentile", OptionKind::Text, OptionGroup::Algorithm,
     "99.99", "", "part of a tensor's numbers that its range spans",
     [](Options &options, std::string_view value) {
       return setPercentile(
           options.convert.engine.calibrationAlgorithm.percentile, value);
     }},
    {"equalize", OptionKind::Flag, OptionGroup::Algorithm, "false", "",
     "make the ranges of each tensor's channels alike before they are measured",
     [](Options &options, std::string_view value) {
       return setFlag(options.convert.engine.equalize, value, "equalize");
     }},
    {"accuracy_budget", OptionKind::Text, OptionGroup::Algorithm, "", "",
     "what outputs may lose on the data: top1, top5, max_error or noise_db, "
     "'<=' and a number; layers are wider until it is met",
     [](Options &options, std::string_view value) {
       if (!value.empty())
         GRAFT_RETURN_IF_ERROR(AccuracyBudget::parse(value).status());
       options.convert.engine.accuracyBudget = value;
       return Status();
     }},
    {"histograms", OptionKind::Flag, OptionGroup::Calibrate, "false", "",
     "keep in the table what was measured, so that it can be merged",
     [](Options &options, std::string_view value) {
       return setFlag(options.histograms, value, "histograms");
     }},
    {"threads", OptionKind::Integer, OptionGroup::Threads, "0", "",
     "threads to choose kernels for (0: the cores)",
     [](Options &options, std::string_view value) {
       return setInteger(options.convert.engine.threads, value, 0, "threads");
     }},
    {"minimum_segment_size", OptionKind::Integer, OptionGroup::Convert, "3", "",
     "fewest nodes that become an engine",
     [](Options &options, std::string_view value) {
       return setInteger(options.convert.minimumSegmentSize, value, int64_t(1),
                         "minimum_segment_size");
     }},
    {"deny", OptionKind::List, OptionGroup::Convert, "", "",
     "operators to leave native, separated by commas",
     [](Options &options, std::string_view value) {
       options.convert.deny = splitList(value);
       return Status();
     }},
    {"deny_nodes", OptionKind::List, OptionGroup::Convert, "", "",
     "nodes to leave native, separated by commas",
     [](Options &options, std::string_view value) {
       options.convert.denyNodes = splitList(value);
       return Status();
     }},
    {"maximum_engines", OptionKind::Integer, OptionGroup::Convert, "0", "",
     "keep this many of the largest engines (0: all)",
     [](Options &options, std::string_view value) {
       return setInteger(options.convert.maximumEngines, value, int64_t(0),
                         "maximum_engines");
     }},
    {"keep_devices", OptionKind::Flag, OptionGroup::Rescue, "false", "",
     "leave nodes on the GPU that the model names",
     [](Options &options, std::string_view value) {
       return setFlag(options.keepDevices, value, "keep_devices");
     }},
    {"convert", OptionKind::Flag, OptionGroup::Rescue, "false", "",
     "convert the native model with Graft at once",
     [](Options &options, std::string_view value) {
       return setFlag(options.convertRescued, value, "convert");
     }},
};

const OptionInfo *graft::optionsBegin() { return std::begin(table); }
const OptionInfo *graft::optionsEnd() { return std::end(table); }

const OptionInfo *graft::findOption(std::string_view name) {
  const OptionInfo *row = llvm::find_if(
      table, [&](const OptionInfo &info) { return name == info.name; });
  return row == std::end(table) ? nullptr : row;
}

Status graft::setOption(Options &options, std::string_view name,
                        std::string_view value) {
  const OptionInfo *info = findOption(name);
  if (!info) {
    std::string names;
    for (const OptionInfo &row : table)
      names += (names.empty() ? "" : ", ") + std::string(row.name);
    return Status::usage("there is no option '" + std::string(name) +
                         "'; there are " + names);
  }
  std::vector<std::string> choices = splitList(info->choices);
  if (!choices.empty() && !llvm::is_contained(choices, value))
    return Status::usage("option '" + std::string(name) + "' must be " +
                         llvm::join(choices, ", ") + ", got '" +
                         std::string(value) + "'");
  return info->set(options, value);
}
