//===- SimProvider.h - who runs launches on the simulated device ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_TEST_TARGETS_SIM_SIMPROVIDER_H
#define GRAFT_TEST_TARGETS_SIM_SIMPROVIDER_H

#include "runtime/core/Provider.h"

namespace graft::sim {

/// Its layout of a convolution's filters: output channels first.
inline constexpr char kFilterLayout[] = "ohwi";

/// Takes what the CPU's kernels take, dense tensors only. Filters of
/// convolutions are packed as kFilterLayout.
const runtime::Provider &simProvider();

} // namespace graft::sim

#endif // GRAFT_TEST_TARGETS_SIM_SIMPROVIDER_H
