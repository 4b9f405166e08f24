//===- FailureCode.h - whose turn it is when a pass fails -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_FAILURECODE_H
#define GRAFT_PASSES_FAILURECODE_H

#include "support/Status.h"

#include "mlir/IR/Diagnostics.h"

namespace graft {

/// Has the failure that `error` tells of end with that code. The first counts.
inline void setFailureCode(mlir::Diagnostic &error, StatusCode code) {
  error.getMetadata().push_back(
      mlir::DiagnosticArgument(static_cast<int64_t>(code)));
}

/// The code of an error: Failed unless a pass has set another.
inline StatusCode getFailureCode(mlir::Diagnostic &error) {
  for (mlir::DiagnosticArgument &argument : error.getMetadata())
    if (argument.getKind() ==
        mlir::DiagnosticArgument::DiagnosticArgumentKind::Integer)
      return static_cast<StatusCode>(argument.getAsInteger());
  return StatusCode::Failed;
}

} // namespace graft

#endif // GRAFT_PASSES_FAILURECODE_H
