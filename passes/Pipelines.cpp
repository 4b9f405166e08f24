//===- Pipelines.cpp - the two ways through Graft -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/Pipelines.h"

#include "dialects/plan/Plan.h"
#include "passes/graph/Passes.h"
#include "passes/graph_to_nn/Passes.h"
#include "passes/nn/Passes.h"
#include "passes/nn_to_plan/Passes.h"
#include "passes/plan/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace graft;

static void extend(const Extension &extension, ExtensionPoint point,
                   OpPassManager &pm) {
  if (extension)
    extension(point, pm);
}

/// In single precision a network that simulates quantization is computed as
/// TensorFlow does it. Narrower ones take the codes instead.
static bool keepsQuantized(const EnginePipelineOptions &options) {
  return options.precision != Precision::FP32;
}

/// Whether layers may be computed in int8.
static bool quantizes(const EnginePipelineOptions &options) {
  return options.precision == Precision::Int8 ||
         options.precision == Precision::Best;
}

void graft::addFreezing(OpPassManager &pm) {
  // 1. One graph without calls: most of a SavedModel is in functions.
  pm.addPass(graph::createInlineCalls());
  // 2. Drop what the fetches do not need, savers and training first, so that
  //    no write to a variable is left that would keep it from being constant.
  pm.addPass(graph::createEliminateDeadOutputs());
  pm.addPass(graph::createFreezeVariables());
  // 3. Nobody reads the variables' handles any more.
  pm.addPass(graph::createEliminateDeadOutputs());
}

void graft::addGraphCleanup(OpPassManager &pm) {
  addFreezing(pm);
  pm.addPass(graph::createSimplify());
  // 4. Shapes, then the constants that follow from them, then the shapes that
  //    follow from those.
  pm.addPass(graph::createInferShapes());
  pm.addPass(graph::createFoldConstants());
  // 5. Conditions that are constant now, with steps 1 to 4 for the branches.
  pm.addPass(graph::createResolveConditions());
  pm.addPass(graph::createInferShapes());
  pm.addPass(graph::createEliminateDeadOutputs());
}

/// Fusion up to where weights are of no use any more.
static void fuse(OpPassManager &pm, const EnginePipelineOptions &options,
                 const Extension &extension) {
  extend(extension, ExtensionPoint::BeforeFusion, pm);
  nn::SimplifyOptions simplification;
  simplification.keepQuantized = quantizes(options);
  // 1. Paddings and transpositions out of the way: they hide what belongs
  //    together.
  pm.addPass(nn::createSimplify(simplification));
  // 2. Functions out of primitives: each can ride where its parts could not.
  //    What a formula reads twice has to be one value.
  pm.addPass(createCSEPass());
  pm.addPass(nn::createRaise());
  // 3. Normalisation into weights before activations are fused into it:
  //    scaling does not commute with them.
  pm.addPass(nn::createFoldBatchNorm());
  pm.addPass(nn::createLowerBatchNorm());
  // 4. Less work, while residual additions and activations are operations of
  //    their own.
  pm.addPass(nn::createHoistStrides());
  pm.addPass(nn::createCommutePooling());
  pm.addPass(nn::createFuseVertical());
  // 5. A padding of a pooling can go once a relu is known to be before it.
  pm.addPass(nn::createSimplify(simplification));
  // 6. Siblings agree in their epilogues only now, and equal operations in
  //    front of them have to be one.
  pm.addPass(createCSEPass());
  pm.addPass(nn::createFuseHorizontal());
  // 7. Parts of a merged product that are heads of an attention.
  pm.addPass(nn::createSimplify(simplification));
  pm.addPass(createCSEPass());
}

/// The weights before folding, merging and rounding are of no use any more.
static void release(OpPassManager &pm, const EnginePipelineOptions &options) {
  if (options.release)
    pm.addPass(createReleaseResources());
}

void graft::addFusion(OpPassManager &pm, const EnginePipelineOptions &options,
                      const Extension &extension) {
  fuse(pm, options, extension);
  release(pm, options);
  extend(extension, ExtensionPoint::AfterFusion, pm);
}

/// `partial`: of one engine among several, of which the table may know nothing.
static void quantize(OpPassManager &pm, const EnginePipelineOptions &options,
                     bool partial) {
  nn::EqualizeOptions equalization;
  equalization.onDemand = true;
  pm.addPass(nn::createEqualize(equalization));
  nn::QuantizeOptions quantization;
  // An unknown target is reported where engines are made.
  if (Expected<const plan::Target *> target =
          plan::findTarget(options.target)) {
    const nn::QuantizationScheme &scheme = (*target)->getQuantization();
    quantization.isSigned = scheme.isSigned;
    quantization.asymmetric = scheme.asymmetric;
    quantization.perChannel = scheme.perChannel;
    quantization.operations.assign(scheme.operations.begin(),
                                   scheme.operations.end());
  }
  quantization.keep = options.keep;
  quantization.partial = partial;
  pm.addPass(nn::createQuantize(quantization));
  pm.addPass(nn::createFuseQuantization());
  // The layers that the table lists in bf16: quantized layers are skipped.
  nn::LowerPrecisionOptions lowering;
  lowering.listed = true;
  lowering.keep = options.keep;
  pm.addPass(nn::createLowerPrecision(lowering));
}

/// Casts that their neighbours can do, and constants that are rounded or cast
/// twice.
static void cleanUpPrecisions(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void graft::addQuantization(OpPassManager &pm,
                            const EnginePipelineOptions &options) {
  quantize(pm, options, /*partial=*/false);
  cleanUpPrecisions(pm);
  release(pm, options);
}

/// Lowering up to where wide constants are of no use any more.
static void lower(OpPassManager &pm, const EnginePipelineOptions &options,
                  bool partial) {
  if (quantizes(options)) {
    quantize(pm, options, partial);
  } else {
    nn::LowerPrecisionOptions lowering;
    lowering.type = options.precision == Precision::FP16 ? "f16" : "bf16";
    lowering.keep = options.keep;
    pm.addPass(nn::createLowerPrecision(lowering));
  }
  cleanUpPrecisions(pm);
}

void graft::addLowering(OpPassManager &pm,
                        const EnginePipelineOptions &options) {
  if (options.precision == Precision::FP32)
    return;
  lower(pm, options, /*partial=*/false);
  release(pm, options);
}

void graft::addPlanning(OpPassManager &pm, const EnginePipelineOptions &options,
                        const Extension &extension) {
  plan::ConvertNNToPlanOptions conversion;
  conversion.target = options.target;
  conversion.precision = toStoredPrecision(getName(options.precision));
  pm.addPass(plan::createConvertNNToPlan(conversion));
  extend(extension, ExtensionPoint::BeforeTactics, pm);
  OpPassManager &engines = pm.nest<plan::EngineOp>();
  engines.addPass(plan::createAssignLayouts());
  if (Expected<const plan::Target *> target = plan::findTarget(options.target))
    (*target)->addPasses(engines);
  plan::SelectTacticsOptions tactics;
  tactics.tune = options.tune;
  tactics.timingCache = options.timingCache;
  tactics.threads = options.threads;
  tactics.releaseConstants = options.release;
  engines.addPass(plan::createSelectTactics(tactics));
  plan::AssignBuffersOptions buffers;
  buffers.threads = options.threads;
  engines.addPass(plan::createAssignBuffers(buffers));
}

void graft::addFunctions(OpPassManager &pm,
                         const EnginePipelineOptions &options,
                         const Extension &extension) {
  addGraphCleanup(pm);
  extend(extension, ExtensionPoint::AfterGraphCleanup, pm);
  ConvertGraphToNNOptions conversion;
  conversion.keepQuantized = keepsQuantized(options);
  pm.addPass(createConvertGraphToNN(conversion));
}

void graft::buildBuildPipeline(OpPassManager &pm,
                               const EnginePipelineOptions &options,
                               const Extension &extension) {
  addFunctions(pm, options, extension);
  addFusion(pm, options, extension);
  addLowering(pm, options);
  addPlanning(pm, options, extension);
}

void graft::addSegmentation(OpPassManager &pm,
                            const ConvertPipelineOptions &options,
                            bool fetchFed) {
  graph::SegmentOptions segments;
  segments.minimumSegmentSize = options.minimumSegmentSize;
  segments.maximumEngines = options.maximumEngines;
  segments.deny.assign(options.deny.begin(), options.deny.end());
  segments.denyNodes.assign(options.denyNodes.begin(), options.denyNodes.end());
  segments.takeConstants = options.takeConstants;
  segments.fetchFed = fetchFed;
  pm.addPass(graph::createSegment(segments));
}

void graft::addFusedSegments(OpPassManager &pm,
                             const ConvertPipelineOptions &options,
                             const Extension &extension) {
  addGraphCleanup(pm);
  extend(extension, ExtensionPoint::AfterGraphCleanup, pm);
  addSegmentation(pm, options);
  // Without a segment there is nothing to convert, and the graph must stay.
  ConvertGraphToNNOptions conversion;
  conversion.segmentsOnly = true;
  conversion.keepQuantized = keepsQuantized(options);
  pm.addPass(createConvertGraphToNN(conversion));
  // An engine that does not compile is no reason to lose the others. Weights
  // are released where all are at the same point.
  pm.addPass(createForEachSegment([&](OpPassManager &engine) {
    fuse(engine, options, extension);
    extend(extension, ExtensionPoint::AfterFusion, engine);
  }));
  release(pm, options);
}

void graft::addSegmentEngines(OpPassManager &pm,
                              const ConvertPipelineOptions &options,
                              const Extension &extension) {
  if (options.precision != Precision::FP32) {
    pm.addPass(createForEachSegment(
        [&](OpPassManager &engine) { lower(engine, options, true); }));
    release(pm, options);
  }
  pm.addPass(createForEachSegment(
      [&](OpPassManager &engine) { addPlanning(engine, options, extension); }));
}

void graft::buildConvertPipeline(OpPassManager &pm,
                                 const ConvertPipelineOptions &options,
                                 const Extension &extension) {
  addFusedSegments(pm, options, extension);
  addSegmentEngines(pm, options, extension);
}

void graft::registerPipelines() {
  registerGeneralPasses();
  PassPipelineRegistration<EnginePipelineOptions>(
      "graft-build", "a graph becomes one engine",
      [](OpPassManager &pm, const EnginePipelineOptions &options) {
        buildBuildPipeline(pm, options);
      });
  PassPipelineRegistration<ConvertPipelineOptions>(
      "graft-convert", "a graph gets engines where they fit",
      [](OpPassManager &pm, const ConvertPipelineOptions &options) {
        buildConvertPipeline(pm, options);
      });
}
