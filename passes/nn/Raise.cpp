//===- Raise.cpp - functions written as primitives ------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-raise. The patterns are in raise/, a file for each family.
//===----------------------------------------------------------------------===//
#include "passes/nn/Passes.h"
#include "passes/nn/Patterns.h"
#include "passes/nn/raise/Patterns.h"

#include "dialects/nn/NN.h"

using namespace mlir;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_RAISE
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

static void populate(RewritePatternSet &patterns) {
  raise::populateActivationPatterns(patterns);
  raise::populateAttentionPatterns(patterns);
  raise::populateLayerNormPatterns(patterns);
  raise::populateSoftmaxPatterns(patterns);
}

namespace {
class RaisePass
    : public PatternPass<graft::nn::impl::RaiseBase<RaisePass>, populate> {
public:
  using PatternPass::PatternPass;
};
} // namespace
