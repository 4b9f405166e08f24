//===- Passes.h - passes over what TF-TRT wrote -----------------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TFTRT_PASSES_H
#define GRAFT_TFTRT_PASSES_H

#include "mlir/Pass/Pass.h"

namespace graft::tftrt {

#define GEN_PASS_DECL
#include "tftrt/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tftrt/Passes.h.inc"

} // namespace graft::tftrt

#endif // GRAFT_TFTRT_PASSES_H
