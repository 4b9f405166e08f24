//===- EmbeddedEngines.cpp - run the engines of a converted model ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The conversion's pipeline makes segments of all nodes between the engines;
// then all parts are plans, which are linked. An engine that does not fit is
// replaced by its nodes, and the work starts again.
//===----------------------------------------------------------------------===//
#include "compiler/embedded/EmbeddedEngines.h"

#include "compiler/CompilePlan.h"
#include "compiler/ModelInputs.h"
#include "compiler/embedded/LinkPlans.h"
#include "compiler/precision/Calibrate.h"
#include "dialects/graph/GraphAttributes.h"
#include "dialects/nn/Describe.h"
#include "dialects/nn/reference/TensorBuffer.h"
#include "exporters/plan/PlanExporter.h"
#include "passes/graph/Inliner.h"
#include "passes/graph/InputDefault.h"
#include "passes/graph/KeptCalls.h"
#include "support/AtomicFile.h"
#include "tftrt/EngineNodes.h"
#include "tftrt/SerializedSegments.h"

#include "llvm/Support/FormatVariadic.h"

#include <deque>
#include <map>
#include <nlohmann/json.hpp>

using namespace mlir;
using namespace graft;
using namespace graft::graph;

/// Why an engine does not run whose nodes do not run either.
static constexpr char kUnneeded[] = "no output needs it";

namespace {

/// An engine node of the file, which calls of its function may have copied.
struct Candidate {
  EmbeddedEngine report;
  std::shared_ptr<const runtime::Engine> engine; ///< null if it has no plan
  bool runs = false;

  bool isKept() const { return engine && report.unused.empty(); }
};

using Candidates = std::vector<Candidate>;

/// The plans and values of a module in which everything is a plan.
class NetworkBuilder {
public:
  NetworkBuilder(ModuleOp module, Candidates &candidates)
      : module(module), graph(getMainGraph(module)), symbols(module),
        candidates(candidates), needed(findNeeded(graph)) {}

  /// Fails (Failed) at a node that is no part of a plan.
  Status build();

  const PlanNetwork &get() const { return network; }
  /// Which candidate a part is, or -1.
  ArrayRef<int64_t> getOrigins() const { return origins; }

private:
  size_t numberOf(Value value);
  Status addPorts();
  Status addNode(NodeOp node);
  Status addSegment(SegmentOp segment);
  Expected<PlanNetwork::Constant> readConstant(ElementsAttr value,
                                               StringRef name);
  Status addConstant(NodeOp node);
  void addDefault(Value tensor, PlanNetwork::Port &port);
  void addPart(std::shared_ptr<const runtime::Engine> engine, ValueRange inputs,
               ValueRange outputs, int64_t origin);

  ModuleOp module;
  GraphOp graph;
  SymbolTable symbols;
  Candidates &candidates;
  const DenseSet<Operation *> needed; ///< for the outputs
  PlanNetwork network;
  SmallVector<int64_t> origins;
  DenseMap<Value, size_t> numbers;
  DenseSet<Operation *> fed;
  std::deque<nn::TensorBuffer> contents; ///< of constants
};

} // namespace

//===----------------------------------------------------------------------===//
// The network
//===----------------------------------------------------------------------===//

size_t NetworkBuilder::numberOf(Value value) {
  auto [at, isNew] = numbers.try_emplace(seeThrough(value), network.values);
  network.values += isNew;
  return at->second;
}

Status NetworkBuilder::addPorts() {
  NodeIndex index(*graph.getBlock());
  auto stated = graph->getAttrOfType<DictionaryAttr>(kSizeRangesAttr);
  for (auto port : graph.getFeeds().getAsRange<PortAttr>()) {
    Value tensor = findTensor(index, port);
    if (!tensor)
      continue; // nothing needs it
    std::optional<ops::TensorType> type = nn::toTensorType(tensor.getType());
    if (!type && !needed.contains(tensor.getDefiningOp()))
      continue; // an engine could not even take it
    if (!type)
      return Status::failed("input '" + port.getName().str() +
                            "' must have a shape and elements of a plan");
    numbers[tensor] = network.values++;
    fed.insert(tensor.getDefiningOp());
    PlanNetwork::Port &input = network.inputs.emplace_back();
    input = {port.getName().str(), numbers[tensor], *type, {}, {}};
    addDefault(tensor, input);
    if (auto limits =
            stated ? stated.getAs<DenseI64ArrayAttr>(port.getName().getValue())
                   : DenseI64ArrayAttr())
      input.limits.assign(limits.asArrayRef().begin(),
                          limits.asArrayRef().end());
  }
  for (auto port : graph.getFetches().getAsRange<PortAttr>()) {
    Value tensor = findTensor(index, port);
    if (!tensor)
      return Status::failed("output '" + port.getName().str() +
                            "' must be a tensor of the graph");
    network.outputs.push_back(
        {port.getName().str(), numberOf(tensor), {}, {}, {}});
  }
  return Status();
}

void NetworkBuilder::addPart(std::shared_ptr<const runtime::Engine> engine,
                             ValueRange inputs, ValueRange outputs,
                             int64_t origin) {
  PlanNetwork::Part part;
  part.engine = std::move(engine);
  for (Value input : inputs)
    part.inputs.push_back(numberOf(input));
  for (Value output : outputs)
    part.outputs.push_back(numberOf(output));
  network.parts.push_back(std::move(part));
  origins.push_back(origin);
}

Status NetworkBuilder::addSegment(SegmentOp segment) {
  auto symbol = segment.getEngineAttr();
  auto op = symbol ? symbols.lookup<plan::EngineOp>(symbol.getAttr())
                   : plan::EngineOp();
  if (!op)
    return Status::failed("segment '" + segment.getName().str() +
                          "' must have an engine");
  Expected<std::string> bytes = plan::exportPlanBytes(op);
  if (!bytes)
    return bytes.status();
  auto engine = runtime::Engine::fromCopy(*bytes);
  if (!engine)
    return engine.status();
  addPart(*std::move(engine), segment.getInputs(), segment.getOutputs(), -1);
  return Status();
}

Expected<PlanNetwork::Constant> NetworkBuilder::readConstant(ElementsAttr value,
                                                             StringRef name) {
  nn::TensorBuffer &buffer = contents.emplace_back();
  uint64_t bytes = 0;
  if (!value || failed(buffer.read(value)) ||
      !ops::countBytes(buffer.view().type, bytes))
    return Status::failed("node '" + name.str() +
                          "' must be a constant of a plan");
  return PlanNetwork::Constant{
      0,
      buffer.view().type,
      {static_cast<const char *>(buffer.view().data), bytes}};
}

Status NetworkBuilder::addConstant(NodeOp node) {
  Expected<PlanNetwork::Constant> constant =
      readConstant(node.getConstantValue(), node.getName());
  if (!constant)
    return constant.status();
  constant->value = numberOf(node.getOutputs()[0]);
  network.constants.push_back(*std::move(constant));
  return Status();
}

/// The default of an input, if it has one that is constant.
void NetworkBuilder::addDefault(Value tensor, PlanNetwork::Port &port) {
  ElementsAttr value = findDefault(tensor);
  if (!value)
    return;
  if (Expected<PlanNetwork::Constant> constant = readConstant(value, port.name))
    port.fallback = *std::move(constant);
}

Status NetworkBuilder::addNode(NodeOp node) {
  if (fed.contains(node) || isIdentityLike(node))
    return Status();
  if (node.is("Const"))
    return addConstant(node);
  if (auto number = node->getAttrOfType<IntegerAttr>(kKeptCallAttr)) {
    Candidate &candidate = candidates[number.getInt()];
    candidate.runs = true;
    addPart(candidate.engine, node.getInputs(), node.getOutputs(),
            number.getInt());
    return Status();
  }
  return Status::failed("node '" + node.getName().str() + "' (" +
                        node.getOp().str() +
                        ") between the engines cannot be compiled");
}

Status NetworkBuilder::build() {
  GRAFT_RETURN_IF_ERROR(addPorts());
  for (Operation *op : topologicalOrder(*graph.getBlock())) {
    if (!needed.contains(op))
      continue;
    auto node = dyn_cast<NodeOp>(op);
    GRAFT_RETURN_IF_ERROR(node ? addNode(node)
                               : addSegment(cast<SegmentOp>(op)));
  }
  return Status();
}

//===----------------------------------------------------------------------===//
// The engines
//===----------------------------------------------------------------------===//

/// Why a model with engines is to be compiled anew; empty if it is not.
static std::string whyAnew(const EngineOptions &options) {
  if (options.target != kDefaultTarget)
    return "--target " + options.target + " compiles their nodes anew";
  if (options.precision != Precision::FP32)
    return "--precision " + std::string(getName(options.precision)) +
           " compiles their nodes anew";
  if (!options.calibration.empty() || !options.calibrationData.empty())
    return "calibration compiles their nodes anew";
  return "";
}

/// Why the plan is not one of the node's; empty if it is. Its shapes are looked
/// at when it is linked.
static std::string findMisfit(NodeOp node, const runtime::Plan &plan) {
  auto check = [&](ValueRange values, ArrayRef<uint32_t> ports,
                   const char *what) -> std::string {
    if (values.size() != ports.size())
      return llvm::formatv("its plan must have {0} {1}s, got {2}",
                           values.size(), what, ports.size());
    for (auto [i, value, port] : llvm::enumerate(values, ports)) {
      std::optional<ops::DType> type =
          nn::toDType(getElementTypeOrSelf(value.getType()));
      ops::DType has = plan.tensors[port].type.dtype;
      if (!type || *type != has)
        return llvm::formatv("{0} {1} of its plan must be {2}, got {3}", what,
                             i, type ? ops::name(*type) : "of another type",
                             ops::name(has));
    }
    return "";
  };
  std::string reason = check(node.getInputs(), plan.inputs, "input");
  return reason.empty() ? check(node.getOutputs(), plan.outputs, "output")
                        : reason;
}

static Candidate readCandidate(NodeOp node, const EngineOptions &options) {
  Candidate candidate;
  candidate.report.name = node.getName().str();
  std::string bytes = serializedSegment(node);
  if (bytes.empty()) {
    candidate.report.unused = "it has no plan";
  } else if (!runtime::hasPlanMagic(bytes)) {
    candidate.report.unused = "what it has serialized is no plan of Graft's";
  } else if (auto engine = runtime::Engine::fromCopy(bytes); !engine) {
    candidate.report.unused = engine.status().message();
  } else {
    candidate.engine = *std::move(engine);
    candidate.report.precision = candidate.engine->plan().precision;
    candidate.report.unused = whyAnew(options);
    if (candidate.report.unused.empty())
      candidate.report.unused = findMisfit(node, candidate.engine->plan());
  }
  return candidate;
}

/// What the plan knows of a result's shape is known of the node's.
static void refineTypes(NodeOp node, const runtime::Plan &plan) {
  for (auto [output, index] : llvm::zip(node.getOutputs(), plan.outputs)) {
    auto type = dyn_cast<TensorType>(output.getType());
    if (!type || type.hasRank())
      continue;
    SmallVector<int64_t> shape;
    for (int64_t size : plan.tensors[index].type.shape)
      shape.push_back(size == ops::kDynamic ? ShapedType::kDynamic : size);
    output.setType(RankedTensorType::get(shape, type.getElementType()));
  }
}

/// Finds the engines of the module, the first time, and marks those that are to
/// be kept. The order of the file is the same each time.
static void markEngines(ModuleOp module, const EngineOptions &options,
                        std::optional<Candidates> &candidates) {
  bool first = !candidates;
  if (first)
    candidates.emplace();
  size_t number = 0;
  for (Operation *container : getContainers(module))
    for (auto node : getBody(container).getOps<NodeOp>()) {
      if (!tftrt::isEngine(node))
        continue;
      if (first)
        candidates->push_back(readCandidate(node, options));
      Candidate &candidate = (*candidates)[number];
      candidate.runs = false;
      if (candidate.isKept()) {
        refineTypes(node, candidate.engine->plan());
        node->setDiscardableAttr(
            kKeptCallAttr,
            Builder(module.getContext()).getI64IntegerAttr(number));
      }
      ++number;
    }
}

/// Gives up all engines that are still kept.
static void giveUp(Candidates &candidates, const std::string &reason) {
  for (Candidate &candidate : candidates)
    if (candidate.isKept())
      candidate.report.unused = reason;
}

/// Tries to make the plan with the engines that are kept. False: at least one
/// of them has been given up.
static Expected<bool>
tryWithEngines(Compilation &work, const ModelSource &model,
               const EngineOptions &options, Candidates &candidates,
               const Output &output, const bool &cancelled) {
  settleSwitches(work, model);
  ConvertOptions conversion;
  conversion.engine = options;
  conversion.minimumSegmentSize = 1;
  ConvertPipelineOptions pipeline;
  setOptions(pipeline, conversion);
  pipeline.takeConstants = true;
  Status status = work.run("compile", [&](OpPassManager &pm) {
    buildConvertPipeline(pm, pipeline);
  });
  if (cancelled || status.code() == StatusCode::Exhausted)
    return status;
  NetworkBuilder builder(work.getModule(), candidates);
  if (status)
    status = builder.build();
  if (!status) {
    giveUp(candidates, status.message());
    return false;
  }
  GRAFT_RETURN_IF_ERROR(work.beginStep("write"));
  ByteBuffer bytes;
  Expected<std::vector<LinkError>> linked = linkPlans(builder.get(), bytes);
  if (!linked)
    return linked.status();
  if (!linked->empty()) {
    bool givesUp = false;
    for (LinkError &misfit : *linked)
      if (int64_t origin = builder.getOrigins()[misfit.part]; origin >= 0) {
        candidates[origin].report.unused = std::move(misfit.reason);
        givesUp = true;
      }
    if (!givesUp)
      giveUp(candidates, "what follows does not take what it gives: " +
                             linked->front().reason);
    return false;
  }
  if (output.buffer)
    GRAFT_RETURN_IF_ERROR(output.buffer->write(bytes.bytes()));
  else
    GRAFT_RETURN_IF_ERROR(
        AtomicFile::writeAll(output.path, bytes.bytes(), plan::kPlanFile));
  return true;
}

Expected<std::vector<EmbeddedEngine>>
graft::buildWithEngines(const ModelSource &model, const ShapeMap &shapes,
                        const EngineOptions &options, const Output &output,
                        const Progress &progress) {
  GRAFT_RETURN_IF_ERROR(kPlanEmitter.check(output));
  ConvertOptions conversion;
  conversion.engine = options;
  std::optional<Candidates> candidates;
  bool cancelled = false;
  Progress watched;
  if (progress)
    watched = [&](int step, int of, std::string_view name) {
      cancelled |= !progress(step, of, name);
      return !cancelled;
    };
  auto keepsAny = [&] {
    return llvm::any_of(*candidates,
                        [](const Candidate &one) { return one.isKept(); });
  };
  // Each try compiles the whole model.
  constexpr int kMostTries = 8;
  bool done = false;
  for (int tries = 0; !done; ++tries) {
    if (tries == kMostTries)
      giveUp(*candidates,
             "too many engines of the model do not fit each other");
    Session session(model, watched, conversion, SessionGoal::Plan,
                    3 + countCalibrationSteps(options));
    GRAFT_RETURN_IF_ERROR(session.load(shapes));
    Compilation &work = session.getWork();
    markEngines(work.getModule(), options, candidates);
    if (!keepsAny()) {
      Status status = compilePlan(session, kPlanEmitter, output);
      work.tellWarnings(options);
      GRAFT_RETURN_IF_ERROR(status);
      break;
    }
    Expected<bool> made =
        tryWithEngines(work, model, options, *candidates, output, cancelled);
    if (!made || *made)
      work.tellWarnings(options);
    GRAFT_RETURN_IF_ERROR(made.status());
    done = *made;
  }
  std::vector<EmbeddedEngine> engines;
  for (Candidate &candidate : *candidates) {
    if (candidate.isKept() && !candidate.runs)
      candidate.report.unused = kUnneeded;
    engines.push_back(std::move(candidate.report));
  }
  return engines;
}

//===----------------------------------------------------------------------===//
// The report
//===----------------------------------------------------------------------===//

std::string graft::toText(const std::vector<EmbeddedEngine> &engines) {
  std::map<std::string, size_t> running;
  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;
  for (const EmbeddedEngine &engine : engines) {
    if (engine.unused.empty()) {
      ++running[engine.precision];
      continue;
    }
    auto at = llvm::find_if(reasons, [&](const auto &entry) {
      return entry.first == engine.unused;
    });
    if (at == reasons.end())
      at = reasons.insert(at, {engine.unused, {}});
    at->second.push_back(engine.name);
  }
  std::string text;
  for (const auto &[precision, count] : running)
    text += (text.empty() ? "the model's engines run as they are: " : ", ") +
            std::to_string(count) + " in " + precision;
  text += text.empty() ? "" : "\n";
  for (const auto &[reason, names] : reasons)
    text +=
        "engine '" + names.front() + "'" +
        (names.size() > 1
             ? " and " + std::to_string(names.size() - 1) + " more do"
             : " does") +
        (reason == kUnneeded ? " not run: "
                             : " not run, the nodes are compiled instead: ") +
        reason + "\n";
  return text;
}

std::string graft::toJson(const std::vector<EmbeddedEngine> &engines) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const EmbeddedEngine &engine : engines)
    list.push_back({{"name", engine.name},
                    {"precision", engine.precision},
                    {"unused", engine.unused}});
  nlohmann::ordered_json json = {{"schema_version", 1},
                                 {"engines", std::move(list)}};
  // Names of nodes are bytes; what is not UTF-8 is replaced.
  return json.dump(2, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}
