//===- SimBackend.h - the run side of the target `sim` --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_TEST_TARGETS_SIM_SIMBACKEND_H
#define GRAFT_TEST_TARGETS_SIM_SIMBACKEND_H

#include "runtime/core/Backend.h"

namespace graft::sim {

const runtime::Backend &simBackend();

} // namespace graft::sim

#endif // GRAFT_TEST_TARGETS_SIM_SIMBACKEND_H
