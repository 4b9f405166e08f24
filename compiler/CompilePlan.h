//===- CompilePlan.h - the second half of building a plan -------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_COMPILEPLAN_H
#define GRAFT_COMPILER_COMPILEPLAN_H

#include "compiler/Session.h"

namespace graft {

/// Compiles the model that `session` has loaded as far as `emitter` requires,
/// which then writes it.
Status compilePlan(Session &session, const Emitter &emitter,
                   const Output &output);

} // namespace graft

#endif // GRAFT_COMPILER_COMPILEPLAN_H
