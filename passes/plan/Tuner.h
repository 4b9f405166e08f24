//===- Tuner.h - times kernels on this machine ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PLAN_TUNER_H
#define GRAFT_PASSES_PLAN_TUNER_H

#include "runtime/core/Provider.h"

#include "llvm/ADT/ArrayRef.h"

namespace graft::plan {

/// The least of several timed runs of `desc`, whose tactic is set, in seconds.
/// `constants` holds the dense contents of constant inputs and null for others,
/// which are filled with small numbers. Fails if the kernel cannot be created
/// or run.
Expected<double> measure(const runtime::Provider &provider,
                         runtime::LaunchDesc desc,
                         llvm::ArrayRef<const void *> constants, int threads);

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_TUNER_H
