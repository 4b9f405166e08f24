//===- LaunchProfile.h - where the time of a run goes ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TOOLS_GRAFT_LAUNCHPROFILE_H
#define GRAFT_TOOLS_GRAFT_LAUNCHPROFILE_H

#include "engine/Engine.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace graft {

/// The median time of each launch over many runs, and the shapes it writes.
class LaunchProfile {
public:
  /// `context` is prepared, and belongs to `engine`; it measures launches from
  /// now on.
  LaunchProfile(const graft_engine *engine, graft_context *context);

  /// Notes the times of the context's last run.
  void note();

  /// Runs once more to see the shape of each result.
  Status noteShapes(const std::vector<const void *> &inputs,
                    const std::vector<void *> &outputs);

  /// A table: microseconds, part of the sum, launch, kind, shapes.
  std::string toText() const;

  /// For each launch {"name", "kind", "us", "outputs": ["f4[1, 8]"]}. A launch
  /// whose results are known before the run has no outputs.
  nlohmann::ordered_json toJson() const;

private:
  struct Launch {
    std::vector<uint64_t> times; ///< nanoseconds, one a run
    std::vector<std::string> outputs;
  };
  /// Of that launch, in microseconds; 0 before the first run.
  static double median(const Launch &launch);

  const graft_engine *engine;
  graft_context *context;
  std::vector<Launch> launches;
};

} // namespace graft

#endif // GRAFT_TOOLS_GRAFT_LAUNCHPROFILE_H
