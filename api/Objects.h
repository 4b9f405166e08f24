//===- Objects.h - what is behind the C API's names -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_API_OBJECTS_H
#define GRAFT_API_OBJECTS_H

#include "api/include/graft.h"
#include "compiler/Options.h"

struct graft_options {
  graft::Options values;
  /// What was set, as text, by the row's name.
  std::map<std::string_view, std::string> texts;
  graft::Progress progress;
};

struct graft_report {
  std::string json, text;
};

namespace graft {

/// The functions that options of a group are for, a sum of GRAFT_FOR_*.
unsigned functionsOf(OptionGroup group);

/// The bytes as the C API hands them out. `bytes` must not be null.
void handOut(ByteBuffer buffer, graft_bytes *bytes);
Status handOut(std::string_view text, graft_bytes *bytes);

} // namespace graft

#endif // GRAFT_API_OBJECTS_H
