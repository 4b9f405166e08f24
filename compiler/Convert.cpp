//===- Convert.cpp - a model with engines in it ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The output has the format of the input, a GraphDef or a SavedModel: engine
// nodes replace the segments that engines run, and the rest is unchanged.
//===----------------------------------------------------------------------===//
#include "compiler/Session.h"
#include "compiler/formats/ModelWriter.h"
#include "compiler/precision/Calibrate.h"
#include "tftrt/EmbedEngines.h"

#include "exporters/plan/PlanExporter.h"
#include "passes/graph/NodeSemantics.h"
#include "passes/graph/SegmentBuilder.h"
#include "passes/graph/SegmentReport.h"

using namespace mlir;
using namespace graft;

namespace {
/// The plan of each segment.
using SegmentPlans = llvm::DenseMap<Operation *, SharedPieces>;
} // namespace

/// Serializes the engines. A segment without one that can be written returns to
/// the graph, with the reason.
static SegmentPlans exportPlans(ModuleOp module) {
  dissolveMisfits(module);
  SmallVector<graph::SegmentOp> segments;
  module.walk([&](graph::SegmentOp segment) { segments.push_back(segment); });
  SymbolTable symbols(module);
  SegmentPlans plans;
  for (graph::SegmentOp segment : segments) {
    auto symbol = segment.getEngineAttr();
    auto engine = symbol ? symbols.lookup<plan::EngineOp>(symbol.getAttr())
                         : plan::EngineOp();
    Expected<plan::PlanPieces> plan =
        engine ? plan::exportPlanPieces(engine)
               : Status::internal("it has no engine");
    if (!plan) {
      graph::dissolveSegment(segment, graph::NativeReason::TargetRefused,
                             "its segment does not compile: " +
                                 plan.status().message());
      continue;
    }
    SharedPieces &bytes = plans[segment];
    for (std::string_view piece : plan->pieces)
      bytes.pieces.push_back(ArrayRef(piece.data(), piece.size()));
    bytes.owner = std::move(plan->owner);
  }
  return plans;
}

/// Makes an engine node of each segment.
static Status embed(ModuleOp module, const SegmentPlans &plans,
                    const ModelSource &model, const EngineOptions &options) {
  const bool isDefault = options.target == kDefaultTarget;
  LogicalResult embedded =
      embedEngines(module, options.precision,
                   isDefault ? StringRef() : StringRef(options.target),
                   [&](graph::SegmentOp segment) -> FailureOr<SharedPieces> {
                     return plans.at(segment);
                   });
  return failed(embedded)
             ? Status::internal(model.path +
                                ": the engines do not fit the graph")
             : Status();
}

static ConversionReport makeReport(ModuleOp module) {
  graph::SegmentReport segments = graph::collectSegmentReport(module);
  ConversionReport report;
  report.nodes = segments.nodes;
  report.converted = segments.converted;
  SymbolTable symbols(module);
  llvm::StringMap<plan::EngineOp> engines;
  module.walk([&](graph::SegmentOp segment) {
    if (auto symbol = segment.getEngineAttr())
      engines[segment.getName()] =
          symbols.lookup<plan::EngineOp>(symbol.getAttr());
  });
  for (const auto &segment : segments.engines) {
    EngineReport &engine = report.engines.emplace_back();
    engine.name = segment.name;
    engine.nodes = static_cast<int64_t>(segment.nodes);
    plan::EngineOp op = engines.lookup(segment.name);
    if (!op)
      continue;
    for (auto launch : op.getBlock()->getOps<plan::LaunchOp>()) {
      ++engine.launches;
      ++engine.precisions[std::string(
          fromStoredPrecision(launch.getPrecision().value_or("f32")))];
    }
  }
  for (const auto &native : segments.native)
    report.native.push_back({native.node, native.op,
                             graph::stringifyNativeReason(native.code).str(),
                             native.reason});
  return report;
}

/// The nodes that stay native for their shapes, though these are known.
static SmallVector<graph::NodeOp> findMisshapen(ModuleOp module) {
  SmallVector<graph::NodeOp> nodes;
  module.walk([&](graph::NodeOp node) {
    auto native = node->getAttrOfType<graph::NativeAttr>(graph::kNativeAttr);
    if (native && native.getCode() == graph::NativeReason::UnsupportedShape &&
        llvm::all_of(node.getInputs().getTypes(),
                     llvm::IsaPred<RankedTensorType>))
      nodes.push_back(node);
  });
  return nodes;
}

/// Error (Failed), as of a build, if shapes that the user states cannot meet in
/// a node that takes those which the model has without them: TensorFlow would
/// not load the result.
static Status checkMeeting(ModuleOp module, const ModelSource &model,
                           bool whole, const ConvertOptions &options) {
  SmallVector<graph::NodeOp> misshapen = findMisshapen(module);
  if (options.shapes.empty() || misshapen.empty())
    return Status();
  std::unique_ptr<OpenModel> open; // outlives the module
  if (whole) {
    Expected<std::unique_ptr<OpenModel>> opened =
        findFrontEnd(model).open(model);
    GRAFT_RETURN_IF_ERROR(opened.status());
    open = *std::move(opened);
  }
  Compilation plain(model, /*progress=*/{}, /*steps=*/2);
  GRAFT_RETURN_IF_ERROR(open ? plain.load(*open, options.shapes)
                             : plain.load(ShapeMap()));
  GRAFT_RETURN_IF_ERROR(plain.run("check", addGraphCleanup));
  llvm::StringMap<graph::NodeOp> nodes;
  plain.getModule().walk(
      [&](graph::NodeOp node) { nodes.try_emplace(node.getName(), node); });
  const auto *semantics =
      graph::NodeSemantics::get(plain.getModule().getContext());
  for (graph::NodeOp node : misshapen) {
    auto native = node->getAttrOfType<graph::NativeAttr>(graph::kNativeAttr);
    graph::NodeOp other = nodes.lookup(node.getName());
    if (!other || other.getOp() != node.getOp())
      continue;
    std::optional<graph::Refusal> refusal = semantics->check(other);
    if (!refusal || (refusal->code == native.getCode() &&
                     refusal->reason != native.getReason().getValue()))
      return Status::failed(
          model.path + ": node '" + node.getName().str() + "' (" +
          node.getOp().str() + ") cannot be converted, " +
          native.getReason().str() + " [" +
          graph::stringifyNativeReason(native.getCode()).str() + "]");
  }
  return Status();
}

Expected<ConversionReport> graft::convertModel(const ModelSource &model,
                                               const ConvertOptions &options,
                                               const Output &output,
                                               const Progress &progress) {
  GRAFT_RETURN_IF_ERROR(checkTimingCache(options.engine));
  // Outlives the module.
  Expected<ModelWriter> writer = ModelWriter::create(model, output, "convert");
  GRAFT_RETURN_IF_ERROR(writer.status());
  OpenModel *open = writer->getOpenModel();
  Session session(model, progress, options, SessionGoal::Conversion,
                  (options.prepare ? 4 : 3) +
                      countCalibrationSteps(options.engine));
  GRAFT_RETURN_IF_ERROR(open ? session.load(*open) : session.load(ShapeMap()));
  if (open)
    open->rest();
  GRAFT_RETURN_IF_ERROR(session.prepare());
  GRAFT_RETURN_IF_ERROR(provideRanges(session));
  Compilation &work = session.getWork();
  GRAFT_RETURN_IF_ERROR(work.beginStep("convert"));
  GRAFT_RETURN_IF_ERROR(session.compile());
  ModuleOp module = work.getModule();
  GRAFT_RETURN_IF_ERROR(checkMeeting(module, model, open != nullptr, options));
  GRAFT_RETURN_IF_ERROR(writer->check(module));
  if (Status status = work.beginStep("write"); !status)
    return status;
  SegmentPlans plans = exportPlans(module);
  ConversionReport report = makeReport(module);
  report.warnings = work.getWarnings().getTexts();
  if (Status status = embed(module, plans, model, options.engine); !status)
    return status;
  GRAFT_RETURN_IF_ERROR(writer->write(module));
  return report;
}
