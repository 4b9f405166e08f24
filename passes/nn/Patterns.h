//===- Patterns.h - sets of patterns over the `nn` dialect ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_PATTERNS_H
#define GRAFT_PASSES_NN_PATTERNS_H

#include "mlir/IR/PatternMatch.h"
#include "mlir/Rewrite/FrozenRewritePatternSet.h"

namespace graft::nn {

/// The addition of one constant per channel becomes the bias of a heavy
/// operation.
void populateBiasPatterns(mlir::RewritePatternSet &patterns);

/// A padding moves into the operation that reads it.
void populatePaddingPatterns(mlir::RewritePatternSet &patterns);

/// Changes of shape move out from between products and their epilogues.
void populateReshapePatterns(mlir::RewritePatternSet &patterns);

/// Transpositions move down until they meet their inverses.
void populateTransposePatterns(mlir::RewritePatternSet &patterns);

/// Rewrites `root` with `patterns` until none applies, or until a limit is
/// reached: then a warning names the patterns that still apply and their
/// operations. `who` names the pass. The IR is valid and equivalent at any
/// time.
void rewriteToFixpoint(mlir::Operation *root,
                       const mlir::FrozenRewritePatternSet &patterns,
                       llvm::StringRef who);

/// A pass that rewrites to a fixpoint with what `populate` adds. `Base` is the
/// pass's generated base.
template <typename Base, void (*populate)(mlir::RewritePatternSet &)>
class PatternPass : public Base {
public:
  using Base::Base;

  llvm::LogicalResult initialize(mlir::MLIRContext *context) override {
    mlir::RewritePatternSet set(context);
    populate(set);
    populateByOptions(set);
    patterns = std::move(set);
    return mlir::success();
  }

  void runOnOperation() override {
    rewriteToFixpoint(this->getOperation(), patterns, this->getArgument());
  }

protected:
  /// Adds the patterns that the pass's options select.
  virtual void populateByOptions(mlir::RewritePatternSet &) {}

private:
  mlir::FrozenRewritePatternSet patterns;
};

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_PATTERNS_H
