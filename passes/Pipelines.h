//===- Pipelines.h - the two ways through Graft ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `graft-build`: a graph becomes one engine. `graft-convert`: a graph keeps its
// shape and gets engines where they fit. Both are made of the same phases, each
// a function of its own, so that anyone composes theirs. This file may know
// every pass; no pass knows it.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PIPELINES_H
#define GRAFT_PASSES_PIPELINES_H

#include "passes/plan/Target.h"
#include "support/Precision.h"

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

#include <functional>
#include <string>

namespace graft {

#define GEN_PASS_DECL
#include "passes/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

/// for-each-segment with the passes that `populate` adds.
std::unique_ptr<mlir::Pass>
createForEachSegment(llvm::function_ref<void(mlir::OpPassManager &)> populate);

/// Where a caller may add passes of its own.
enum class ExtensionPoint {
  AfterGraphCleanup, ///< a small native graph, before segments or conversion
  BeforeFusion,      ///< `nn` operations, one for each node
  AfterFusion,       ///< `nn` operations as the engine will run them
  BeforeTactics      ///< launches without a provider
};

/// Called once for each point that a pipeline passes.
using Extension = std::function<void(ExtensionPoint, mlir::OpPassManager &)>;

/// The options of an engine.
struct EnginePipelineOptions
    : mlir::PassPipelineOptions<EnginePipelineOptions> {
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("what the plan runs on"),
                             llvm::cl::init(plan::getDefaultTarget().str())};
  Option<Precision> precision{
      *this, "precision", llvm::cl::desc("of the arithmetic"),
      llvm::cl::init(Precision::FP32),
      llvm::cl::values(
          clEnumValN(Precision::FP32, graft::getName(Precision::FP32),
                     "no narrower"),
          clEnumValN(Precision::BF16, graft::getName(Precision::BF16),
                     "16 bits where that is safe"),
          clEnumValN(Precision::FP16, graft::getName(Precision::FP16),
                     "16 bits where that is safe"),
          clEnumValN(Precision::Int8, graft::getName(Precision::Int8),
                     "8 bits, by the table of calibration"),
          clEnumValN(Precision::Best, graft::getName(Precision::Best),
                     "what the table of calibration lists for each layer"))};
  Option<std::string> keep{
      *this, "keep",
      llvm::cl::desc(
          "regular expression: operations with a node of such a name "
          "stay in fp32"),
      llvm::cl::init("")};
  Option<bool> tune{*this, "tune",
                    llvm::cl::desc("time candidates instead of estimating"),
                    llvm::cl::init(false)};
  Option<std::string> timingCache{*this, "timing-cache",
                                  llvm::cl::desc("file that keeps the times"),
                                  llvm::cl::init("")};
  Option<int> threads{*this, "threads",
                      llvm::cl::desc("threads to choose for (0: the cores)"),
                      llvm::cl::init(0)};
  Option<bool> release{*this, "release",
                       llvm::cl::desc("free constants that nothing names: the "
                                      "module is the only one of its context"),
                       llvm::cl::init(true)};
};

struct ConvertPipelineOptions : EnginePipelineOptions {
  Option<int64_t> minimumSegmentSize{
      *this, "minimum-segment-size",
      llvm::cl::desc("fewest nodes that become an engine"), llvm::cl::init(3)};
  ListOption<std::string> deny{*this, "deny",
                               llvm::cl::desc("operators that stay native")};
  ListOption<std::string> denyNodes{
      *this, "deny-nodes", llvm::cl::desc("names of nodes that stay native")};
  Option<int64_t> maximumEngines{
      *this, "maximum-engines",
      llvm::cl::desc("keep this many of the largest engines (0: all)"),
      llvm::cl::init(0)};
  Option<bool> takeConstants{
      *this, "take-constants",
      llvm::cl::desc("what reads constants only becomes an engine, too"),
      llvm::cl::init(false)};
};

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

/// Calls, variables and everything that no fetch needs disappear: what a frozen
/// GraphDef is.
void addFreezing(mlir::OpPassManager &pm);

/// Freezes, simplifies, infers shapes and folds constants. What is left is a
/// native graph.
void addGraphCleanup(mlir::OpPassManager &pm);

/// Segments of nodes that engines can run; for `fetchFed` see graph-segment.
void addSegmentation(mlir::OpPassManager &pm,
                     const ConvertPipelineOptions &options,
                     bool fetchFed = false);

/// Simplification and fusion of `nn` functions.
void addFusion(mlir::OpPassManager &pm, const EnginePipelineOptions &options,
               const Extension &extension = {});

/// Lowers to the requested precision; nothing for fp32.
void addLowering(mlir::OpPassManager &pm, const EnginePipelineOptions &options);

/// 8-bit integers, if the ranges are known, and bf16 for layers that their
/// table lists: the part of addLowering for int8 and best.
void addQuantization(mlir::OpPassManager &pm,
                     const EnginePipelineOptions &options);

/// From `nn` functions to finished schedules. Frees weights that have been
/// packed if nothing else names them.
void addPlanning(mlir::OpPassManager &pm, const EnginePipelineOptions &options,
                 const Extension &extension = {});

/// From a graph to `nn` functions, one operation for each node. With addFusion
/// behind it, they are what engines of every precision are made of by
/// addLowering and addPlanning.
void addFunctions(mlir::OpPassManager &pm, const EnginePipelineOptions &options,
                  const Extension &extension = {});

/// Fused functions for each segment of a graph, which names its own.
void addFusedSegments(mlir::OpPassManager &pm,
                      const ConvertPipelineOptions &options,
                      const Extension &extension = {});

/// From such functions to the segments' finished schedules.
void addSegmentEngines(mlir::OpPassManager &pm,
                       const ConvertPipelineOptions &options,
                       const Extension &extension = {});

//===----------------------------------------------------------------------===//
// Pipelines
//===----------------------------------------------------------------------===//

/// `graft-build`: the whole graph between feeds and fetches becomes one
/// `plan.engine` called "main".
void buildBuildPipeline(mlir::OpPassManager &pm,
                        const EnginePipelineOptions &options,
                        const Extension &extension = {});

/// `graft-convert`: every segment that an engine runs becomes a `graph.segment`
/// with a `plan.engine` of the symbol that it names.
void buildConvertPipeline(mlir::OpPassManager &pm,
                          const ConvertPipelineOptions &options,
                          const Extension &extension = {});

/// Makes both known to textual pipelines.
void registerPipelines();

} // namespace graft

#endif // GRAFT_PASSES_PIPELINES_H
