//===- graft-opt.cpp - run passes over a module ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/CommandLine.h"
#include "tools/Process.h"
#include "tools/Registration.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  graft::installProcessHandlers("graft-opt");
  graft::hideForeignOptions();
  graft::showVersion("graft-opt");
  mlir::DialectRegistry registry;
  graft::registerDialects(registry);
  graft::registerPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Graft's pass driver\n", registry));
}
