//===- CompilePlan.h - the second half of building a plan -------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_COMPILEPLAN_H
#define GRAFT_COMPILER_COMPILEPLAN_H

#include "compiler/Compilation.h"

namespace graft {

/// Makes a plan of a model that `work` has loaded.
Status compilePlan(Compilation &work, const ModelSource &model,
                   const ShapeMap &shapes, const EngineOptions &options,
                   const Output &output);

} // namespace graft

#endif // GRAFT_COMPILER_COMPILEPLAN_H
