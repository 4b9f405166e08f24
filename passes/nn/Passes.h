//===- Passes.h - passes over the `nn` dialect ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_PASSES_H
#define GRAFT_PASSES_NN_PASSES_H

#include "mlir/Pass/Pass.h"

namespace graft::nn {

#define GEN_PASS_DECL
#include "passes/nn/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/nn/Passes.h.inc"

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_PASSES_H
