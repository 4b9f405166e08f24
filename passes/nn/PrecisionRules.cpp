//===- PrecisionRules.cpp - what stays in f32 -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn/PrecisionRules.h"

using namespace mlir;
using namespace graft::nn;

bool graft::nn::filtersSamples(Operation *op) {
  auto conv = dyn_cast<Conv2DOp>(op);
  return conv && conv.getGroups() == 1 &&
         cast<RankedTensorType>(conv.getFilter().getType()).getDimSize(2) == 1;
}

bool graft::nn::anyName(Location location,
                        llvm::function_ref<bool(StringRef)> test) {
  bool found = false;
  location->walk([&](Location part) {
    auto name = dyn_cast<NameLoc>(part);
    found = name && test(name.getName().strref());
    return found ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found;
}
