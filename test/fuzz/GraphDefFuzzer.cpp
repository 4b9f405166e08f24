//===- GraphDefFuzzer.cpp - any bytes as a GraphDef -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "GraphFuzz.h"

using namespace graft;

GRAFT_FUZZ_TARGET(const uint8_t *data, size_t size) {
  // Exactly as long as the file, so that a byte too far is seen.
  auto bytes = std::make_shared<std::vector<char>>(data, data + size);
  fuzz::checkImport([&](mlir::MLIRContext &context) {
    return importGraphDefBytes({bytes->data(), bytes->size()}, bytes, "fuzz.pb",
                               {}, &context);
  });
  return 0;
}
