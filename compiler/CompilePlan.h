//===- CompilePlan.h - the second half of building a plan -------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_COMPILEPLAN_H
#define GRAFT_COMPILER_COMPILEPLAN_H

#include "compiler/Session.h"

namespace graft {

/// Makes a plan of the model that `session` has loaded.
Status compilePlan(Session &session, const Output &output);

} // namespace graft

#endif // GRAFT_COMPILER_COMPILEPLAN_H
