//===- Regions.h - oneDNN's parallel regions on the worker pool -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_RUNTIME_CPU_ONEDNN_REGIONS_H
#define GRAFT_RUNTIME_CPU_ONEDNN_REGIONS_H

namespace graft::runtime::onednn {

/// Whether oneDNN's parallel regions use the worker pool; the first call
/// redirects them. If oneDNN is built in an unknown way, they use its OpenMP.
bool ownsRegions();

/// While the object exists, oneDNN plans for `threads` threads on this thread,
/// and regions that this thread opens use the worker pool.
class ThreadCountScope {
public:
  explicit ThreadCountScope(int threads);
  ~ThreadCountScope();
  ThreadCountScope(const ThreadCountScope &) = delete;
  ThreadCountScope &operator=(const ThreadCountScope &) = delete;

private:
  int previous;
};

} // namespace graft::runtime::onednn

#endif // GRAFT_RUNTIME_CPU_ONEDNN_REGIONS_H
