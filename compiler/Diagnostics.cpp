//===- Diagnostics.cpp - one line out of MLIR's diagnostics ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Diagnostics.h"

#include "passes/FailureCode.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace graft;

void graft::collectNodeNames(Location loc, SmallVectorImpl<StringRef> &names) {
  llvm::SetVector<StringRef> found;
  loc->walk([&](Location part) {
    if (auto name = dyn_cast<NameLoc>(part))
      found.insert(name.getName().getValue());
    return WalkResult::advance();
  });
  names.append(found.begin(), found.end());
}

/// The message with "node 'a': " in front, unless the location has no name or
/// the message begins with the node itself.
static std::string describe(const Diagnostic &diagnostic) {
  std::string text = diagnostic.str();
  SmallVector<StringRef> names;
  collectNodeNames(diagnostic.getLocation(), names);
  bool named =
      names.empty() || llvm::any_of(names, [&](StringRef name) {
        return StringRef(text).starts_with(("node '" + name + "'").str());
      });
  return named ? text : ("node '" + names.front() + "': " + text).str();
}

DiagnosticCollector::DiagnosticCollector(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Warning)
          warnings.add(diagnostic.str(), describe(diagnostic));
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error ||
            !firstError.empty())
          return success();
        code = getFailureCode(diagnostic);
        firstError = describe(diagnostic);
        for (Diagnostic &note : diagnostic.getNotes())
          firstError += "; " + describe(note);
        return success();
      }) {
  // A user reads names of nodes; the whole operation would hide them.
  context->printOpOnDiagnostic(false);
}

Status DiagnosticCollector::toStatus(const std::string &file,
                                     StringRef fallback) const {
  if (firstError.empty())
    return Status::internal(file + ": " + fallback.str());
  return Status(code, file + ": " + firstError);
}
