//===- Processors.cpp - processors that this process may use --------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "support/Processors.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <vector>

using namespace graft;

/// The whole of a small file; empty where it cannot be read.
static std::string readText(const std::string &path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Two numbers of files of control groups as CPUs, or 0: no limit is "max" in
/// version 2 and -1 in version 1.
static double asCpus(const std::string &quota, const std::string &period) {
  char *end = nullptr;
  double used = std::strtod(quota.c_str(), &end);
  if (end == quota.c_str() || !(used > 0))
    return 0;
  double of = std::strtod(period.c_str(), &end);
  return of > 0 && std::isfinite(used / of) ? used / of : 0;
}

/// The limit of the group in `folder` itself, or 0.
static double quotaOf(const std::string &folder, bool isVersion2) {
  if (!isVersion2)
    return asCpus(readText(folder + "/cpu.cfs_quota_us"),
                  readText(folder + "/cpu.cfs_period_us"));
  std::istringstream words(readText(folder + "/cpu.max"));
  std::string quota, period;
  words >> quota >> period;
  return asCpus(quota, period);
}

static bool listHas(const std::string &list, const std::string &word) {
  return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

namespace {

/// Where a hierarchy that can limit CPUs is mounted.
struct Mount {
  std::string root;  ///< the group that the mount point shows
  std::string point; ///< its folder
  bool isVersion2 = false;
};

} // namespace

/// Lines are "36 35 98:0 /root /point options [tags] - type source options".
static std::vector<Mount> findMounts(const std::string &mounts) {
  std::vector<Mount> found;
  std::istringstream lines(mounts);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, type, source, options;
    Mount mount;
    words >> word >> word >> word >> mount.root >> mount.point;
    while (words >> word && word != "-")
      continue;
    if (!(words >> type >> source >> options))
      continue;
    mount.isVersion2 = type == "cgroup2";
    if (mount.isVersion2 || (type == "cgroup" && listHas(options, "cpu")))
      found.push_back(std::move(mount));
  }
  return found;
}

/// The process's group in such a hierarchy: lines are "4:cpu,cpuacct:/path",
/// and "0::/path" for version 2.
static std::string findGroup(const std::string &cgroups, bool isVersion2) {
  std::istringstream lines(cgroups);
  for (std::string line; std::getline(lines, line);) {
    size_t first = line.find(':');
    size_t second =
        first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos)
      continue;
    std::string controllers = line.substr(first + 1, second - first - 1);
    if (isVersion2 ? controllers.empty() : listHas(controllers, "cpu"))
      return line.substr(second + 1);
  }
  return "";
}

double graft::findCpuQuota(const std::string &cgroups,
                           const std::string &mounts, const std::string &root) {
  double least = 0;
  for (const Mount &mount : findMounts(mounts)) {
    std::string group = findGroup(cgroups, mount.isVersion2);
    // A container may see its own group as the mount's root, under a path that
    // is the host's.
    if (mount.root != "/" &&
        group.compare(0, mount.root.size(), mount.root) == 0)
      group.erase(0, mount.root.size());
    for (;;) {
      double cpus = quotaOf(root + mount.point + group, mount.isVersion2);
      if (cpus > 0 && (least == 0 || cpus < least))
        least = cpus;
      if (group.empty() || group == "/")
        break;
      group.erase(group.find_last_of('/') == std::string::npos
                      ? 0
                      : group.find_last_of('/'));
    }
  }
  return least;
}

int graft::affineProcessors() {
  // Larger than cpu_set_t, which stops at 1,024.
  cpu_set_t set[16];
  CPU_ZERO_S(sizeof(set), set);
  if (sched_getaffinity(0, sizeof(set), set) != 0)
    return 1;
  return std::max(1, CPU_COUNT_S(sizeof(set), set));
}

int graft::availableProcessors() {
  int processors = affineProcessors();
  double quota = findCpuQuota(readText("/proc/self/cgroup"),
                              readText("/proc/self/mountinfo"));
  if (quota > 0 && quota < processors)
    processors = std::max(1, int(std::ceil(quota)));
  return processors;
}

int graft::resolveThreads(int requested) {
  return std::clamp(requested > 0 ? requested : availableProcessors(), 1,
                    kMaxThreads);
}
