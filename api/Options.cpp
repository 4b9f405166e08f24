//===- Options.cpp - options by name --------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "api/Objects.h"

#include "runtime/core/Border.h"

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

} // extern "C"
