//===- CpuBackend.h - the run side of the target `cpu` --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_RUNTIME_CPU_CPUBACKEND_H
#define GRAFT_RUNTIME_CPU_CPUBACKEND_H

#include "runtime/core/Backend.h"

namespace graft::runtime {

/// Runs plans on the calling thread and the worker pool, in the host's memory.
const Backend &cpuBackend();

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CPU_CPUBACKEND_H
