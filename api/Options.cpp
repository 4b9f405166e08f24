//===- Options.cpp - options by name --------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "api/Objects.h"

#include "engine/Elements.h"
#include "runtime/core/CApiGuard.h"
#include "runtime/ops/Tensor.h"

using namespace graft;

static_assert(GRAFT_OPTION_TEXT == static_cast<int>(OptionKind::Text) &&
              GRAFT_OPTION_FLAG == static_cast<int>(OptionKind::Flag) &&
              GRAFT_OPTION_INTEGER == static_cast<int>(OptionKind::Integer) &&
              GRAFT_OPTION_LIST == static_cast<int>(OptionKind::List) &&
              GRAFT_OPTION_FILE == static_cast<int>(OptionKind::File));

unsigned graft::functionsOf(OptionGroup group) {
  switch (group) {
  case OptionGroup::Model:
    return GRAFT_FOR_CONVERT | GRAFT_FOR_BUILD | GRAFT_FOR_FREEZE |
           GRAFT_FOR_SUMMARY | GRAFT_FOR_CALIBRATE;
  case OptionGroup::Shapes:
    return GRAFT_FOR_CONVERT | GRAFT_FOR_BUILD | GRAFT_FOR_CALIBRATE;
  case OptionGroup::Engine:
    return GRAFT_FOR_CONVERT | GRAFT_FOR_BUILD | GRAFT_FOR_RESCUE;
  case OptionGroup::Precision:
  case OptionGroup::Threads:
  case OptionGroup::Algorithm:
    return GRAFT_FOR_CONVERT | GRAFT_FOR_BUILD | GRAFT_FOR_RESCUE |
           GRAFT_FOR_CALIBRATE;
  case OptionGroup::Calibrate:
    return GRAFT_FOR_CALIBRATE;
  case OptionGroup::Convert:
    return GRAFT_FOR_CONVERT | GRAFT_FOR_RESCUE;
  case OptionGroup::Rescue:
    return GRAFT_FOR_RESCUE;
  }
  return 0;
}

static constexpr std::string_view kSamplesOption = "calibration_data";

/// Copies `array` into `item`.
static Status addArray(const graft_array &array, NpzArrays &item) {
  if (!array.name || (array.rank > 0 && !array.dims))
    return missingArgument("an array's name and dims");
  const std::string who = "array '" + std::string(array.name) + "' ";
  if (array.dtype < 0 || array.dtype >= static_cast<int>(ops::kNumDTypes))
    return Status::usage(who + "must have elements of a graft_dtype, got " +
                         std::to_string(array.dtype));
  ops::TensorType type{static_cast<ops::DType>(array.dtype), {}};
  for (int32_t d = 0; d < array.rank; ++d)
    type.shape.push_back(array.dims[d]);
  uint64_t bytes = 0;
  if (array.rank < 0 || !type.isStatic() || !ops::countBytes(type, bytes))
    return Status::usage(who + "must have sizes that fit into memory, got " +
                         ops::toString(type.shape));
  if (bytes > 0 && !array.data)
    return missingArgument("an array's data");
  NpyArray copy{numpyType(array.dtype), type.shape, {}};
  if (bytes > 0)
    copy.bytes.assign(static_cast<const char *>(array.data), bytes);
  if (!item.emplace(array.name, std::move(copy)).second)
    return Status::usage(who + "must be given once, got it again");
  return Status();
}

extern "C" {

size_t graft_num_options(void) { return optionsEnd() - optionsBegin(); }

graft_option_info graft_option(size_t i) {
  if (i >= graft_num_options())
    return {nullptr, GRAFT_OPTION_TEXT, "", "", "", 0};
  const OptionInfo &info = optionsBegin()[i];
  return {info.name,         static_cast<graft_option_kind>(info.kind),
          info.defaultValue, info.choices,
          info.doc,          functionsOf(info.group)};
}

graft_code graft_options_create(graft_options **options) {
  return guard([&]() -> Status {
    if (!options)
      return missingArgument("options");
    *options = nullptr;
    *options = new graft_options;
    return Status();
  });
}

void graft_options_destroy(graft_options *options) { delete options; }

graft_code graft_options_set(graft_options *options, const char *name,
                             const char *value) {
  return guard([&]() -> Status {
    if (!options || !name || !value)
      return missingArgument("options, name and value");
    const SampleData &samples = options->values.convert.engine.calibrationData;
    if (!samples.items.empty() && std::string_view(name) == kSamplesOption)
      return Status::usage("calibration data are files or samples that were "
                           "added, got both");
    GRAFT_RETURN_IF_ERROR(setOption(options->values, name, value));
    options->texts[findOption(name)->name] = value;
    return Status();
  });
}

const char *graft_options_get(const graft_options *options, const char *name) {
  const OptionInfo *info = name ? findOption(name) : nullptr;
  if (!options || !info)
    return nullptr;
  auto text = options->texts.find(info->name);
  return text == options->texts.end() ? info->defaultValue
                                      : text->second.c_str();
}

graft_code graft_options_add_samples(graft_options *options,
                                     const graft_array *arrays, size_t count) {
  return guard([&]() -> Status {
    if (!options || !arrays || count == 0)
      return missingArgument("options and one or more arrays");
    SampleData &samples = options->values.convert.engine.calibrationData;
    if (!samples.path.empty())
      return Status::usage("calibration data are files or samples that were "
                           "added, got both");
    auto item = std::make_shared<NpzArrays>();
    for (size_t i = 0; i < count; ++i)
      GRAFT_RETURN_IF_ERROR(addArray(arrays[i], *item));
    samples.items.push_back(std::move(item));
    return Status();
  });
}

graft_code graft_options_set_progress(graft_options *options,
                                      graft_progress progress, void *user) {
  return guard([&]() -> Status {
    if (!options)
      return missingArgument("options");
    options->progress = {};
    if (progress)
      options->progress = [progress, user](int step, int of,
                                           std::string_view name) {
        return progress(user, step, of, std::string(name).c_str()) == 0;
      };
    return Status();
  });
}

graft_code graft_options_set_warning(graft_options *options,
                                     graft_warning warning, void *user) {
  return guard([&]() -> Status {
    if (!options)
      return missingArgument("options");
    auto &warn = options->values.convert.engine.warn;
    warn = {};
    if (warning)
      warn = [warning, user](const std::string &text) {
        warning(user, text.c_str());
      };
    return Status();
  });
}

} // extern "C"
