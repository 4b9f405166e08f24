//===- Handles.cpp - oneDNN's objects, owned ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The engine is created once and exists until the process ends: primitives of
// other threads may still use it meanwhile.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/onednn/Handles.h"
#include "runtime/cpu/onednn/Regions.h"

#include "support/Exhaustion.h"

using namespace graft;
using namespace graft::runtime;

dnnl_engine_t onednn::engine() {
  static dnnl_engine_t shared = [] {
    // This must run before oneDNN opens a region.
    (void)ownsRegions();
    // Plans and results do not depend on the process's environment. oneDNN
    // refuses the calls if another user in the process has started already.
    (void)dnnl_set_max_cpu_isa(dnnl_cpu_isa_default);
    (void)dnnl_set_cpu_isa_hints(dnnl_cpu_isa_no_hints);
    (void)dnnl_set_default_fpmath_mode(dnnl_fpmath_mode_strict);
    dnnl_engine_t created = nullptr;
    return dnnl_engine_create(&created, dnnl_cpu, 0) == dnnl_success ? created
                                                                     : nullptr;
  }();
  return shared;
}

Status onednn::toStatus(dnnl_status_t status, const char *what) {
  const char *reason = "status";
  StatusCode code = StatusCode::Failed;
  // If memory for generated code runs out, oneDNN reports a runtime error, or
  // tries all implementations until none is left.
  if (status != dnnl_success && isMemoryExhausted())
    status = dnnl_out_of_memory;
  switch (status) {
  case dnnl_success:
    return Status();
  case dnnl_out_of_memory:
    reason = "out of memory";
    code = StatusCode::Exhausted;
    break;
  case dnnl_invalid_arguments:
    reason = "invalid arguments";
    code = StatusCode::Internal;
    break;
  case dnnl_unimplemented:
    reason = "no implementation for these shapes and types";
    break;
  default:
    reason = "a runtime error";
    break;
  }
  return Status(code, std::string("onednn: ") + what + ": " + reason);
}
