//===- Progress.h - what long work shows on a terminal --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TOOLS_GRAFT_PROGRESS_H
#define GRAFT_TOOLS_GRAFT_PROGRESS_H

#include "api/include/graft.h"
#include "compiler/Compiler.h"

#include <chrono>

namespace graft {

/// One line on stderr that the next step overwrites; silent unless stderr is a
/// terminal. Removed when it goes out of scope.
class ProgressLine {
public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine &) = delete;
  ProgressLine &operator=(const ProgressLine &) = delete;

  /// A callback that lives as long as this line; none where it would be silent.
  Progress callback();
  /// The same for the C API.
  void show(graft_options &options);
  /// Removes the line, so that something else can be printed; the next step
  /// shows it again.
  void clear();
  /// Seconds since the line was made.
  double seconds() const;

private:
  void show(int step, int of, std::string_view name);

  bool terminal;
  bool shown = false;
  std::chrono::steady_clock::time_point start;
};

} // namespace graft

#endif // GRAFT_TOOLS_GRAFT_PROGRESS_H
