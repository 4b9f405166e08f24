//===- ForEachSegment.cpp - a segment that fails is native again ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements for-each-segment.
//===----------------------------------------------------------------------===//
#include "dialects/graph/Graph.h"
#include "dialects/plan/Describe.h"
#include "passes/Pipelines.h"
#include "passes/graph/SegmentBuilder.h"
#include "passes/nn/LayerPrecisions.h"
#include "passes/nn_to_plan/SharedResources.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace graft;

namespace graft {
#define GEN_PASS_DEF_FOREACHSEGMENT
#include "passes/Passes.h.inc"
} // namespace graft

namespace {

class ForEachSegmentPass
    : public graft::impl::ForEachSegmentBase<ForEachSegmentPass> {
public:
  using Base::Base;

  ForEachSegmentPass(llvm::function_ref<void(OpPassManager &)> populate) {
    populate(pipeline);
    std::string text;
    llvm::raw_string_ostream stream(text);
    llvm::interleave(
        pipeline,
        [&](Pass &pass) {
          pass.printAsTextualPipeline(stream, /*pretty=*/false);
        },
        [&] { stream << ","; });
    pipelineText = text;
  }

  LogicalResult
  initializeOptions(StringRef options,
                    function_ref<LogicalResult(const Twine &)> error) override {
    if (failed(Base::initializeOptions(options, error)))
      return failure();
    std::string errors;
    llvm::raw_string_ostream stream(errors);
    if (succeeded(parsePassPipeline(pipelineText, pipeline, stream)))
      return success();
    return error(errors);
  }

  void getDependentDialects(DialectRegistry &registry) const override {
    pipeline.getDependentDialects(registry);
  }

  void runOnOperation() override;

private:
  /// Whether the pipeline could be run on `engine`, which is gone if not; then
  /// `reason` has the first error.
  bool runAlone(Operation *engine, std::string &reason);

  OpPassManager pipeline{ModuleOp::getOperationName()};
};

} // namespace

bool ForEachSegmentPass::runAlone(Operation *engine, std::string &reason) {
  OpBuilder builder(engine);
  auto alone = ModuleOp::create(builder, engine->getLoc());
  alone->setDiscardableAttrs(getOperation()->getDiscardableAttrDictionary());
  engine->moveBefore(alone.getBody(), alone.getBody()->end());
  ScopedDiagnosticHandler handler(&getContext(), [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
      return failure();
    if (!reason.empty())
      return success();
    SmallVector<std::string> nodes =
        plan::collectNodes(diagnostic.getLocation());
    if (!nodes.empty())
      reason = "node '" + nodes.front() + "': ";
    reason += diagnostic.str();
    return success();
  });
  bool succeeds = succeeded(runPipeline(pipeline, alone));
  if (succeeds)
    for (Operation &op : llvm::make_early_inc_range(*alone.getBody()))
      op.moveBefore(alone);
  alone.erase();
  return succeeds;
}

void ForEachSegmentPass::runOnOperation() {
  ModuleOp module = getOperation();
  // What passes ask that see a part of the module only.
  (void)getAnalysis<plan::SharedResources>();
  (void)getAnalysis<nn::HeldTable>();
  llvm::MapVector<Attribute, SmallVector<graph::SegmentOp>> segments;
  module.walk([&](graph::SegmentOp segment) {
    if (auto symbol = segment.getEngineAttr())
      segments[symbol.getAttr()].push_back(segment);
  });
  SymbolTable symbols(module);
  for (auto &[symbol, users] : segments) {
    Operation *engine = symbols.lookup(cast<StringAttr>(symbol));
    std::string reason;
    if (!engine || runAlone(engine, reason))
      continue;
    if (reason.empty())
      reason = "a pass failed without a word";
    for (graph::SegmentOp segment : users)
      graph::dissolveSegment(segment, graph::NativeReason::TargetRefused,
                             "its segment does not compile: " + reason);
  }
}

std::unique_ptr<Pass> graft::createForEachSegment(
    llvm::function_ref<void(OpPassManager &)> populate) {
  return std::make_unique<ForEachSegmentPass>(populate);
}
