//===- Diagnostics.h - one line out of MLIR's diagnostics -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_DIAGNOSTICS_H
#define GRAFT_COMPILER_DIAGNOSTICS_H

#include "support/Status.h"

#include "mlir/IR/Diagnostics.h"

namespace graft {

/// Keeps the first error that is emitted while it lives, with its notes, and
/// holds back everything else.
class DiagnosticCollector {
public:
  explicit DiagnosticCollector(mlir::MLIRContext *context);

  /// "<file>: node '<node>': <message> (<notes>)". `fallback` is the message
  /// when a pass failed without saying why, which is a bug.
  Status toStatus(const std::string &file, llvm::StringRef fallback) const;

private:
  std::string firstError;
  mlir::ScopedDiagnosticHandler handler;
};

/// The names of the nodes that a location is about, in their order.
void collectNodeNames(mlir::Location loc,
                      llvm::SmallVectorImpl<llvm::StringRef> &names);

} // namespace graft

#endif // GRAFT_COMPILER_DIAGNOSTICS_H
