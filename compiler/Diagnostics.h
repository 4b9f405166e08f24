//===- Diagnostics.h - one line out of MLIR's diagnostics -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_DIAGNOSTICS_H
#define GRAFT_COMPILER_DIAGNOSTICS_H

#include "support/Status.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"

#include <string>
#include <vector>

namespace graft {

/// What passes warn of, each cause once: the work may meet it in every engine.
class Warnings {
public:
  /// `text` is `cause` with the node that it was met at.
  void add(std::string cause, std::string text) {
    if (!llvm::is_contained(causes, cause)) {
      causes.push_back(std::move(cause));
      texts.push_back(std::move(text));
    }
  }
  void add(const Warnings &others) {
    for (auto [cause, text] : llvm::zip_equal(others.causes, others.texts))
      add(cause, text);
  }
  /// In their order, each with the first node.
  const std::vector<std::string> &getTexts() const { return texts; }

private:
  std::vector<std::string> causes, texts;
};

/// Keeps the first error that is emitted while it lives, with its notes, and
/// all warnings.
class DiagnosticCollector {
public:
  explicit DiagnosticCollector(mlir::MLIRContext *context);

  /// "<file>: node '<node>': <message> (<notes>)", with the code of the error
  /// (passes/FailureCode.h). `fallback` is the message if a pass failed without
  /// an error, which is a bug.
  Status toStatus(const std::string &file, llvm::StringRef fallback) const;

  const Warnings &getWarnings() const { return warnings; }

private:
  std::string firstError;
  StatusCode code = StatusCode::Failed;
  Warnings warnings;
  mlir::ScopedDiagnosticHandler handler;
};

/// The names of the nodes that a location is about, in their order.
void collectNodeNames(mlir::Location loc,
                      llvm::SmallVectorImpl<llvm::StringRef> &names);

} // namespace graft

#endif // GRAFT_COMPILER_DIAGNOSTICS_H
