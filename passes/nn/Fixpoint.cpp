//===- Fixpoint.cpp - patterns until none applies -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Patterns that undo each other, or that change the IR without a match, would
// be applied forever.
//===----------------------------------------------------------------------===//
#include "passes/nn/Patterns.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace {

/// Sweeps over the whole, and rewrites in each for every operation. Sinking an
/// operation through others takes one for each of them.
constexpr int64_t kMostSweeps = 10;
constexpr int64_t kRewritesPerOperation = 100;
/// Rewrites that are recorded to name the patterns at fault.
constexpr int64_t kWatchedRewrites = 1000;
constexpr size_t kMostCulprits = 3;

/// Records which patterns change something.
class Watcher : public RewriterBase::Listener {
public:
  struct Culprit {
    Location loc;
    unsigned count = 0;
  };

  void notifyPatternBegin(const Pattern &, Operation *op) override {
    loc = op->getLoc();
    touches = false;
  }
  void notifyPatternEnd(const Pattern &pattern, LogicalResult status) override {
    if (loc && (succeeded(status) || touches))
      ++culprits.insert({nameOf(pattern), {*loc}}).first->second.count;
    loc.reset();
  }
  void notifyOperationInserted(Operation *, OpBuilder::InsertPoint) override {
    touches = true;
  }

  /// By the pattern's name, in the order of their first changes.
  llvm::MapVector<StringRef, Culprit> culprits;

private:
  static StringRef nameOf(const Pattern &pattern) {
    StringRef name = pattern.getDebugName();
    // Omits namespaces, but keeps template arguments.
    size_t end = name.substr(0, name.find('<')).rfind("::");
    return end == StringRef::npos ? name : name.substr(end + 2);
  }

  std::optional<Location> loc; ///< of what the running pattern is applied to
  bool touches = false;
};

} // namespace

void graft::nn::rewriteToFixpoint(Operation *root,
                                  const FrozenRewritePatternSet &patterns,
                                  StringRef who) {
  int64_t operations = 0;
  root->walk([&](Operation *) { ++operations; });
  GreedyRewriteConfig config;
  config.setMaxIterations(kMostSweeps);
  config.setMaxNumRewrites(operations * kRewritesPerOperation);
  if (succeeded(applyPatternsGreedily(root, patterns, config)))
    return;
  Watcher watcher;
  config.setMaxIterations(1);
  config.setMaxNumRewrites(kWatchedRewrites);
  config.setListener(&watcher);
  (void)applyPatternsGreedily(root, patterns, config);
  for (const auto &[name, culprit] :
       ArrayRef(watcher.culprits.getArrayRef()).take_front(kMostCulprits))
    (emitWarning(culprit.loc)
     << who << " must come to an end, got '" << name
     << "' applied again and again; what it has made stays")
            .attachNote()
        << "applied " << culprit.count << " more times from here on";
}
