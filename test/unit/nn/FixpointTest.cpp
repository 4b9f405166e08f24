//===- FixpointTest.cpp - patterns that come to no end --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/nn/NN.h"
#include "passes/nn/Draft.h"
#include "passes/nn/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace graft::nn;

namespace {

template <typename From, typename To>
struct Replace : OpRewritePattern<From> {
  using OpRewritePattern<From>::OpRewritePattern;
  LogicalResult matchAndRewrite(From op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<To>(op, op.getType(), op.getX());
    return success();
  }
};

/// Makes a constant before it finds out that it does not match.
template <bool cleansUp>
struct Litter : OpRewritePattern<TanhOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TanhOp op,
                                PatternRewriter &rewriter) const override {
    Draft draft(rewriter, op);
    auto type = RankedTensorType::get({}, rewriter.getF32Type());
    ConstantOp::create(rewriter, op.getLoc(),
                       DenseElementsAttr::get(type, 1.0f));
    return cleansUp ? draft.discard("never") : failure();
  }
};

class Fixpoint : public testing::Test {
protected:
  Fixpoint() {
    context.loadDialect<NNDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(R"(
      func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
        %y = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
        %z = nn.tanh %x : (tensor<4xf32>) -> tensor<4xf32>
        return %y, %z : tensor<4xf32>, tensor<4xf32>
      })",
                                         &context);
  }

  /// Rewrites, and gives the warnings.
  template <typename... Patterns>
  std::vector<std::string> rewrite() {
    std::vector<std::string> warnings;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      EXPECT_EQ(diagnostic.getSeverity(), DiagnosticSeverity::Warning);
      warnings.push_back(diagnostic.str());
      return success();
    });
    RewritePatternSet patterns(&context);
    patterns.add<Patterns...>(&context);
    rewriteToFixpoint(*module, FrozenRewritePatternSet(std::move(patterns)),
                      "nn-test");
    EXPECT_TRUE(succeeded(verify(*module)));
    return warnings;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

} // namespace

TEST_F(Fixpoint, ComesToAnEnd) {
  EXPECT_TRUE((rewrite<Replace<ReluOp, SigmoidOp>>().empty()));
}

TEST_F(Fixpoint, NamesPatternsThatUndoEachOther) {
  std::vector<std::string> warnings =
      rewrite<Replace<ReluOp, SigmoidOp>, Replace<SigmoidOp, ReluOp>>();
  ASSERT_EQ(warnings.size(), 2u);
  for (const std::string &warning : warnings) {
    EXPECT_EQ(warning.find("nn-test must come to an end, got 'Replace<"), 0u)
        << warning;
    EXPECT_NE(warning.find("applied again and again"), std::string::npos)
        << warning;
  }
}

TEST_F(Fixpoint, NamesAPatternThatLeavesSomethingBehind) {
  std::vector<std::string> warnings = rewrite<Litter<false>>();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("'Litter<"), std::string::npos) << warnings[0];
}

TEST_F(Fixpoint, AllowsDraftsThatAreDiscarded) {
  EXPECT_TRUE(rewrite<Litter<true>>().empty());
}
