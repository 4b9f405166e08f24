//===- Regions.h - oneDNN's parallel regions on the worker pool -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_RUNTIME_CPU_ONEDNN_REGIONS_H
#define GRAFT_RUNTIME_CPU_ONEDNN_REGIONS_H

namespace graft::runtime::onednn {

/// Whether oneDNN's parallel regions come to the worker pool; the first call
/// sees to it. They do not where oneDNN is not built as it is known; then they
/// stay with its OpenMP.
bool ownsRegions();

/// While it lives, oneDNN plans for `threads` threads on this one, and regions
/// that this one opens go to the worker pool.
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
