//===- PlanExporter.cpp - writes an engine as a plan file -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "exporters/plan/PlanExporter.h"

#include "dialects/nn/PortAttributes.h"
#include "dialects/nn/reference/TensorBuffer.h"
#include "dialects/plan/Describe.h"
#include "runtime/core/Backend.h"
#include "runtime/core/Plan.h"
#include "runtime/core/PlanCheck.h"
#include "runtime/core/PlanContainer.h"
#include "support/AtomicFile.h"
#include "support/Precision.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/xxhash.h"

#include <deque>
#include <map>

using namespace mlir;
using namespace graft;
using namespace graft::plan;

namespace {

/// Collects what a plan file says about one engine.
class PlanBuilder {
public:
  explicit PlanBuilder(EngineOp engine) : engine(engine) {}

  Status build();
  Status write(const PlanSink &sink);

private:
  Status addTensor(Operation *op);
  Status addConstant(ConstantOp constant, runtime::PlanTensor &tensor);
  Status addFallback(InputOp input, ElementsAttr value,
                     runtime::PlanTensor &tensor, uint32_t index);
  Status addLaunch(LaunchOp launch);
  uint64_t addWeight(std::string_view bytes);
  Status check() const;
  std::string makeUnique(const std::string &name);

  EngineOp engine;
  runtime::Plan plan;
  runtime::PlanWriter writer;
  DenseMap<Value, uint32_t> tensors;
  std::optional<runtime::PlanTensor> fallback; ///< that comes next
  llvm::StringSet<> launchNames;
  llvm::StringMap<unsigned> launchCounts;
  /// Contents that are not stored as the file wants them, splats for example.
  /// They have to live until the file is written.
  std::deque<nn::TensorBuffer> contents;
  /// Offsets of weights that have been added, by their hash.
  std::multimap<uint64_t, std::pair<std::string_view, uint64_t>> weights;
  DenseMap<uint64_t, const char *> weightsByOffset;
  std::string metadata;
};

Status unfinished(Operation *op, const std::string &what) {
  return Status::internal("'" + op->getName().getStringRef().str() + "' " +
                          what);
}

} // namespace

uint64_t PlanBuilder::addWeight(std::string_view bytes) {
  uint64_t hash = llvm::xxh3_64bits(StringRef(bytes));
  auto [begin, end] = weights.equal_range(hash);
  for (auto it = begin; it != end; ++it)
    if (it->second.first == bytes)
      return it->second.second;
  uint64_t offset = writer.addWeight(bytes);
  weights.insert({hash, {bytes, offset}});
  weightsByOffset[offset] = bytes.data();
  return offset;
}

Status PlanBuilder::addConstant(ConstantOp constant,
                                runtime::PlanTensor &tensor) {
  tensor.storage = runtime::Storage::Constant;
  nn::TensorBuffer &buffer = contents.emplace_back();
  if (failed(buffer.read(constant.getValue())))
    return unfinished(constant, "has contents that cannot be read");
  if (!ops::countBytes(buffer.view().type, tensor.bytes))
    return unfinished(constant, "must fit into memory");
  if (constant.getBuffer().getType().isPacked())
    tensor.layout = constant.getBuffer().getType().getLayout().str();
  tensor.offset =
      addWeight({static_cast<const char *>(buffer.view().data), tensor.bytes});
  return Status();
}

/// The default of an input: a constant of its own, right behind it.
Status PlanBuilder::addFallback(InputOp input, ElementsAttr value,
                                runtime::PlanTensor &tensor, uint32_t index) {
  nn::TensorBuffer &buffer = contents.emplace_back();
  runtime::PlanTensor constant;
  constant.storage = runtime::Storage::Constant;
  if (failed(buffer.read(value)) ||
      !ops::countBytes(buffer.view().type, constant.bytes))
    return unfinished(input, "has a default that cannot be read");
  constant.type = buffer.view().type;
  if (!tensor.takes(constant.type.shape))
    return Status(); // the user stated other sizes
  constant.offset = addWeight(
      {static_cast<const char *>(buffer.view().data), constant.bytes});
  tensor.fallback = static_cast<int32_t>(index) + 1;
  fallback = std::move(constant);
  return Status();
}

Status PlanBuilder::addTensor(Operation *op) {
  Value buffer = op->getResult(0);
  auto type = cast<BufferType>(buffer.getType());
  if (type.getLayout().empty())
    return unfinished(op, "needs a layout from plan-assign-layouts");
  std::optional<ops::TensorType> tensorType = toTensorType(type);
  if (!tensorType)
    return unfinished(op, "has elements that a plan does not have");
  runtime::PlanTensor tensor;
  tensor.type = std::move(*tensorType);
  auto index = static_cast<uint32_t>(plan.tensors.size());
  Status status =
      llvm::TypeSwitch<Operation *, Status>(op)
          .Case([&](InputOp input) {
            tensor.storage = runtime::Storage::Input;
            tensor.name = input.getName().str();
            plan.inputs.push_back(index);
            auto sizes =
                input->getAttrOfType<DenseI64ArrayAttr>(nn::kPortSizesAttr);
            if (sizes && sizes.size() ==
                             static_cast<int64_t>(2 * tensor.type.shape.size()))
              tensor.limits.assign(sizes.asArrayRef().begin(),
                                   sizes.asArrayRef().end());
            if (auto value =
                    input->getAttrOfType<ElementsAttr>(nn::kPortDefaultAttr))
              return addFallback(input, value, tensor, index);
            return Status();
          })
          .Case([&](OutputOp output) {
            tensor.storage = runtime::Storage::Output;
            tensor.name = output.getName().str();
            plan.outputs.push_back(index);
            return Status();
          })
          .Case([&](ConstantOp constant) {
            return addConstant(constant, tensor);
          })
          .Case([&](AllocOp alloc) {
            tensor.storage = runtime::Storage::Arena;
            if (!engine.getDynamic() && !alloc.getOffset())
              return unfinished(op, "needs an offset from plan-assign-buffers");
            tensor.offset = alloc.getOffset().value_or(0);
            return Status();
          })
          .Case([&](ViewOp view) {
            tensor.storage = runtime::Storage::View;
            tensor.parent = static_cast<int32_t>(tensors.at(view.getParent()));
            tensor.axis = static_cast<int32_t>(view.getAxis());
            tensor.start = view.getStart();
            return Status();
          })
          .Case([&](AliasOp alias) {
            tensor.storage = runtime::Storage::View;
            tensor.parent = static_cast<int32_t>(tensors.at(alias.getParent()));
            tensor.axis = -1;
            return Status();
          })
          .Default([&](Operation *) {
            return unfinished(op, "has no place in a plan");
          });
  tensors[buffer] = index;
  plan.tensors.push_back(std::move(tensor));
  if (fallback) {
    plan.tensors.push_back(*std::move(fallback));
    fallback.reset();
  }
  return status;
}

std::string PlanBuilder::makeUnique(const std::string &name) {
  // Where each name's numbering has got to, so that many equal names stay
  // cheap.
  unsigned &count = launchCounts[name];
  std::string candidate =
      ++count == 1 ? name : name + "#" + std::to_string(count);
  while (!launchNames.insert(candidate).second)
    candidate = name + "#" + std::to_string(++count);
  return candidate;
}

Status PlanBuilder::addLaunch(LaunchOp launch) {
  if (!launch.getProvider() || !launch.getTactic())
    return unfinished(launch, "needs a tactic from plan-select-tactics");
  runtime::PlanLaunch entry;
  for (std::string &node : collectNodes(launch.getLoc()))
    entry.nodes.push_back(std::move(node));
  entry.op = describe(launch);
  // The last node is the one whose value leaves the launch.
  entry.name =
      makeUnique(entry.nodes.empty() ? entry.op.kind : entry.nodes.back());
  entry.provider = launch.getProvider()->str();
  entry.tactic = launch.getTactic()->str();
  entry.precision = fromStoredPrecision(launch.getPrecision().value_or(""));
  for (Value input : launch.getInputs())
    entry.inputs.push_back(tensors.at(input));
  for (Value output : launch.getOutputs())
    entry.outputs.push_back(tensors.at(output));
  plan.launches.push_back(std::move(entry));
  return Status();
}

Status PlanBuilder::build() {
  plan.producer = "graft " GRAFT_VERSION;
  plan.name = engine.getSymName().str();
  plan.precision = fromStoredPrecision(engine.getPrecision());
  plan.target = engine.getTarget().str();
  const runtime::Backend *backend = runtime::findBackend(plan.target);
  if (!backend)
    return Status::failed("the target must be one of " +
                          runtime::listBackends() + ", got '" + plan.target +
                          "'");
  writer = runtime::PlanWriter(backend->alignment());
  if (ArrayAttr features = engine.getFeaturesAttr())
    for (auto feature : features.getAsRange<StringAttr>())
      plan.features.push_back(feature.str());
  plan.arenaBytes = engine.getArenaBytes().value_or(0);
  for (Operation &op : *engine.getBlock()) {
    auto launch = dyn_cast<LaunchOp>(op);
    GRAFT_RETURN_IF_ERROR(launch ? addLaunch(launch) : addTensor(&op));
  }
  for (runtime::PlanTensor &tensor : plan.tensors)
    tensor.space = backend->device().space();
  metadata = runtime::encodePlan(plan);
  return check();
}

/// A file that the loader refuses must not come to be.
Status PlanBuilder::check() const {
  Expected<runtime::Plan> read = runtime::decodePlan(metadata);
  runtime::WeightSection section;
  section.bytes = writer.weightSize();
  section.at = [&](uint64_t offset) { return weightsByOffset.lookup(offset); };
  runtime::PlanFacts facts;
  Status status =
      read ? runtime::checkPlan(*read, section, facts) : read.status();
  return status.ok()
             ? Status()
             : Status::failed("the model has no plan: " + status.message());
}

Status PlanBuilder::write(const PlanSink &sink) {
  writer.setMetadata(metadata);
  return writer.write(sink);
}

Status graft::plan::exportPlan(EngineOp engine, const PlanSink &sink) {
  PlanBuilder builder(engine);
  GRAFT_RETURN_IF_ERROR(builder.build());
  return builder.write(sink);
}

const FileKind graft::plan::kPlanFile{"an engine plan", runtime::hasPlanMagic};

Status graft::plan::exportPlanFile(EngineOp engine, const std::string &path) {
  Expected<AtomicFile> file = AtomicFile::create(path, kPlanFile);
  if (!file)
    return file.status();
  GRAFT_RETURN_IF_ERROR(exportPlan(
      engine, [&](std::string_view bytes) { return file->write(bytes); }));
  return file->commit();
}

Expected<PlanPieces> graft::plan::exportPlanPieces(EngineOp engine) {
  struct Owner {
    PlanBuilder builder;
    std::deque<std::string> copies; ///< of what the writer makes up
  };
  auto owner = std::make_shared<Owner>(Owner{PlanBuilder(engine), {}});
  GRAFT_RETURN_IF_ERROR(owner->builder.build());
  PlanPieces file;
  bool extends = false; // the last piece is a copy
  GRAFT_RETURN_IF_ERROR(owner->builder.write([&](std::string_view bytes) {
    bool copies = bytes.size() <= runtime::kMaxMadePiece;
    if (bytes.empty())
      return Status();
    if (!copies) {
      file.pieces.push_back(bytes);
    } else if (extends) {
      owner->copies.back() += bytes;
      file.pieces.back() = owner->copies.back();
    } else {
      file.pieces.push_back(owner->copies.emplace_back(bytes));
    }
    extends = copies;
    return Status();
  }));
  file.owner = std::move(owner);
  return file;
}

Expected<std::string> graft::plan::exportPlanBytes(EngineOp engine) {
  std::string file;
  GRAFT_RETURN_IF_ERROR(exportPlan(engine, [&](std::string_view bytes) {
    file.append(bytes);
    return Status();
  }));
  return file;
}

Expected<EngineOp> graft::plan::findEngine(ModuleOp module) {
  auto engines = llvm::to_vector(module.getOps<EngineOp>());
  if (engines.size() != 1)
    return Status::usage("a plan is made of one engine, got " +
                         std::to_string(engines.size()));
  return engines.front();
}
