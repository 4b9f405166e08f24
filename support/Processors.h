//===- Processors.h - processors that this process may use ----------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_SUPPORT_PROCESSORS_H
#define GRAFT_SUPPORT_PROCESSORS_H

#include <string>

namespace graft {

/// No run uses more threads: a larger number that a caller asks for counts as
/// this one.
constexpr int kMaxThreads = 256;

/// Processors that the calling thread may run on, by its affinity; at least 1.
int affineProcessors();

/// The above, and no more than the CPU quota of the process's control groups
/// pays for, rounded up. Read at each call.
int availableProcessors();

/// Threads for a caller that wants `requested`: 0 and less mean
/// availableProcessors(). In [1, kMaxThreads].
int resolveThreads(int requested);

/// CPUs that the control groups grant: the least of each group's quota divided
/// by its period, from the process's group up to the root, in version 1 and 2;
/// 0 where there is no limit. `cgroups` and `mounts` are the contents of
/// /proc/self/cgroup and /proc/self/mountinfo; the latter's mount points are
/// looked up below `root`.
double findCpuQuota(const std::string &cgroups, const std::string &mounts,
                    const std::string &root = "");

} // namespace graft

#endif // GRAFT_SUPPORT_PROCESSORS_H
