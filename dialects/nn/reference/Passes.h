//===- Passes.h - the interpreter as a pass -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_REFERENCE_PASSES_H
#define GRAFT_DIALECTS_NN_REFERENCE_PASSES_H

#include "mlir/Pass/Pass.h"

#include <memory>
#include <string>

namespace graft::nn {

#define GEN_PASS_DECL
#include "dialects/nn/reference/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dialects/nn/reference/Passes.h.inc"

} // namespace graft::nn

#endif // GRAFT_DIALECTS_NN_REFERENCE_PASSES_H
