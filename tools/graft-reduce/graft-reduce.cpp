//===- graft-reduce.cpp - the smallest module that still fails ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/CommandLine.h"
#include "tools/Process.h"
#include "tools/Registration.h"
#include "tools/graft-reduce/Reductions.h"

#include "mlir/IR/Action.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

int main(int argc, char **argv) {
  graft::installProcessHandlers("graft-reduce");
  graft::hideForeignOptions();
  graft::showVersion("graft-reduce");
  mlir::DialectRegistry registry;
  graft::registerDialects(registry);
  graft::registerPasses();
  graft::registerReductions(registry);
  mlir::MLIRContext context(registry);
  // Once a pass runs, a module that lacks what others read, or its end, is a
  // candidate that is dropped, and no fault of the user's.
  bool reducing = false;
  context.registerActionHandler([&](llvm::function_ref<void()> transform,
                                    const mlir::tracing::Action &action) {
    reducing |= llvm::isa<mlir::PassExecutionAction>(action);
    transform();
  });
  mlir::ScopedDiagnosticHandler dropped(
      &context, [&](mlir::Diagnostic &diagnostic) {
        std::string text = diagnostic.str();
        bool isCandidate =
            llvm::StringRef(text).contains("null operand found") ||
            llvm::StringRef(text).contains("block with no terminator");
        return mlir::success(reducing && isCandidate);
      });
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
