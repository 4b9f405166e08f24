//===- TimingCache.h - measured times of kernels, kept in a file ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A JSON file {"schema_version": 1, "kernels": {key: {tactic: seconds}}}. A key
// is makeKey(): the same kernel on the same machine with as many threads.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PLAN_TIMINGCACHE_H
#define GRAFT_PASSES_PLAN_TIMINGCACHE_H

#include "runtime/core/Provider.h"
#include "support/FileKind.h"

#include "llvm/ADT/StringRef.h"

#include <map>
#include <optional>
#include <string>

namespace graft::plan {

/// A file that may be overwritten with a cache: of any version, with entries
/// that may be damaged.
extern const FileKind kTimingCacheFile;

class TimingCache {
public:
  /// Reads the file at `path`. A missing file is an empty cache. Fails if the
  /// file cannot be read or is damaged; the cache is then empty and may be used
  /// all the same, if the file is one (kTimingCacheFile).
  Status load(const std::string &path);

  /// Writes the cache to `path` if anything was added since load(). What
  /// another process wrote there meanwhile is kept.
  Status save(const std::string &path) const;

  /// Seconds of `tactic` ("provider/name") for the kernel `key`.
  std::optional<double> find(const std::string &key,
                             const std::string &tactic) const;
  void add(const std::string &key, const std::string &tactic, double seconds);

private:
  std::map<std::string, std::map<std::string, double>> kernels;
  bool changed = false;
};

/// Everything except the tactic that a launch's time may depend on, with the
/// target's description of the machine and the number of threads.
std::string makeKey(llvm::StringRef machine, const runtime::LaunchDesc &launch,
                    int threads);

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_TIMINGCACHE_H
