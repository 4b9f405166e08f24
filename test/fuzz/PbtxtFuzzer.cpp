//===- PbtxtFuzzer.cpp - any text as a GraphDef ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "GraphFuzz.h"

using namespace graft;

GRAFT_FUZZ_TARGET(const uint8_t *data, size_t size) {
  static const fuzz::Folder folder;
  std::string path = folder.write("fuzz.pbtxt", fuzz::view(data, size));
  fuzz::checkImport([&](mlir::MLIRContext &context) {
    return importGraphDef(path, {}, &context);
  });
  return 0;
}
