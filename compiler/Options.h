//===- Options.h - the options of every surface ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One table: the command line's flags, the C API and its bindings are made from
// its rows, so that a new option is one row.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_OPTIONS_H
#define GRAFT_COMPILER_OPTIONS_H

#include "compiler/Compiler.h"

namespace graft {

/// All options of a user.
struct Options {
  ModelSource model; ///< what the options say of it; never its path or bytes
  ShapeMap shapes;
  ConvertOptions convert;      ///< with the engines' options
  bool keepDevices = false;    ///< of a rescue
  bool convertRescued = false; ///< a rescue is also a conversion
  bool histograms = false;     ///< a calibration keeps them
};

enum class OptionKind { Text, Flag, Integer, List, File };

/// The part of the options that a row belongs to.
enum class OptionGroup {
  Model,
  Shapes,
  Precision,
  Engine,
  Threads,
  Algorithm, ///< of a calibration
  Calibrate,
  Convert,
  Rescue
};

struct OptionInfo {
  const char *name;
  OptionKind kind;
  OptionGroup group;
  const char *defaultValue;
  const char *choices; ///< separated by commas; empty where any value goes
  const char *doc;
  /// Takes a value that is one of the choices.
  Status (*set)(Options &options, std::string_view value);
};

/// The rows of the table.
const OptionInfo *optionsBegin();
const OptionInfo *optionsEnd();

/// The row of that name, or null.
const OptionInfo *findOption(std::string_view name);

/// Sets an option from text. Errors (Usage) list the choices.
Status setOption(Options &options, std::string_view name,
                 std::string_view value);

} // namespace graft

#endif // GRAFT_COMPILER_OPTIONS_H
