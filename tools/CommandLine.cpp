//===- CommandLine.cpp - what --help and --version of a tool say ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/CommandLine.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

namespace cl = llvm::cl;

void graft::hideForeignOptions() {
  for (auto &entry : cl::getRegisteredOptions())
    entry.second->setHiddenFlag(cl::ReallyHidden);
}

void graft::showVersion(const char *name) {
  cl::SetVersionPrinter([name](llvm::raw_ostream &stream) {
    stream << name << " " GRAFT_VERSION " (MLIR " LLVM_VERSION_STRING ")\n";
  });
}
